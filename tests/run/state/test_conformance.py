"""The contract of the state store, sentence by sentence; every implementation passes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random

import pytest

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state import (
    CollectedWork,
    Failure,
    ListingPass,
    Note,
    ResponseOutcome,
    RunRecord,
    SavedItem,
    SavedRequest,
    StateConflictError,
    StateStore,
    StoredFile,
    StoredItems,
)
from tests.run.state.conftest import Opener

EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-02-02T00:00:00+00:00"
ODD_TEXTS = ["", "'; DROP TABLE runs; --", "日本語 \N{GRINNING FACE}", "a\nb\t%_?", "x" * 5000]
FAILURE = Failure("work", 7, "Pixiv returned an error", "/v1/illust/detail")
WORK = CollectedWork("illust", 1, "files=original", "v1")
FILE = StoredFile(
    path="1/a.png",
    url="https://x/a.png",
    size_bytes=5,
    mtime_ns=10**18,
    sha256="ab",
    run_id=1,
    problem="cut",
    last_modified="now",
)


def requests(*ids: int) -> list[SavedRequest]:
    return [SavedRequest(id_, b'{"n":%d}' % id_) for id_ in ids]


def items(*ids: int) -> list[SavedItem]:
    return [SavedItem(id_, None, b'{"item":%d}' % id_) for id_ in ids]


async def new_run(store: StateStore, job: str) -> RunRecord:
    return await store.create_run("user_works", job, {}, EARLY)


async def record_requests(store: StateStore, run: RunRecord, *ids: int) -> None:
    await store.record_response(run.id, ResponseOutcome(requests=requests(*ids)))


async def test_runs_are_listed_page_by_page_in_the_order_of_their_creation(store: StateStore) -> None:
    runs = [await new_run(store, job) for job in ("b", "a", "c")]
    assert await store.runs(0, 2) == runs[:2]
    assert await store.runs(runs[1].id, 2) == runs[2:]
    assert await store.runs(runs[2].id, 2) == []


async def sight(store: StateStore, run: RunRecord, listing_pass: ListingPass, *work_ids: int) -> None:
    await store.record_response(run.id, ResponseOutcome(passes=[listing_pass], sightings={listing_pass.key: work_ids}))


async def collect(store: StateStore, run: RunRecord, *works: CollectedWork) -> None:
    await store.record_stored(run.id, StoredItems(collected=works))


async def everything(store: StateStore, run_id: int) -> list[object]:
    """Everything that can be read of a run."""
    return [
        await store.open_requests(run_id),
        await store.open_items(run_id),
        await store.last_id(run_id),
        await store.output_sizes(run_id),
        await store.stats(run_id),
        await store.listing_passes(run_id, -1, 100),
        await store.unseen(run_id, 0, [("illust", 1)]),
        await store.failures(run_id, 0, 100),
        await store.notes(run_id, "search_partition"),
        await store.find_run("user_works", "job"),
    ]


def full_outcome() -> ResponseOutcome:
    """An outcome with all kinds of data."""
    return ResponseOutcome(
        request_id=1,
        requests=requests(2, 3),
        items=items(4),
        seen=[(0, "illust", 1)],
        sightings={"key": {1}},
        passes=[ListingPass(0, "key", "end")],
        works=1,
        failures=[FAILURE],
        notes=[Note("search_partition", {"status": "complete"})],
        stats={"pixiv/lines": 1},
    )


# --- Runs ------------------------------------------------------------------------------------------------------------


async def test_a_run_that_was_never_created_is_not_found(store: StateStore) -> None:
    assert await store.find_run("user_works", "job") is None


async def test_a_created_run_is_found_with_its_data(store: StateStore) -> None:
    arguments = {"user_id": "11", "nested": {"list": [1, None, True, 1.5, "日本"]}}
    run = await store.create_run("user_works", "job", arguments, EARLY)
    assert run == RunRecord(
        id=run.id,
        spider="user_works",
        job="job",
        arguments=arguments,
        started_at=EARLY,
        finished_at=None,
        is_begun=False,
        works=0,
    )
    assert await store.find_run("user_works", "job") == run


async def test_runs_differ_by_spider_and_by_job(store: StateStore) -> None:
    pairs = [("a", "x"), ("a", "y"), ("b", "x")]
    ids = [(await store.create_run(spider, job, {}, EARLY)).id for spider, job in pairs]
    assert len(set(ids)) == 3
    found = [await store.find_run(spider, job) for spider, job in pairs]
    assert [run and run.id for run in found] == ids


@pytest.mark.parametrize("text", ODD_TEXTS)
async def test_any_text_is_a_job_name(store: StateStore, text: str) -> None:
    run = await store.create_run("user_works", text, {text: text}, EARLY)
    assert await store.find_run("user_works", text) == run


async def test_a_run_can_be_created_with_what_its_folder_contains(store: StateStore) -> None:
    stored = StoredItems(
        output_sizes={"a.jsonl": 5}, notes=[Note("warning", {"text": "x"})], stats={"pixiv/lines/a": 2}
    )
    run = await store.create_run("user_works", "job", {}, EARLY, stored)
    assert not run.is_begun
    assert await store.output_sizes(run.id) == {"a.jsonl": 5}
    assert await store.notes(run.id, "warning") == [{"text": "x"}]
    assert await store.stats(run.id) == {"pixiv/lines/a": 2}
    await store.forget_run(run.id)
    assert await store.output_sizes(run.id) == {}


async def test_a_store_can_be_synchronised_at_any_time(store: StateStore, run: RunRecord) -> None:
    await store.sync()
    await asyncio.gather(store.save_file(FILE), store.sync(), store.sync())
    assert await store.file(FILE.path) == FILE
    await store.close()
    with pytest.raises(StateError):
        await store.sync()


async def test_a_second_run_with_the_same_name_is_rejected(store: StateStore, run: RunRecord) -> None:
    with pytest.raises(StateConflictError, match="another process works on the same run"):
        await store.create_run(run.spider, run.job, {}, LATE)
    assert await store.find_run(run.spider, run.job) == run


async def test_a_run_that_never_started_can_be_deleted_with_its_notes(store: StateStore, run: RunRecord) -> None:
    await store.record_stored(
        run.id, StoredItems(failures=[FAILURE], notes=[Note("search_partition", {})], stats={"a": 1})
    )
    await store.forget_run(run.id)
    assert await store.find_run(run.spider, run.job) is None
    assert await store.failures(run.id, 0, 10) == []
    assert await store.notes(run.id, "search_partition") == []
    assert await store.stats(run.id) == {}


async def test_a_run_that_has_started_is_not_deleted(store: StateStore, run: RunRecord) -> None:
    await record_requests(store, run, 1)
    await store.forget_run(run.id)
    assert await store.find_run(run.spider, run.job)
    assert await store.open_requests(run.id) == requests(1)


async def test_the_id_of_a_deleted_run_is_not_reused(store: StateStore, run: RunRecord) -> None:
    await store.forget_run(run.id)
    assert (await new_run(store, "other")).id != run.id


# --- Progress --------------------------------------------------------------------------------------------------------


async def test_everything_that_was_recorded_is_there_after_reopening(
    store: StateStore, run: RunRecord, open_store: Opener
) -> None:
    await record_requests(store, run, 1)
    await store.record_response(run.id, full_outcome())
    before = await everything(store, run.id)
    await store.close()
    again = await open_store()
    assert await everything(again, run.id) == before
    assert before == [
        requests(2, 3),
        items(4),
        4,
        {},
        {"pixiv/lines": 1},
        [ListingPass(0, "key", "end")],
        set(),
        [(before[7][0][0], FAILURE)],
        [{"status": "complete"}],
        replace(run, is_begun=True, works=1),
    ]


@pytest.mark.parametrize("clash", [{"requests": requests(2, 3)}, {"items": items(6, 5)}])
async def test_a_response_that_cannot_be_recorded_changes_nothing(
    store: StateStore, run: RunRecord, clash: dict[str, list[SavedRequest]]
) -> None:
    await store.record_response(run.id, ResponseOutcome(requests=requests(1, 3), items=items(5)))
    before = await everything(store, run.id)
    with pytest.raises(StateConflictError, match="another process works on the same run"):
        await store.record_response(run.id, replace(full_outcome(), **clash))  # type: ignore[arg-type]
    assert await everything(store, run.id) == before
    await store.record_response(run.id, full_outcome_with_other_ids())
    assert await store.open_requests(run.id) == requests(3, 12)


def full_outcome_with_other_ids() -> ResponseOutcome:
    return replace(full_outcome(), requests=requests(12), items=items(14))


async def test_stored_items_that_cannot_be_recorded_change_nothing(store: StateStore, run: RunRecord) -> None:
    await store.record_response(run.id, ResponseOutcome(items=items(1)))
    before = await everything(store, run.id)
    stored = StoredItems(
        item_ids=[1],
        output_sizes={"illusts.jsonl": 5},
        collected=[WORK],
        passes=[ListingPass(0, "key")],
        failures=[FAILURE, Failure("work", 1, None)],  # type: ignore[arg-type]
        stats={"a": 1},
    )
    with pytest.raises(StateError):
        await store.record_stored(run.id, stored)
    assert await everything(store, run.id) == before
    assert await store.already_collected(0, [WORK]) == set()


async def test_a_run_has_started_with_its_first_outcome_even_an_empty_one(store: StateStore, run: RunRecord) -> None:
    await store.record_response(run.id, ResponseOutcome())
    assert await store.find_run(run.spider, run.job) == replace(run, is_begun=True)


async def test_works_of_all_responses_are_added_up(store: StateStore, run: RunRecord) -> None:
    for works in (30, 0, 12):
        await store.record_response(run.id, ResponseOutcome(works=works))
    assert await store.find_run(run.spider, run.job) == replace(run, is_begun=True, works=42)


async def test_requests_and_items_come_back_by_ascending_id_with_their_bytes(
    store: StateStore, run: RunRecord
) -> None:
    content = bytes(range(256))
    await store.record_response(
        run.id,
        ResponseOutcome(
            requests=[SavedRequest(9, content), SavedRequest(2, b"")],
            items=[SavedItem(8, None, content), SavedItem(3, 4, b"")],
        ),
    )
    assert await store.open_requests(run.id) == [SavedRequest(2, b""), SavedRequest(9, content)]
    assert await store.open_items(run.id) == [SavedItem(3, 4, b""), SavedItem(8, None, content)]


async def test_stored_items_are_deleted_and_the_others_stay(store: StateStore, run: RunRecord) -> None:
    await store.record_response(run.id, ResponseOutcome(items=items(1, 2, 3)))
    await store.record_stored(run.id, StoredItems(item_ids=[3, 1], output_sizes={"a": 10, "b": 2**40}))
    await store.record_stored(run.id, StoredItems(output_sizes={"a": 20}))
    assert await store.open_items(run.id) == items(2)
    assert await store.output_sizes(run.id) == {"a": 20, "b": 2**40}


async def test_runs_do_not_see_each_other(store: StateStore, run: RunRecord) -> None:
    await record_requests(store, run, 1)
    await store.record_response(run.id, full_outcome())
    await store.record_stored(run.id, StoredItems(output_sizes={"a": 1}))
    other = await new_run(store, "other")
    await record_requests(store, other, 1, 2)
    before = await everything(store, run.id)
    await store.record_stored(other.id, StoredItems(item_ids=[4]))
    await store.finish_run(other.id, LATE, [1])
    assert await everything(store, run.id) == before


async def test_stats_keep_their_types_and_their_last_values(store: StateStore, run: RunRecord) -> None:
    values = {"int": 3, "float": 2.0, "big": 2**60, "日本": "text", "": ""}
    await store.record_response(run.id, ResponseOutcome(stats={"int": 1, "kept": 5}))
    await store.record_stored(run.id, StoredItems(stats=values))
    found = await store.stats(run.id)
    assert found == {**values, "kept": 5}
    assert {name: type(value) for name, value in found.items()}["float"] is float


async def test_the_highest_id_counts_requests_items_and_failed_requests(store: StateStore, run: RunRecord) -> None:
    assert await store.last_id(run.id) == 0
    await store.record_response(run.id, ResponseOutcome(requests=requests(5), items=items(3)))
    assert await store.last_id(run.id) == 5
    await store.record_response(run.id, ResponseOutcome(request_id=5, is_failed=True))
    assert await store.last_id(run.id) == 5
    await store.record_response(run.id, ResponseOutcome(items=items(2**40)))
    assert await store.last_id(run.id) == 2**40


# --- Failures --------------------------------------------------------------------------------------------------------


async def test_a_failed_request_is_reopened_and_its_notes_are_deleted(store: StateStore, run: RunRecord) -> None:
    await record_requests(store, run, 1, 2, 3)
    for id_ in (3, 1):
        outcome = ResponseOutcome(
            request_id=id_,
            is_failed=True,
            failures=[FAILURE],
            notes=[Note("search_partition", {"status": "failed"}), Note("artist", {"id": id_}, is_permanent=True)],
        )
        await store.record_response(run.id, outcome)
    lasting = replace(FAILURE, cause="deleted")
    outcome = ResponseOutcome(
        request_id=2, failures=[lasting], notes=[Note("search_partition", {"status": "complete"})]
    )
    await store.record_response(run.id, outcome)
    assert await store.open_requests(run.id) == []
    assert await store.failure_counts(run.id) == {"work": 3}
    assert await store.reopen_failed_requests(run.id) == requests(1, 3)
    assert await store.open_requests(run.id) == requests(1, 3)
    assert [failure for _, failure in await store.failures(run.id, 0, 10)] == [lasting]
    assert await store.notes(run.id, "search_partition") == [{"status": "complete"}]
    assert await store.notes(run.id, "artist") == [{"id": 3}, {"id": 1}]
    assert await store.reopen_failed_requests(run.id) == []


async def test_failed_requests_above_an_id_are_reopened_alone(store: StateStore, run: RunRecord) -> None:
    await record_requests(store, run, 1, 2, 3)
    for id_ in (1, 2, 3):
        await store.record_response(run.id, ResponseOutcome(request_id=id_, is_failed=True, failures=[FAILURE]))
    assert await store.reopen_failed_requests(run.id, after_id=2) == requests(3)
    assert (await store.open_requests(run.id), await store.failure_counts(run.id)) == (requests(3), {"work": 2})
    assert await store.reopen_failed_requests(run.id) == requests(1, 2)


async def test_a_permanent_failure_stays_when_a_later_request_with_the_same_id_fails(
    store: StateStore, run: RunRecord
) -> None:
    await record_requests(store, run, 1)
    await store.record_response(run.id, ResponseOutcome(request_id=1, failures=[FAILURE]))
    await record_requests(store, run, 1)  # after resuming, IDs of deleted requests may be used again
    await store.record_response(run.id, ResponseOutcome(request_id=1, is_failed=True, failures=[FAILURE]))
    assert await store.reopen_failed_requests(run.id) == requests(1)
    assert await store.failure_counts(run.id) == {"work": 1}


async def test_thousands_of_failed_requests_are_reopened_in_order(store: StateStore, run: RunRecord) -> None:
    ids = range(1, 2502)
    await record_requests(store, run, *ids)
    for id_ in ids[::5]:
        await store.record_response(run.id, ResponseOutcome(request_id=id_, is_failed=True, failures=[FAILURE]))
    assert await store.reopen_failed_requests(run.id) == requests(*ids[::5])
    assert await store.failures(run.id, 0, 10) == []
    assert await store.open_requests(run.id) == requests(*ids)


async def test_failures_keep_every_kind_of_id(store: StateStore, run: RunRecord) -> None:
    ids = [None, 0, 2**60, "", "12", "日本"]
    failures = [Failure("file", id_, f"cause of {id_}") for id_ in ids]
    await store.record_stored(run.id, StoredItems(failures=failures))
    assert [failure for _, failure in await store.failures(run.id, 0, 10)] == failures


async def test_failures_are_read_page_by_page(store: StateStore, run: RunRecord) -> None:
    failures = [Failure("work" if number % 3 else "file", number, "") for number in range(10)]
    await store.record_stored(run.id, StoredItems(failures=failures[:5]))
    await store.record_response((await new_run(store, "other")).id, ResponseOutcome(failures=[FAILURE]))
    await store.record_response(run.id, ResponseOutcome(failures=failures[5:]))
    found: list[Failure] = []
    after = 0
    while page := await store.failures(run.id, after, 3):
        assert len(page) <= 3
        found += [failure for _, failure in page]
        after = page[-1][0]
    assert found == failures
    assert await store.failure_counts(run.id) == {"file": 4, "work": 6}


async def test_notes_come_back_by_section_in_the_order_recorded(store: StateStore, run: RunRecord) -> None:
    partitions = [{"n": 3}, {"n": 1, "params": {"word": "猫"}}, {"n": 2}]
    notes = [Note("search_partition", partition) for partition in partitions]
    await store.record_response(run.id, ResponseOutcome(notes=notes[:2]))
    await store.record_stored(run.id, StoredItems(notes=notes[2:]))
    await store.record_stored(run.id, StoredItems(notes=[Note("warning", {"text": "other"})]))
    assert await store.notes(run.id, "search_partition") == partitions
    assert await store.notes(run.id, "warning") == [{"text": "other"}]


# --- Seen entries and passes -----------------------------------------------------------------------------------------


async def test_only_keys_that_this_listing_has_not_contained_are_unseen(store: StateStore, run: RunRecord) -> None:
    seen = [(0, "illust", 1), (0, "novel", 2), (1, "illust", 3)]
    await store.record_response(run.id, ResponseOutcome(seen=seen))
    await store.record_response(run.id, ResponseOutcome(seen=seen))
    keys = [("illust", 1), ("illust", 2), ("novel", 2), ("illust", 3)]
    assert await store.unseen(run.id, 0, keys) == {("illust", 2), ("illust", 3)}
    assert await store.unseen(run.id, 1, keys) == {("illust", 1), ("illust", 2), ("novel", 2)}
    assert await store.unseen(run.id, 0, []) == set()
    assert await store.unseen((await new_run(store, "other")).id, 0, keys) == set(keys)


@pytest.mark.e2e
async def test_sets_of_any_size_are_looked_up(store: StateStore, run: RunRecord) -> None:
    ids = range(33_000)
    await store.record_response(run.id, ResponseOutcome(seen=[(0, "illust", id_) for id_ in ids]))
    assert await store.unseen(run.id, 0, [("illust", id_) for id_ in (*ids, 33_000)]) == {("illust", 33_000)}
    second = await new_run(store, "second")
    await sight(store, second, ListingPass(0, "key", "end"), *ids)
    works = [replace(WORK, id=id_) for id_ in ids]
    await collect(store, second, *works)
    assert len(await store.already_collected(run.id, works)) == len(ids)
    await store.finish_run(second.id, LATE, ids[::2])
    assert await store.are_known("key", ids)
    assert len(await store.already_collected(run.id, works)) == len(ids) / 2


async def test_passes_are_found_by_number_and_page_by_page(store: StateStore, run: RunRecord) -> None:
    passes = [ListingPass(number, f"key{number}") for number in (0, 2, 5, 7)]
    await store.record_response(run.id, ResponseOutcome(passes=passes))
    changed = [ListingPass(2, "key2", "known"), ListingPass(2, "key2", "end", is_complete=False)]
    await store.record_stored(run.id, StoredItems(passes=changed))
    assert await store.listing_passes(run.id, -1, 2) == [passes[0], changed[1]]
    assert await store.listing_passes(run.id, 2, 10) == passes[2:]
    assert await store.listing_passes(run.id, 7, 10) == []


# --- Finishing a run -------------------------------------------------------------------------------------------------


async def test_a_finished_run_keeps_its_stats_and_nothing_else(store: StateStore, run: RunRecord) -> None:
    await record_requests(store, run, 1, 9)
    await store.record_response(run.id, full_outcome())
    await store.record_response(run.id, ResponseOutcome(request_id=9, is_failed=True, failures=[FAILURE]))
    await store.record_stored(run.id, StoredItems(output_sizes={"a": 1}))
    await store.finish_run(run.id, LATE, [])
    finished = replace(run, is_begun=True, works=1, finished_at=LATE)
    stats = {"pixiv/lines": 1}
    assert await everything(store, run.id) == [[], [], 0, {}, stats, [], {("illust", 1)}, [], [], finished]
    assert await store.reopen_failed_requests(run.id) == []


async def test_finishing_a_run_again_changes_nothing(store: StateStore, run: RunRecord) -> None:
    await sight(store, run, ListingPass(0, "key", "end"), 1)
    await collect(store, run, WORK)
    await store.finish_run(run.id, EARLY, [])
    await store.finish_run(run.id, LATE, [WORK.id])
    found = await store.find_run(run.spider, run.job)
    assert found
    assert found.finished_at == EARLY
    assert await store.last_full_pass("key") == EARLY
    assert await store.already_collected(0, [WORK]) == {("illust", 1)}


@pytest.mark.parametrize(
    ("ended", "is_complete", "is_known"),
    [("end", True, True), ("known", True, True), (None, True, False), ("end", False, False), ("known", False, False)],
)
async def test_sightings_become_known_with_a_pass_that_ended_and_is_complete(
    store: StateStore, run: RunRecord, ended: str, is_complete: bool, is_known: bool
) -> None:
    await sight(store, run, ListingPass(0, "key", ended, is_complete), 1, 2)  # type: ignore[arg-type]
    assert not await store.are_known("key", [1])
    await store.finish_run(run.id, LATE, [])
    assert await store.are_known("key", [1]) is is_known
    assert await store.are_known("key", {2, 1}) is is_known
    assert not await store.are_known("key", [1, 3])
    assert not await store.are_known("other", [1])
    assert await store.last_full_pass("key") == (LATE if is_known and ended == "end" else None)


async def test_no_works_are_always_known(store: StateStore) -> None:
    assert await store.are_known("key", [])


async def test_listings_of_one_run_are_judged_one_by_one(store: StateStore, run: RunRecord) -> None:
    passes = [ListingPass(0, "a", "end"), ListingPass(1, "b", "end", is_complete=False), ListingPass(2, "c", "known")]
    sightings = {"a": [1], "b": [2], "c": [3]}
    await store.record_response(run.id, ResponseOutcome(passes=passes, sightings=sightings))
    await store.finish_run(run.id, LATE, [])
    assert [await store.are_known(key, ids) for key, ids in sightings.items()] == [True, False, True]
    assert [await store.last_full_pass(key) for key in "abc"] == [LATE, None, None]


async def test_known_works_of_a_listing_accumulate_over_runs(store: StateStore, run: RunRecord) -> None:
    await sight(store, run, ListingPass(0, "key", "end"), 1, 2)
    await store.finish_run(run.id, EARLY, [])
    second, third = await new_run(store, "second"), await new_run(store, "third")
    await sight(store, second, ListingPass(0, "key", "known"), 2, 3)
    await sight(store, third, ListingPass(0, "key"), 1, 3, 4)
    await store.finish_run(second.id, LATE, [])
    await store.finish_run(third.id, LATE, [])
    assert await store.are_known("key", [1, 2, 3])
    assert not await store.are_known("key", [4])
    assert await store.last_full_pass("key") == EARLY


async def test_a_later_full_pass_replaces_the_time_of_an_earlier_one(store: StateStore, run: RunRecord) -> None:
    assert await store.last_full_pass("key") is None
    second = await new_run(store, "second")
    for each, finished_at in ((run, LATE), (second, EARLY)):  # the clock was wrong once
        await sight(store, each, ListingPass(0, "key", "end"), 1)
        await store.finish_run(each.id, finished_at, [])
        assert await store.last_full_pass("key") == finished_at


async def test_a_run_can_be_finished_by_another_opening_of_the_store(
    store: StateStore, run: RunRecord, open_store: Opener
) -> None:
    await sight(store, run, ListingPass(0, "key", "end"), 1)
    await store.close()
    again = await open_store()
    await again.finish_run(run.id, LATE, [])
    assert await again.are_known("key", [1])


# --- Works -----------------------------------------------------------------------------------------------------------


async def test_a_work_counts_as_collected_for_other_runs_only(store: StateStore, run: RunRecord) -> None:
    await collect(store, run, WORK)
    assert await store.already_collected(run.id, [WORK]) == set()
    assert await store.already_collected((await new_run(store, "other")).id, [WORK]) == {("illust", 1)}


@pytest.mark.parametrize("change", [{"kind": "novel"}, {"id": 2}, {"scope": "files=large"}, {"version": "v2"}])
async def test_a_work_of_another_kind_id_scope_or_version_is_not_collected(
    store: StateStore, run: RunRecord, change: dict[str, str]
) -> None:
    await collect(store, run, WORK)
    other = replace(WORK, **change)  # type: ignore[arg-type]
    assert await store.already_collected(0, [other]) == set()
    assert await store.already_collected(0, [other, WORK]) == {("illust", 1)}


async def test_a_collected_work_replaces_the_one_of_an_earlier_run(store: StateStore, run: RunRecord) -> None:
    await collect(store, run, WORK, replace(WORK, scope="other"))
    second = await new_run(store, "second")
    edited = replace(WORK, version="v2")
    await collect(store, second, WORK, edited)
    assert await store.already_collected(0, [WORK]) == set()
    assert await store.already_collected(run.id, [edited]) == {("illust", 1)}
    assert await store.already_collected(second.id, [edited]) == set()
    assert await store.already_collected(second.id, [replace(WORK, scope="other")]) == {("illust", 1)}


async def test_a_work_that_awaits_more_is_complete_when_its_run_has_finished(
    store: StateStore, run: RunRecord
) -> None:
    works = [replace(WORK, id=id_, is_awaiting_more=True) for id_ in (1, 2, 3)]
    await collect(store, run, *works)
    assert await store.already_collected(0, works) == set()
    await store.finish_run(run.id, LATE, iter([2]))
    assert await store.already_collected(0, works) == {("illust", 1), ("illust", 3)}


async def test_works_without_comments_of_another_run_stay_collected(store: StateStore, run: RunRecord) -> None:
    await collect(store, run, WORK)
    other = await new_run(store, "other")
    await store.finish_run(other.id, LATE, [WORK.id])
    assert await store.already_collected(0, [WORK]) == {("illust", 1)}


# --- Files and users -------------------------------------------------------------------------------------------------


async def test_files_are_listed_by_path(store: StateStore) -> None:
    saved = [replace(FILE, path=path) for path in ("b/2.png", "a/1.png", "a/10.png", "B/3.png", "ä.png")]
    await store.save_files(saved)
    by_path = sorted(saved, key=lambda file: file.path.encode())
    assert await store.files("", 10) == by_path
    assert await store.files("a/1.png", 2) == by_path[2:4]
    assert await store.files(by_path[-1].path, 10) == []


async def test_a_saved_file_is_found_by_path_until_it_is_deleted(store: StateStore) -> None:
    assert await store.file(FILE.path) is None
    await store.save_file(FILE)
    assert await store.file(FILE.path) == FILE
    changed = replace(FILE, size_bytes=2**40, content_type="image/png", page_key="1_p0")
    await store.save_file(changed)
    assert await store.file(FILE.path) == changed
    await store.forget_file(FILE.path)
    await store.forget_file(FILE.path)
    assert await store.file(FILE.path) is None
    assert await store.files_of_page("1_p0") == []


async def test_the_last_saved_file_of_a_page_is_its_newest(store: StateStore) -> None:
    assert await store.files_of_page("key") == []
    first, second = replace(FILE, page_key="key"), replace(FILE, path="1/b.png", page_key="key")
    await store.save_file(first)
    await store.save_file(second)
    assert await store.files_of_page("key") == [second]
    assert await store.file(first.path) == replace(first, page_key=None)
    await store.save_file(second)
    assert await store.files_of_page("key") == [second]


async def test_the_files_of_a_page_under_other_templates_follow_the_last_saved_one_first(store: StateStore) -> None:
    keys = [
        "illust 1 0 a",
        "illust 1 0 b",
        "illust 1 0 c",
        "illust 1 00 a",
        "illust 1 0",
        "illust 1 1 a",
        "illust 1 0!a",
    ]
    own, old, new, *others = [replace(FILE, path=key, page_key=key) for key in keys]
    await store.save_files([old, own, new, *others])
    assert await store.files_of_page("illust 1 0 a") == [own, new, old]
    assert await store.files_of_page("illust 1 0 d") == [new, own, old]
    assert await store.files_of_page("illust 2 0 a") == []
    assert await store.files_of_page("illust") == []


async def test_files_are_saved_and_forgotten_together(store: StateStore) -> None:
    old = replace(FILE, path="old", page_key="page")
    await store.save_files([old, replace(FILE, path="same")])
    new = replace(old, path="new")
    await store.save_files([new, replace(FILE, path="same", size_bytes=7)], forgotten=["old", "same", "unknown"])
    assert await store.files("", 9) == [new, replace(FILE, path="same", size_bytes=7)]
    assert await store.files_of_page("page") == [new]


async def test_the_newest_downloads_are_valid_files_of_that_host_from_different_folders(store: StateStore) -> None:
    host = "https://i.pximg.net/"
    assert await store.newest_downloads(host, 3) == []
    files = [
        replace(FILE, path=name, url=f"{host}{name}/1_p0.png", page_key=name, problem=None, last_modified="yesterday")
        for name in ("old", "new", "damaged", "generated", "replaced", "elsewhere", "similar")
    ]
    old, new, damaged, generated, replaced, elsewhere, similar = files
    await store.save_file(old)
    await store.save_file(new)
    await store.save_file(replace(damaged, problem="the file is truncated"))
    await store.save_file(replace(generated, last_modified=None))
    await store.save_file(replace(replaced, page_key=None))
    await store.save_file(replace(elsewhere, url="https://s.pximg.net/new/1_p0.png"))
    await store.save_file(replace(similar, url="https://i_pximg.net/new/1_p0.png"))
    assert await store.newest_downloads(host, 3) == [new, old]
    await store.save_file(old)
    assert await store.newest_downloads(host, 1) == [old]
    page = replace(old, path="page", url=f"{host}old/1_p1.png", page_key="page")
    await store.save_file(page)
    assert await store.newest_downloads(host, 3) == [page, new]


async def test_a_file_is_damaged_elsewhere_if_another_page_has_it_damaged_too(store: StateStore) -> None:
    damaged = replace(FILE, page_key="1_p0", problem="the file is truncated")
    await store.save_file(damaged)
    await store.save_file(replace(FILE, path="valid", sha256="f" * 64, page_key="2_p0", problem=None))
    assert await store.is_damaged_elsewhere(damaged.sha256, "https://another", "3_p0")
    assert not await store.is_damaged_elsewhere(damaged.sha256, damaged.url, "3_p0"), "with another template"
    assert not await store.is_damaged_elsewhere(damaged.sha256, "https://another", "1_p0"), "uploaded again"
    assert not await store.is_damaged_elsewhere("f" * 64, "https://another", "3_p0")


async def test_many_files_have_no_page(store: StateStore) -> None:
    for path in ("a", "b"):
        await store.save_file(replace(FILE, path=path))
    assert await store.file("a")


@pytest.mark.parametrize("text", ODD_TEXTS)
async def test_any_text_is_a_path_a_page_key_and_a_name(store: StateStore, text: str) -> None:
    file = replace(FILE, path=text, page_key=text, url=text)
    await store.save_file(file)
    assert await store.file(text) == file
    assert await store.files_of_page(text) == [file]
    assert await store.user_names(1, text, text) == (text, text)


async def test_a_user_keeps_the_first_names(store: StateStore, open_store: Opener) -> None:
    assert await store.user_names(11, "first", "account") == ("first", "account")
    assert await store.user_names(11, "second", "other") == ("first", "account")
    assert await store.user_names(12, "second", "other") == ("second", "other")
    assert await (await open_store()).user_names(11, "third", "third") == ("first", "account")


# --- The store itself ------------------------------------------------------------------------------------------------


async def test_concurrent_calls_all_succeed(store: StateStore, run: RunRecord) -> None:
    await asyncio.gather(
        *(store.record_response(run.id, ResponseOutcome(requests=requests(id_), works=1)) for id_ in range(1, 101))
    )
    assert await store.open_requests(run.id) == requests(*range(1, 101))
    assert await store.find_run(run.spider, run.job) == replace(run, is_begun=True, works=100)


async def test_two_openings_see_each_others_writes(store: StateStore, run: RunRecord, open_store: Opener) -> None:
    other = await open_store()
    await record_requests(store, run, 1)
    assert await other.open_requests(run.id) == requests(1)
    await other.record_response(run.id, ResponseOutcome(request_id=1))
    assert await store.open_requests(run.id) == []


@pytest.mark.parametrize("seed", range(20))
async def test_processes_that_write_what_all_runs_share_never_conflict(
    store: StateStore, open_store: Opener, seed: int
) -> None:
    stores = [store, await open_store(), await open_store()]
    runs = [await new_run(one, f"job-{number}") for number, one in enumerate(stores)]
    names = await asyncio.gather(
        *(write_at_random(one, run, Random(f"{seed}-{run.id}")) for one, run in zip(stores, runs, strict=True))
    )
    assert len(set(names)) == 1, "all use the first name of a user"
    for page in ("p0", "p1"):
        for newest in await store.files_of_page(page):
            assert await store.file(newest.path) == newest
    assert await store.are_known("key", [1, 2, 3])


async def write_at_random(store: StateStore, run: RunRecord, random: Random) -> tuple[str, str]:
    """Writes the same few things as others do at the same time; returns the names of a user."""
    for id_ in range(30):
        path = random.choice("abc")
        match random.randrange(6):
            case 0:
                await store.user_names(random.randrange(3), run.job, run.job)
            case 1:
                page = random.choice(["p0", "p1", None])
                await store.save_file(replace(FILE, path=path, page_key=page, run_id=run.id))
            case 2:
                await store.forget_file(path)
            case 3:
                await collect(store, run, replace(WORK, id=random.randrange(3), version=run.job))
            case 4:
                await sight(store, run, ListingPass(0, random.choice(["key", "other"]), "end"), id_ % 5)
            case 5:
                await record_requests(store, run, id_ + 1)
    await sight(store, run, ListingPass(0, "key", "end"), 1, 2, 3)
    names = await store.user_names(0, run.job, run.job)
    await store.finish_run(run.id, LATE, [1])
    return names


async def test_a_write_completes_although_its_task_is_cancelled(store: StateStore, run: RunRecord) -> None:
    for id_ in range(1, 21):
        task = asyncio.create_task(record_requests(store, run, id_))
        await asyncio.sleep(0)  # lets it start
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await store.open_requests(run.id) == requests(*range(1, 21))


@pytest.mark.e2e
async def test_other_calls_are_served_while_a_run_is_being_finished(store: StateStore, run: RunRecord) -> None:
    await sight(store, run, ListingPass(0, "key", "end"), *range(1, 10_001))
    finishing = asyncio.create_task(store.finish_run(run.id, LATE, []))
    await asyncio.sleep(0)
    served = 0
    while not finishing.done():
        await store.last_full_pass("key")
        served += 1
    await finishing
    assert served > 10


async def test_a_store_works_after_stop_waiting_while_nobody_holds_the_lock(store: StateStore, run: RunRecord) -> None:
    store.stop_waiting()
    await record_requests(store, run, 1)
    assert await store.open_requests(run.id) == requests(1)


async def test_a_closed_store_rejects_calls_and_can_be_closed_again(store: StateStore, run: RunRecord) -> None:
    writing = asyncio.gather(*(record_requests(store, run, id_) for id_ in range(1, 50)))
    await asyncio.sleep(0)
    await store.close()
    await writing
    await store.close()
    with pytest.raises(StateError, match="closed"):
        await store.find_run("user_works", "job")
    with pytest.raises(StateError, match="closed"):
        await record_requests(store, run, 50)

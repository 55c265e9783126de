"""The spider that changes bookmarks."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import parse_qsl

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.world.bookmarks import Bookmark
from tests.crawling import Crawler

from .checks import ACCOUNT, PROLIFIC, api, assert_complete, assert_refused, failures

ADD, DELETE, DETAIL = "/v2/illust/bookmark/add", "/v1/illust/bookmark/delete", "/v2/illust/bookmark/detail"


def unbookmarked(sandbox: Sandbox, count: int = 1) -> list[int]:
    """Works that the account has not bookmarked."""
    return [work.id for work in sandbox.world.works(PROLIFIC)[:count]]


def bookmark(sandbox: Sandbox, work_id: int) -> Bookmark | None:
    return sandbox.world.bookmarks.find(ACCOUNT, work_id)


def methods(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in api(sandbox)]


def test_a_bookmark_is_added_with_restrict_and_tags_and_read_back(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = unbookmarked(sandbox)
    done = crawl("edit_bookmarks", add=work_id, restrict="private", tags="あとで,blue & green".replace(" ", ""))
    assert_complete(done)
    added = bookmark(sandbox, work_id)
    assert added is not None
    assert (added.restrict, added.tags) == ("private", ("あとで", "blue&green"))
    (line,) = done.lines("bookmark_details")
    assert (line["illust_id"], line["is_bookmarked"], line["restrict"]) == (work_id, True, "private")
    assert {tag["name"] for tag in line["tags"] if tag["is_registered"]} == {"あとで", "blue&green"}
    assert methods(sandbox) == [("GET", DETAIL), ("POST", ADD), ("GET", DETAIL)]
    form = parse_qsl(api(sandbox, ADD)[0].body)
    assert form == [
        ("illust_id", str(work_id)),
        ("restrict", "private"),
        ("tags[]", "あとで"),
        ("tags[]", "blue&green"),
    ]


def test_an_identical_bookmark_is_logged_and_not_sent(sandbox: Sandbox, crawl: Crawler) -> None:
    known = next(entry for entry in sandbox.world.bookmarks.of(ACCOUNT, "private") if entry.tags)
    done = crawl("edit_bookmarks", add=known.work_id, restrict="private", tags=",".join(known.tags))
    assert_complete(done)
    assert methods(sandbox) == [("GET", DETAIL)]
    assert "already as requested" in done.log
    assert [line["illust_id"] for line in done.lines("bookmark_details")] == [known.work_id]


def test_an_existing_bookmark_is_changed(sandbox: Sandbox, crawl: Crawler) -> None:
    known = next(entry for entry in sandbox.world.bookmarks.of(ACCOUNT, "private") if entry.tags)
    done = crawl("edit_bookmarks", add=known.work_id, restrict="public", tags="neu")
    assert_complete(done)
    changed = bookmark(sandbox, known.work_id)
    assert changed is not None
    assert (changed.restrict, changed.tags) == ("public", ("neu",))


def test_adding_again_without_arguments_keeps_restrict_and_tags(sandbox: Sandbox, crawl: Crawler) -> None:
    """A private bookmark must stay private."""
    known = next(entry for entry in sandbox.world.bookmarks.of(ACCOUNT, "private") if entry.tags)
    done = crawl("edit_bookmarks", add=known.work_id)
    assert_complete(done)
    assert bookmark(sandbox, known.work_id) == known
    assert [method for method, _ in methods(sandbox)] == ["GET"]


def test_a_bookmark_is_removed(sandbox: Sandbox, crawl: Crawler) -> None:
    known = sandbox.world.bookmarks.of(ACCOUNT, "public")[0].work_id
    work = next(
        entry.work_id for entry in sandbox.world.bookmarks.of(ACCOUNT, "public")[5:] if _is_available(sandbox, entry)
    )
    done = crawl("edit_bookmarks", delete=work)
    assert_complete(done)
    assert bookmark(sandbox, work) is None
    assert bookmark(sandbox, known) is not None
    assert methods(sandbox) == [("GET", DETAIL), ("POST", DELETE), ("GET", DETAIL)]
    assert [line["is_bookmarked"] for line in done.lines("bookmark_details")] == [False]


def _is_available(sandbox: Sandbox, entry: Bookmark) -> bool:
    work = sandbox.world.work(entry.work_id)
    return work is not None and not work.spec.limit


def test_removing_a_missing_bookmark_is_logged_and_not_sent(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = unbookmarked(sandbox)
    done = crawl("edit_bookmarks", delete=work_id)
    assert_complete(done)
    assert methods(sandbox) == [("GET", DETAIL)]
    assert "already as requested" in done.log


def test_the_bookmark_of_a_deleted_work_can_be_removed(sandbox: Sandbox, crawl: Crawler) -> None:
    """Pixiv has no details of a deleted work, but still deletes its bookmark."""
    deleted = next(
        entry.work_id
        for entry in sandbox.world.bookmarks.of(ACCOUNT, "public")
        if not sandbox.world.work(entry.work_id)
    )
    done = crawl("edit_bookmarks", delete=deleted)
    assert bookmark(sandbox, deleted) is None
    assert ("POST", DELETE) in methods(sandbox)
    assert done.status == 0, done.log


def test_many_bookmarks_are_added_and_removed_in_one_run(sandbox: Sandbox, crawl: Crawler) -> None:
    new = unbookmarked(sandbox, 3)
    old = [entry.work_id for entry in sandbox.world.bookmarks.of(ACCOUNT, "public") if _is_available(sandbox, entry)][
        :3
    ]
    done = crawl("edit_bookmarks", add=",".join(map(str, new)), delete=",".join(map(str, old)))
    assert_complete(done)
    assert [bookmark(sandbox, id_) is not None for id_ in (*new, *old)] == [True] * 3 + [False] * 3
    assert [request.path for request in api(sandbox) if request.method == "POST"] == [ADD] * 3 + [DELETE] * 3
    changes = [number for number, (method, _) in enumerate(methods(sandbox)) if method == "POST"]
    assert min(later - earlier for earlier, later in pairwise(changes)) == 3, "two others are between two changes"


@pytest.mark.parametrize("arguments", [{}, {"restrict": "private", "tags": "a"}])
def test_without_ids_nothing_is_sent(sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str]) -> None:
    done = crawl("edit_bookmarks", **arguments)
    assert_complete(done)
    assert api(sandbox) == []


def test_an_id_in_both_lists_is_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("edit_bookmarks", add="70560001,12", delete="https://www.pixiv.net/artworks/70560001")
    assert_refused(done, sandbox, "70560001")


def test_a_tag_with_a_space_is_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    """Pixiv would split it into two tags."""
    assert_refused(crawl("edit_bookmarks", add="70560001", tags="two words"), sandbox, "tags", "two words")


@pytest.mark.parametrize("kind", ["html_503", "html_200", "server_error_500", "reset", "token_expired"])
def test_a_transient_error_is_retried(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    (work_id,) = unbookmarked(sandbox)
    sandbox.add_fault(Fault(kind, ADD))
    done = crawl("edit_bookmarks", add=work_id, tags="neu")
    assert_complete(done)
    added = bookmark(sandbox, work_id)
    assert added is not None
    assert added.tags == ("neu",)
    assert len(api(sandbox, ADD)) == 2


@pytest.mark.parametrize("kind", ["rate_limit_403", "rate_limit_429"])
def test_the_first_limit_of_a_change_ends_the_run_which_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    first, second = unbookmarked(sandbox, 2)
    sandbox.add_fault(Fault(kind, ADD))
    done = crawl("edit_bookmarks", add=f"{first},{second}", job="edit")
    assert (done.status, done.report["finish_reason"]) == (2, "rate_limited")
    assert len(api(sandbox, ADD)) == 1
    assert "Pixiv limits the rate of changes" in done.log
    assert_complete(crawl("edit_bookmarks", add=f"{first},{second}", job="edit"))
    assert bookmark(sandbox, first)
    assert bookmark(sandbox, second)


def test_a_limit_of_reading_is_waited_for(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = unbookmarked(sandbox)
    sandbox.add_fault(Fault("rate_limit_403", DETAIL))
    assert_complete(crawl("edit_bookmarks", add=work_id))
    assert bookmark(sandbox, work_id) is not None


@pytest.mark.parametrize("kind", ["html_503", "not_found_404"])
def test_a_permanent_error_is_a_failure(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    first, second = unbookmarked(sandbox, 2)
    sandbox.add_fault(Fault(kind, ADD, times=None))
    known = next(
        entry.work_id for entry in sandbox.world.bookmarks.of(ACCOUNT, "public") if _is_available(sandbox, entry)
    )
    done = crawl("edit_bookmarks", add=f"{first},{second}", delete=known, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert failures(done) == [("bookmark", first), ("bookmark", second)]
    assert bookmark(sandbox, first) is None
    assert bookmark(sandbox, known) is None, "the other changes are still made"
    assert "Traceback" not in done.log


def test_a_change_without_effect_is_a_failure(
    sandbox: Sandbox, crawl: Crawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work_id,) = unbookmarked(sandbox)
    sandbox.add_fault(Fault("empty_body", ADD, times=None))
    monkeypatch.setattr(sandbox.world.bookmarks, "put", lambda *_args, **_others: None)
    sandbox.clear_faults()
    done = crawl("edit_bookmarks", add=work_id)
    assert done.status == 3
    assert failures(done) == [("bookmark", work_id)]
    assert [line["is_bookmarked"] for line in done.lines("bookmark_details")] == [False]
    assert len(api(sandbox, ADD)) == 1, "no second attempt"


def test_a_deleted_work_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = unbookmarked(sandbox)
    done = crawl("edit_bookmarks", add=f"9,{work_id}")
    assert done.status == 3
    assert failures(done) == [("work", 9)]
    assert bookmark(sandbox, work_id) is not None


def test_no_response_to_the_final_check_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = unbookmarked(sandbox)
    sandbox.add_fault(Fault("html_503", DETAIL, times=None, after=1))
    done = crawl("edit_bookmarks", add=work_id, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert [id_ for _, id_ in failures(done)] == [work_id]
    assert bookmark(sandbox, work_id) is not None

"""The one spider that writes to Pixiv."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.world.bookmarks import Bookmark
from tests.crawling import Crawler

from .asked import ACCOUNT, PROLIFIC, api, assert_refused, assert_whole, losses

ADD, DELETE, DETAIL = "/v2/illust/bookmark/add", "/v1/illust/bookmark/delete", "/v2/illust/bookmark/detail"


def free(sandbox: Sandbox, count: int = 1) -> list[int]:
    """Works that the account has not bookmarked."""
    return [work.id for work in sandbox.world.works(PROLIFIC)[:count]]


def bookmark(sandbox: Sandbox, work_id: int) -> Bookmark | None:
    return sandbox.world.bookmarks.find(ACCOUNT, work_id)


def methods(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in api(sandbox)]


def test_a_bookmark_is_added_with_restrict_and_tags_and_read_back(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = free(sandbox)
    done = crawl("edit_bookmarks", add=work_id, restrict="private", tags="あとで,blue & green".replace(" ", ""))
    assert_whole(done)
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


def test_what_is_already_so_is_said_and_not_written(sandbox: Sandbox, crawl: Crawler) -> None:
    known = next(entry for entry in sandbox.world.bookmarks.of(ACCOUNT, "private") if entry.tags)
    done = crawl("edit_bookmarks", add=known.work_id, restrict="private", tags=",".join(known.tags))
    assert_whole(done)
    assert methods(sandbox) == [("GET", DETAIL)]
    assert "already as requested" in done.log
    assert [line["illust_id"] for line in done.lines("bookmark_details")] == [known.work_id]


def test_a_bookmark_that_is_there_changes(sandbox: Sandbox, crawl: Crawler) -> None:
    known = next(entry for entry in sandbox.world.bookmarks.of(ACCOUNT, "private") if entry.tags)
    done = crawl("edit_bookmarks", add=known.work_id, restrict="public", tags="neu")
    assert_whole(done)
    changed = bookmark(sandbox, known.work_id)
    assert changed is not None
    assert (changed.restrict, changed.tags) == ("public", ("neu",))


def test_adding_again_without_saying_more_lays_nothing_bare(sandbox: Sandbox, crawl: Crawler) -> None:
    """Whoever gives no restrict and no tags has said nothing about them: a private bookmark stays private."""
    known = next(entry for entry in sandbox.world.bookmarks.of(ACCOUNT, "private") if entry.tags)
    done = crawl("edit_bookmarks", add=known.work_id)
    assert_whole(done)
    assert bookmark(sandbox, known.work_id) == known
    assert [method for method, _ in methods(sandbox)] == ["GET"]


def test_a_bookmark_is_removed(sandbox: Sandbox, crawl: Crawler) -> None:
    known = sandbox.world.bookmarks.of(ACCOUNT, "public")[0].work_id
    work = next(
        entry.work_id for entry in sandbox.world.bookmarks.of(ACCOUNT, "public")[5:] if _is_there(sandbox, entry)
    )
    done = crawl("edit_bookmarks", delete=work)
    assert_whole(done)
    assert bookmark(sandbox, work) is None
    assert bookmark(sandbox, known) is not None
    assert methods(sandbox) == [("GET", DETAIL), ("POST", DELETE), ("GET", DETAIL)]
    assert [line["is_bookmarked"] for line in done.lines("bookmark_details")] == [False]


def _is_there(sandbox: Sandbox, entry: Bookmark) -> bool:
    work = sandbox.world.work(entry.work_id)
    return work is not None and not work.spec.limit


def test_removing_what_is_not_there_is_said_and_not_written(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = free(sandbox)
    done = crawl("edit_bookmarks", delete=work_id)
    assert_whole(done)
    assert methods(sandbox) == [("GET", DETAIL)]
    assert "already as requested" in done.log


def test_the_bookmark_of_a_work_that_is_gone_can_be_removed(sandbox: Sandbox, crawl: Crawler) -> None:
    """Pixiv tells nothing of a work that is gone, but takes its bookmark away: that is what such lists are cleaned by."""
    gone = next(
        entry.work_id
        for entry in sandbox.world.bookmarks.of(ACCOUNT, "public")
        if not sandbox.world.work(entry.work_id)
    )
    done = crawl("edit_bookmarks", delete=gone)
    assert bookmark(sandbox, gone) is None
    assert ("POST", DELETE) in methods(sandbox)
    assert done.status == 0, done.log


def test_many_are_added_and_removed_in_one_run(sandbox: Sandbox, crawl: Crawler) -> None:
    new = free(sandbox, 3)
    old = [entry.work_id for entry in sandbox.world.bookmarks.of(ACCOUNT, "public") if _is_there(sandbox, entry)][:3]
    done = crawl("edit_bookmarks", add=",".join(map(str, new)), delete=",".join(map(str, old)))
    assert_whole(done)
    assert [bookmark(sandbox, id_) is not None for id_ in (*new, *old)] == [True] * 3 + [False] * 3
    assert [request.path for request in api(sandbox) if request.method == "POST"] == [ADD] * 3 + [DELETE] * 3


@pytest.mark.parametrize("arguments", [{}, {"restrict": "private", "tags": "a"}])
def test_without_ids_nothing_is_sent(sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str]) -> None:
    done = crawl("edit_bookmarks", **arguments)
    assert_whole(done)
    assert api(sandbox) == []


def test_an_id_in_both_lists_is_refused(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("edit_bookmarks", add="70560001,12", delete="https://www.pixiv.net/artworks/70560001")
    assert_refused(done, sandbox, "70560001")


def test_a_tag_with_a_blank_is_refused(sandbox: Sandbox, crawl: Crawler) -> None:
    """Pixiv's tags hold no blanks: it would make two tags of it."""
    assert_refused(crawl("edit_bookmarks", add="70560001", tags="two words"), sandbox, "tags", "two words")


@pytest.mark.parametrize(
    "kind", ["html_503", "html_200", "server_error_500", "reset", "rate_limit_403", "token_expired"]
)
def test_an_error_of_a_moment_is_bridged(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    (work_id,) = free(sandbox)
    sandbox.add_fault(Fault(kind, ADD))
    done = crawl("edit_bookmarks", add=work_id, tags="neu")
    assert_whole(done)
    added = bookmark(sandbox, work_id)
    assert added is not None
    assert added.tags == ("neu",)
    assert len(api(sandbox, ADD)) == 2


@pytest.mark.parametrize("kind", ["html_503", "not_found_404"])
def test_an_error_for_ever_is_a_named_loss(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    first, second = free(sandbox, 2)
    sandbox.add_fault(Fault(kind, ADD, times=None))
    known = next(entry.work_id for entry in sandbox.world.bookmarks.of(ACCOUNT, "public") if _is_there(sandbox, entry))
    done = crawl("edit_bookmarks", add=f"{first},{second}", delete=known, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert losses(done) == [("bookmark", first), ("bookmark", second)]
    assert bookmark(sandbox, first) is None
    assert bookmark(sandbox, known) is None, "the other changes are made all the same"
    assert "Traceback" not in done.log


def test_a_change_that_pixiv_takes_without_effect_is_a_named_loss(
    sandbox: Sandbox, crawl: Crawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work_id,) = free(sandbox)
    sandbox.add_fault(Fault("empty_body", ADD, times=None))
    monkeypatch.setattr(sandbox.world.bookmarks, "put", lambda *_args, **_others: None)
    sandbox.clear_faults()
    done = crawl("edit_bookmarks", add=work_id)
    assert done.status == 3
    assert losses(done) == [("bookmark", work_id)]
    assert [line["is_bookmarked"] for line in done.lines("bookmark_details")] == [False]
    assert len(api(sandbox, ADD)) == 1, "no second attempt"


def test_a_gone_work_is_a_named_loss(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = free(sandbox)
    done = crawl("edit_bookmarks", add=f"9,{work_id}")
    assert done.status == 3
    assert losses(done) == [("work", 9)]
    assert bookmark(sandbox, work_id) is not None


def test_no_answer_to_the_reading_back_is_a_named_loss(sandbox: Sandbox, crawl: Crawler) -> None:
    (work_id,) = free(sandbox)
    sandbox.add_fault(Fault("html_503", DETAIL, times=None, after=1))
    done = crawl("edit_bookmarks", add=work_id, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert [id_ for _, id_ in losses(done)] == [work_id]
    assert bookmark(sandbox, work_id) is not None

"""Comments on works and profiles of their artists as extras."""

from __future__ import annotations

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.world.comments import comments_on
from tests.crawling import Crawler

from .checks import ORDINARY, RICH, api, assert_complete, failures, ids, paths

MANY, REPLIED, SILENT = 75900001, 75300001, 70560001


def test_all_comments_of_all_works_are_collected_with_their_replies(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=ORDINARY, comments="true", files="none")
    assert_complete(done)
    expected = {comment.id for work in sandbox.world.works(ORDINARY) for comment in comments_on(work)}
    lines = ids(done.lines("comments"))
    assert len(lines) == len(set(lines))
    assert set(lines) == expected
    assert "/v1/illust/comments" not in paths(sandbox)


def test_comments_of_a_work_without_comments_are_not_requested(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("works", illust_id=SILENT, comments="true", files="none")
    assert_complete(done)
    assert paths(sandbox) == {"/v1/illust/detail"}


@pytest.mark.parametrize("max_works", [None, 1])
@pytest.mark.parametrize("work_id", [MANY, REPLIED])
def test_max_works_does_not_limit_comments(
    sandbox: Sandbox, crawl: Crawler, work_id: int, max_works: int | None
) -> None:
    work = sandbox.world.work(work_id)
    assert work is not None
    done = crawl("works", illust_id=work_id, comments="true", max_works=max_works, files="none")
    assert_complete(done)
    assert sorted(ids(done.lines("comments"))) == sorted(comment.id for comment in comments_on(work))


def test_comments_of_novels_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, type="novel", comments="true")
    assert_complete(done)
    novels = [novel for novel in sandbox.world.novels_of(RICH) if novel.is_open]
    expected = {(novel.id, comment.id) for novel in novels for comment in comments_on(novel)}
    assert {(line["novel_id"], line["id"]) for line in done.lines("comments")} == expected


def test_comments_are_collected_if_the_listing_has_no_count(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word="桜", comments="true", max_works=5, files="none")
    assert_complete(done)
    works = [sandbox.world.work(id_) for id_ in ids(done.lines("illusts"))]
    expected = {comment.id for work in works if work for comment in comments_on(work)}
    assert set(ids(done.lines("comments"))) == expected


def test_each_artist_is_collected_once(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", users="true", files="none")
    assert_complete(done)
    artists = [line["user"]["id"] for line in done.lines("users")]
    assert len(artists) == len(set(artists))
    assert set(artists) == {work["user"]["id"] for work in done.lines("illusts")}
    assert len(api(sandbox, "/v1/user/detail")) == len(artists)


def test_works_are_collected_although_their_comments_fail(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", "/v3/illust/comments", times=None))
    done = crawl(user_id=ORDINARY, comments="true", files="none", max_works=6, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    ids = {line["id"] for line in done.lines("illusts")}
    assert len(ids) == 6  # after ten consecutive failures, the crawl would end
    commented = {work.id for work in sandbox.world.works(ORDINARY) if work.id in ids and work.total_comments}
    assert {id_ for what, id_ in failures(done) if what == "comments"} == commented
    assert len(failures(done)) == len(commented)
    assert "Traceback" not in done.log


def test_a_transient_error_of_comments_is_retried(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_200", "/v3/illust/comments", times=3))
    done = crawl("works", illust_id=MANY, comments="true", files="none")
    assert_complete(done)
    assert len(done.lines("comments")) == 75


@pytest.mark.parametrize(("kind", "status"), [("html_503", 3), ("not_found_404", 3)])
def test_works_are_collected_although_their_artists_fail(
    sandbox: Sandbox, crawl: Crawler, kind: str, status: int
) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/detail", times=None))
    done = crawl("works", illust_id=f"{MANY},{REPLIED}", users="true", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == status
    assert ids(done.lines("illusts")) == [MANY, REPLIED]
    assert [id_ for _, id_ in failures(done)] == [RICH], "one artist, requested once"
    assert "Traceback" not in done.log


def test_extras_do_not_affect_the_listing(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, comments="true", users="true", files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == [work.id for work in sandbox.world.works(RICH)]
    assert sorted(work["source"]["position"] for work in done.lines("illusts")) == list(range(1, 75))
    assert [line["user"]["id"] for line in done.lines("users")] == [RICH]
    assert len(api(sandbox, "/v1/user/detail")) == 1, "the profile with which user_works compares the works"


def test_a_profile_that_failed_before_the_works_is_requested_again(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("not_found_404", "/v1/user/detail", times=1))
    done = crawl(user_id=ORDINARY, users="true", files="none")
    assert_complete(done)
    assert [line["user"]["id"] for line in done.lines("users")] == [ORDINARY]


def test_deleted_comments_are_not_a_failure(sandbox: Sandbox, crawl: Crawler, monkeypatch: pytest.MonkeyPatch) -> None:
    """`total_comments` may be outdated."""
    monkeypatch.setattr("pixiv_crawler.sandbox.routes.comments.comments_on", lambda _work: ())
    done = crawl(user_id=ORDINARY, comments="true", files="none")
    assert_complete(done)
    assert len(done.lines("illusts")) == 35
    assert paths(sandbox) == {"/v1/user/detail", "/v1/user/illusts", "/v3/illust/comments"}


@pytest.mark.parametrize(
    ("spider", "arguments"),
    [
        ("related", {"illust_id": MANY, "max_works": 30}),
        ("recommended", {"type": "illust", "max_works": 30}),
        ("rankings", {"date": "2026-11-18", "max_works": 30}),
        ("series", {"novel_series_id": 900011}),
    ],
)
def test_extras_work_with_every_kind_of_listing(
    sandbox: Sandbox, crawl: Crawler, spider: str, arguments: dict[str, object]
) -> None:
    done = crawl(spider, **arguments, comments="true", users="true", files="none")
    assert_complete(done)
    works = done.lines("illusts") + done.lines("novels")
    find = sandbox.world.work if spider != "series" else sandbox.world.novel_catalogue.novel
    known = [find(id_) for id_ in ids(works)]
    expected = {comment.id for work in known if work for comment in comments_on(work)}
    assert set(ids(done.lines("comments"))) == expected
    assert {line["user"]["id"] for line in done.lines("users")} == {work["user"]["id"] for work in works}


def test_extras_are_off_by_default(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=ORDINARY, files="none")
    assert paths(sandbox) == {"/v1/user/detail", "/v1/user/illusts"}
    assert len(api(sandbox, "/v1/user/detail")) == 1, "the first request of user_works"

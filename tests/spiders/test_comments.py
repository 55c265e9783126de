"""Comments on illusts and novels, with their replies."""

from __future__ import annotations

import pytest

from pixiv_crawler.sandbox import Fault, Novel, Sandbox, Work
from pixiv_crawler.sandbox.world.comments import comments_on
from tests.crawling import Crawl, Crawler

from .checks import RICH, api, assert_complete, assert_refused, failures, paths

MANY, REPLIED, SILENT, REPLIED_NOVEL = 75900001, 75300001, 70560001, 8684000
RETIRED = "/v1/illust/comments"


def work_of(sandbox: Sandbox, work_id: int) -> Work:
    work = sandbox.world.work(work_id)
    assert work is not None
    return work


def novel_of(sandbox: Sandbox, novel_id: int) -> Novel:
    novel = sandbox.world.novel_catalogue.novel(novel_id)
    assert novel is not None
    return novel


def assert_comments(done: Crawl, work: Work | Novel, *, with_replies: bool = True) -> None:
    """The comments of the work were collected once each, with the data of the world."""
    expected = {comment.id: comment for comment in comments_on(work) if with_replies or comment.parent_id is None}
    kind = "novel_id" if isinstance(work, Novel) else "illust_id"
    other = "illust_id" if isinstance(work, Novel) else "novel_id"
    lines = [line for line in done.lines("comments") if line[kind] == work.id]
    assert len(lines) == len(expected)
    assert {line["id"] for line in lines} == set(expected)
    for line in lines:
        comment = expected[line["id"]]
        assert line["comment"] == comment.text
        assert line["parent_comment_id"] == comment.parent_id
        assert line["date"] == comment.date.isoformat()
        assert (line["user"] or {}).get("id") == (comment.user.id if comment.user else None)
        assert (line["stamp"] or {}).get("stamp_id") == comment.stamp_id
        assert line["has_replies"] == comment.has_replies
        assert line[other] is None


@pytest.mark.parametrize("work_id", [MANY, REPLIED, SILENT])
def test_comments_of_an_illust_are_collected_with_their_replies(
    sandbox: Sandbox, crawl: Crawler, work_id: int
) -> None:
    done = crawl("comments", illust_id=work_id)
    assert_complete(done)
    assert_comments(done, work_of(sandbox, work_id))
    assert RETIRED not in paths(sandbox)


def test_forty_replies_take_two_listings(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("comments", illust_id=REPLIED)
    replies = [line for line in done.lines("comments") if line["parent_comment_id"]]
    assert len(replies) == 40
    assert {line["parent_comment_id"] for line in replies} == {753000010002}
    assert [line["source"]["position"] for line in replies] == list(range(1, 41))
    assert len(api(sandbox, "/v2/illust/comment/replies")) == 2


def test_replies_false_requests_no_replies(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("comments", illust_id=REPLIED, novel_id=REPLIED_NOVEL, replies="false")
    assert_complete(done)
    assert_comments(done, work_of(sandbox, REPLIED), with_replies=False)
    assert_comments(done, novel_of(sandbox, REPLIED_NOVEL), with_replies=False)
    assert paths(sandbox) == {"/v3/illust/comments", "/v3/novel/comments"}


def test_comments_of_a_novel_are_collected_with_their_replies(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("comments", novel_id=f"https://www.pixiv.net/novel/show.php?id={REPLIED_NOVEL}")
    assert_complete(done)
    assert_comments(done, novel_of(sandbox, REPLIED_NOVEL))
    assert len(done.lines("comments")) == 35
    assert paths(sandbox) == {"/v3/novel/comments", "/v2/novel/comment/replies"}


def test_comments_of_several_works_contain_the_id_of_their_work(sandbox: Sandbox, crawl: Crawler) -> None:
    works = sandbox.world.works(RICH)[:6]
    done = crawl("comments", illust_id=",".join(str(work.id) for work in works), novel_id=REPLIED_NOVEL)
    assert_complete(done)
    for work in (*works, novel_of(sandbox, REPLIED_NOVEL)):
        assert_comments(done, work)
    lines = done.lines("comments")
    assert any(line["user"] is None for line in lines)
    assert any(line["stamp"] for line in lines)


def test_comments_of_a_deleted_work_are_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("comments", illust_id=f"9,{MANY}")
    assert done.status == 3
    assert failures(done) == [("comments", 9)]
    assert_comments(done, work_of(sandbox, MANY))


def test_comments_are_collected_although_their_replies_fail(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", "/v2/illust/comment/replies", times=None))
    done = crawl("comments", illust_id=REPLIED, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert_comments(done, work_of(sandbox, REPLIED), with_replies=False)
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("comments", REPLIED)
    assert "comment_id=753000010002" in failure["source"]


def test_an_offset_skips_the_newest_comments(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("comments", illust_id=MANY, offset=50, replies="false")
    assert_complete(done)
    assert [line["source"]["position"] for line in done.lines("comments")] == list(range(51, 76))


def test_one_of_two_ids_is_required(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_refused(crawl("comments"), sandbox, "pass -a illust_id=... or -a novel_id=...")

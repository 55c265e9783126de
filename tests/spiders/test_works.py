"""Single works by their IDs, and the texts of novels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler

from .asked import LIMITED, NOVELIST, RICH, api, assert_refused, assert_whole, ids, losses, paths


def test_works_come_by_id_and_by_address(sandbox: Sandbox, crawl: Crawler) -> None:
    first, second, third, fourth = (work.id for work in sandbox.world.works(RICH)[:4])
    done = crawl(
        "works",
        illust_id=f"{first}, https://www.pixiv.net/en/artworks/{second}#1 ,{first},"
        f"https://www.pixiv.net/member_illust.php?mode=medium&illust_id={third},www.pixiv.net/i/{fourth}",
        files="none",
    )
    assert_whole(done)
    assert ids(done.lines("illusts")) == [first, second, third, fourth]
    assert paths(sandbox) == {"/v1/illust/detail"}
    assert all(work["comment_access_control"] == 0 for work in done.lines("illusts"))


def test_a_gone_work_is_named_and_keeps_no_other_away(sandbox: Sandbox, crawl: Crawler) -> None:
    there = sandbox.world.works(RICH)[0].id
    withdrawn = next(work.id for work in sandbox.world.listing(RICH) if work.spec.withdrawn)
    done = crawl("works", illust_id=f"{withdrawn},{there}", novel_id="9", files="none")
    assert done.status == 3
    assert ids(done.lines("illusts")) == [there]
    assert [(line["type"], line["id"], line["reason"]) for line in done.lines("unavailable")] == [
        ("illust", withdrawn, "deleted"),
        ("novel", 9, "deleted"),
    ]
    assert losses(done) == [("work", withdrawn), ("work", 9)]
    assert {line["evidence"]["status"] for line in done.lines("unavailable")} == {404}


def test_withheld_works_become_lines_of_their_own_kind(sandbox: Sandbox, crawl: Crawler) -> None:
    works = sandbox.world.works(LIMITED)
    withheld_novel = next(novel for novel in sandbox.world.novels_of(NOVELIST) if not novel.is_open)
    done = crawl("works", illust_id=",".join(str(work.id) for work in works), novel_id=withheld_novel.id, text="true")
    assert len(done.lines("illusts")) == 8
    assert {(line["id"], line["reason"]) for line in done.lines("unavailable")} == {
        *((work.id, work.spec.limit) for work in works if work.spec.limit),
        (withheld_novel.id, "mypixiv"),
    }
    assert api(sandbox, "/webview") == [], "no text is asked for a novel that is withheld"
    assert "Traceback" not in done.log


@pytest.mark.parametrize("user_id", [RICH, NOVELIST])
def test_texts_are_those_of_the_world(sandbox: Sandbox, crawl: Crawler, user_id: int) -> None:
    """Among them one that ends the page's script, and one of mere page ends."""
    novels = {novel.id: novel for novel in sandbox.world.novels_of(user_id)[:20] if novel.is_open}
    done = crawl("works", novel_id=",".join(map(str, novels)), text="true")
    assert_whole(done)
    lines = [json.loads(line) for line in (done.run_folder / "novels.jsonl").read_bytes().split(b"\n") if line]
    assert ids(lines) == list(novels)
    for line in lines:
        assert line["text"] == novels[line["id"]].text
        assert line["webview"]["id"] == str(line["id"])
        assert line["webview"]["title"] == line["title"]
        assert line["webview"]["userId"] == str(user_id)
        assert "text" not in line["webview"]
        assert line["text_length"] == len(line["text"])
    assert any(line["webview"]["seriesNavigation"] for line in lines) is (user_id == RICH)


def test_without_asking_no_text_comes(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("works", novel_id=sandbox.world.novels_of(RICH)[0].id)
    assert_whole(done)
    assert (done.lines("novels")[0]["text"], done.lines("novels")[0]["webview"]) == (None, None)
    assert paths(sandbox) == {"/v2/novel/detail"}


@pytest.mark.parametrize("kind", ["html_200", "html_503", "not_found_404", "empty_404", "reset", "truncated"])
def test_a_text_that_cannot_be_had_costs_no_novel(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    first, second = (novel.id for novel in sandbox.world.novels_of(RICH)[:2])
    sandbox.add_fault(Fault(kind, "/webview/", times=None))
    done = crawl("works", novel_id=f"{first},{second}", text="true", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert ids(done.lines("novels")) == [first, second]
    assert [line["text"] for line in done.lines("novels")] == [None, None]
    assert losses(done) == [("text", first), ("text", second)]
    assert "Traceback" not in done.log


def test_a_text_that_fails_once_is_asked_for_again(sandbox: Sandbox, crawl: Crawler) -> None:
    novel = sandbox.world.novels_of(RICH)[0]
    sandbox.add_fault(Fault("html_503", "/webview/"))
    done = crawl("works", novel_id=novel.id, text="true")
    assert_whole(done)
    assert done.lines("novels")[0]["text"] == novel.text


def test_a_token_that_expires_before_the_text_costs_nothing(sandbox: Sandbox, crawl: Crawler) -> None:
    novel = sandbox.world.novels_of(RICH)[0]
    sandbox.add_fault(Fault("token_expired", "/webview/"))
    sandbox.add_fault(Fault("rate_limit_403", "/webview/"))
    done = crawl("works", novel_id=novel.id, text="true")
    assert_whole(done)
    assert done.lines("novels")[0]["text"] == novel.text


def test_a_work_that_the_account_does_not_show_is_named(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        work = next(work for work in sandbox.world.works(RICH) if work.spec.x_restrict == 1)
        done = Crawler(sandbox, tmp_path)("works", illust_id=work.id)
    assert [(line["id"], line["reason"]) for line in done.lines("unavailable")] == [(work.id, "r18_hidden")]
    assert done.files == {}


def test_one_of_two_ids_must_be_given(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_refused(crawl("works"), sandbox, "pass -a illust_id=... or -a novel_id=...")


def test_a_fault_at_one_work_costs_that_work_alone(sandbox: Sandbox, crawl: Crawler) -> None:
    first, second, third = (work.id for work in sandbox.world.works(RICH)[:3])
    sandbox.add_fault(Fault("html_503", "/v1/illust/detail", where=f"illust_id={second}", times=None))
    done = crawl("works", illust_id=f"{first},{second},{third}", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert ids(done.lines("illusts")) == [first, third]
    assert [id_ for _, id_ in losses(done)] == [second]

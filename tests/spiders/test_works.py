"""Single works by their IDs, and the texts of novels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler

from .checks import LIMITED, NOVELIST, RICH, api, assert_complete, assert_refused, failures, ids, paths


def test_works_are_collected_by_id_and_by_url(sandbox: Sandbox, crawl: Crawler) -> None:
    first, second, third, fourth = (work.id for work in sandbox.world.works(RICH)[:4])
    done = crawl(
        "works",
        illust_id=f"{first}, https://www.pixiv.net/en/artworks/{second}#1 ,{first},"
        f"https://www.pixiv.net/member_illust.php?mode=medium&illust_id={third},www.pixiv.net/i/{fourth}",
        files="none",
    )
    assert_complete(done)
    assert ids(done.lines("illusts")) == [first, second, third, fourth]
    assert paths(sandbox) == {"/v1/illust/detail"}
    assert all(work["comment_access_control"] == 0 for work in done.lines("illusts"))


def test_a_deleted_work_is_a_failure_and_others_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    existing = sandbox.world.works(RICH)[0].id
    withdrawn = next(work.id for work in sandbox.world.listing(RICH) if work.spec.withdrawn)
    done = crawl("works", illust_id=f"{withdrawn},{existing}", novel_id="9", files="none")
    assert done.status == 3
    assert ids(done.lines("illusts")) == [existing]
    assert [(line["type"], line["id"], line["reason"]) for line in done.lines("unavailable")] == [
        ("illust", withdrawn, "deleted"),
        ("novel", 9, "deleted"),
    ]
    assert failures(done) == [("work", withdrawn), ("work", 9)]
    assert {line["evidence"]["status"] for line in done.lines("unavailable")} == {404}


def test_limited_works_are_lines_of_unavailable(sandbox: Sandbox, crawl: Crawler) -> None:
    works = sandbox.world.works(LIMITED)
    limited_novel = next(novel for novel in sandbox.world.novels_of(NOVELIST) if not novel.is_open)
    done = crawl("works", illust_id=",".join(str(work.id) for work in works), novel_id=limited_novel.id, text="true")
    assert len(done.lines("illusts")) == 8
    assert {(line["id"], line["reason"]) for line in done.lines("unavailable")} == {
        *((work.id, work.spec.limit) for work in works if work.spec.limit),
        (limited_novel.id, "mypixiv"),
    }
    assert api(sandbox, "/webview") == [], "the text of a limited novel is not requested"
    assert "Traceback" not in done.log


@pytest.mark.parametrize("user_id", [RICH, NOVELIST])
def test_novel_texts_are_complete(sandbox: Sandbox, crawl: Crawler, user_id: int) -> None:
    """One of them contains the end of a script, another one only page breaks."""
    novels = {novel.id: novel for novel in sandbox.world.novels_of(user_id)[:20] if novel.is_open}
    done = crawl("works", novel_id=",".join(map(str, novels)), text="true")
    assert_complete(done)
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


def test_texts_are_not_collected_by_default(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("works", novel_id=sandbox.world.novels_of(RICH)[0].id)
    assert_complete(done)
    assert (done.lines("novels")[0]["text"], done.lines("novels")[0]["webview"]) == (None, None)
    assert paths(sandbox) == {"/v2/novel/detail"}


@pytest.mark.parametrize("kind", ["html_200", "html_503", "not_found_404", "empty_404", "reset", "truncated"])
def test_a_novel_is_collected_although_its_text_fails(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    first, second = (novel.id for novel in sandbox.world.novels_of(RICH)[:2])
    sandbox.add_fault(Fault(kind, "/webview/", times=None))
    done = crawl("works", novel_id=f"{first},{second}", text="true", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert ids(done.lines("novels")) == [first, second]
    assert [line["text"] for line in done.lines("novels")] == [None, None]
    assert failures(done) == [("text", first), ("text", second)]
    assert "Traceback" not in done.log


def test_a_transient_error_of_a_text_is_retried(sandbox: Sandbox, crawl: Crawler) -> None:
    novel = sandbox.world.novels_of(RICH)[0]
    sandbox.add_fault(Fault("html_503", "/webview/"))
    done = crawl("works", novel_id=novel.id, text="true")
    assert_complete(done)
    assert done.lines("novels")[0]["text"] == novel.text


def test_expired_tokens_and_rate_limits_do_not_fail_a_text(sandbox: Sandbox, crawl: Crawler) -> None:
    novel = sandbox.world.novels_of(RICH)[0]
    sandbox.add_fault(Fault("token_expired", "/webview/"))
    sandbox.add_fault(Fault("rate_limit_403", "/webview/"))
    done = crawl("works", novel_id=novel.id, text="true")
    assert_complete(done)
    assert done.lines("novels")[0]["text"] == novel.text


def test_a_work_hidden_by_the_account_settings_is_unavailable(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        work = next(work for work in sandbox.world.works(RICH) if work.spec.x_restrict == 1)
        done = Crawler(sandbox, tmp_path)("works", illust_id=work.id)
    assert [(line["id"], line["reason"]) for line in done.lines("unavailable")] == [(work.id, "r18_hidden")]
    assert done.files == {}


def test_one_of_two_ids_is_required(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_refused(crawl("works"), sandbox, "pass -a illust_id=... or -a novel_id=...")


def test_a_permanent_error_fails_only_its_work(sandbox: Sandbox, crawl: Crawler) -> None:
    first, second, third = (work.id for work in sandbox.world.works(RICH)[:3])
    sandbox.add_fault(Fault("html_503", "/v1/illust/detail", where=f"illust_id={second}", times=None))
    done = crawl("works", illust_id=f"{first},{second},{third}", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert ids(done.lines("illusts")) == [first, third]
    assert [id_ for _, id_ in failures(done)] == [second]

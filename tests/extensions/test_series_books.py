"""A novel series as one book with the novels of all runs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from pixiv_crawler.layout.paths import replaced_path
from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.world.users import NovelSeries, NovelSpec, User
from tests.crawling import Crawler
from tests.novels.novel_factory import contents
from tests.runs import Run, paths, run

WRITER = 50
SERIES = NovelSeries(900099, "連作")
BOOK = f"novel_series/{SERIES.id}.epub"
ARGS: dict[str, Any] = {"novel_series_id": SERIES.id, "novel": "epub"}
NO_RETRIES = {"RETRY_TIMES": 0}


def write(sandbox: Sandbox, *titles: str) -> None:
    """Adds a user with a series of these novels."""
    specs = tuple(NovelSpec(title, text=f"{title}の本文。", series=SERIES, has_cover=False) for title in titles)
    sandbox.world.add(User(WRITER, "作者", "sakusha", novels=specs))


def titles_in(done: Run) -> list[str]:
    return [title for title, _, _ in contents(done.file(BOOK))][1:]


def test_a_new_novel_gives_a_new_book_with_the_novels_of_all_runs_and_the_old_one_is_kept(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    write(sandbox, "一", "二")
    first = run(crawl, sandbox, "series", "first", **ARGS, new_only="true")
    assert (first.status, titles_in(first)) == (0, ["一", "二"]), first.log
    assert first.report["books"] == {BOOK: "downloaded"}
    old = first.file(BOOK).read_bytes()
    write(sandbox, "一", "二", "三")
    second = run(crawl, sandbox, "series", "second", **ARGS, new_only="true")
    assert [line["title"] for line in second.lines("novels")] == ["三"]
    assert titles_in(second) == ["一", "二", "三"]
    assert second.report["books"] == {BOOK: "downloaded"}
    assert second.file(replaced_path(BOOK, hashlib.sha256(old).hexdigest())).read_bytes() == old
    files = second.files.keys()
    for number, args in enumerate((ARGS, ARGS | {"new_only": "true"})):
        later = run(crawl, sandbox, "series", f"later-{number}", **args)
        assert (later.status, later.report["books"], later.files.keys()) == (0, {BOOK: "kept"}, files), later.log


def test_novels_of_other_spiders_are_in_the_order_of_the_series(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, "一", "二")
    by_user = run(crawl, sandbox, "user_works", "by-user", user_id=WRITER, type="novel", novel="epub")
    assert (by_user.report["lines"], by_user.report["books"]) == ({"novel": 2}, {})
    assert BOOK not in by_user.files
    write(sandbox, "一", "二", "三")
    by_series = run(crawl, sandbox, "series", "by-series", **ARGS, new_only="true")
    assert len(by_series.lines("novels")) == 1
    assert titles_in(by_series) == ["一", "二", "三"]


def test_the_order_is_that_of_the_series_and_not_of_the_dates(sandbox: Sandbox, crawl: Crawler) -> None:
    """The author moves the last novel to the front."""
    write(sandbox, "一", "二", "三")
    catalogue = sandbox.world.novel_catalogue
    in_order = catalogue.series(SERIES.id)
    catalogue.series = lambda id_: [in_order[2], *in_order[:2]]
    done = run(crawl, sandbox, "series", "run", **ARGS)
    assert titles_in(done) == ["三", "一", "二"]


def test_a_book_is_written_although_lines_of_other_runs_are_invalid(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, "一", "二")
    other = crawl.data / "works" / "broken"
    other.mkdir(parents=True)
    (other / "novels.jsonl").write_bytes(b'{"kind": "novel", "id": 1}\n[]\n{"kind": "novel", "id": 2, "title": "\xe6')
    done = run(crawl, sandbox, "series", "run", **ARGS)
    assert (done.status, titles_in(done)) == (0, ["一", "二"]), done.log
    assert done.log.count("novels.jsonl: skipping a line") == 3
    assert "Traceback" not in done.log


def test_a_novel_whose_text_failed_is_not_in_the_book_until_a_run_collects_it(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    write(sandbox, "一", "二", "三")
    missing = sandbox.world.novel_catalogue.series(SERIES.id)[1]
    sandbox.add_fault(Fault("html_503", "/webview/v2/novel", where=f"id={missing.id}", times=None))
    first = run(crawl, sandbox, "series", "first", **ARGS, settings=NO_RETRIES)
    assert (first.status, titles_in(first)) == (3, ["一", "三"])
    sandbox.clear_faults()
    sandbox.add_fault(Fault("html_503", "/webview/v2/novel", times=None))
    second = run(crawl, sandbox, "series", "second", **ARGS, settings=NO_RETRIES)
    assert (second.report["books"], titles_in(second)) == ({BOOK: "kept"}, ["一", "三"])
    sandbox.clear_faults()
    third = run(crawl, sandbox, "series", "third", **ARGS)
    assert (third.status, titles_in(third)) == (0, ["一", "二", "三"])


def test_a_book_is_written_after_the_final_retry(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, *map(str, range(31)))
    sandbox.add_fault(Fault("server_error_500", "/v2/novel/series", after=1, times=1))
    done = run(crawl, sandbox, "series", "run", **ARGS, settings=NO_RETRIES)
    assert (done.status, titles_in(done)) == (0, list(map(str, range(31)))), done.log
    assert done.log.count("once more") == 1
    assert [path for path in done.files if "series" in path] == [BOOK]


def test_a_book_that_cannot_be_stored_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, "一", "二")
    mine = crawl.data / "files" / BOOK
    mine.mkdir(parents=True)
    (mine / "mine.txt").write_text("keep me")
    done = run(crawl, sandbox, "series", "run", **ARGS)
    assert (done.status, done.report["books"]) == (3, {BOOK: "failed"})
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("file", SERIES.id)
    assert failure["cause"].startswith("the epub file of the novel series was not generated: ")
    assert (mine / "mine.txt").read_text() == "keep me"


def test_a_series_without_any_text_has_no_book(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, "一")
    user = sandbox.world.user(WRITER)
    assert user is not None
    sandbox.world.add(replace(user, novels=tuple(replace(novel, limit="mypixiv") for novel in user.novels)))
    done = run(crawl, sandbox, "series", "run", **ARGS)
    assert (done.status, done.report["books"], done.files) == (0, {}, {}), done.log


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.kill
def test_a_run_killed_while_it_writes_a_book_is_resumed_and_writes_it_completely(
    sandbox: Sandbox, crawl: Crawler, step: int
) -> None:
    """The book is renamed to its name, then its folder is opened for fsync."""
    write(sandbox, "一", "二")
    crawl.killed("os.rename,open", step, "series", folder="files/novel_series", **ARGS, job="x")
    files = crawl.data / "files"
    assert len(list((files / f"novels/{WRITER}").iterdir())) == 2
    assert (files / BOOK).exists() == (step == 2)
    done = run(crawl, sandbox, "series", "x", **ARGS)
    assert (done.status, done.report["books"], titles_in(done)) == (0, {BOOK: "downloaded"}, ["一", "二"]), done.log
    novels = [path for line in done.lines("novels") for path in paths(line)]
    assert done.files.keys() == {BOOK, *novels}
    assert not (done.data / ".parts").exists()
    assert done.requested("file") == []

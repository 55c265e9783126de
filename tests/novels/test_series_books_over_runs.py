"""Series books use the lines of earlier runs, also compressed ones, but not of novels that left the series."""

from __future__ import annotations

import gzip
from typing import Any

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.users import NovelSeries, NovelSpec, User
from tests.crawling import Crawler
from tests.novels.novel_factory import contents
from tests.runs import Run, run

WRITER = 50
SERIES, OTHER = NovelSeries(900099, "連作"), NovelSeries(900100, "別の連作")
ARGS: dict[str, Any] = {"novel_series_id": SERIES.id, "novel": "epub"}


def write(sandbox: Sandbox, **series: NovelSeries) -> None:
    """Adds a user whose novels have these titles, each in its series."""
    specs = (
        NovelSpec(title, text=f"{title}の本文。", series=novel_series, has_cover=False)
        for title, novel_series in series.items()
    )
    sandbox.world.add(User(WRITER, "作者", "sakusha", novels=tuple(specs)))


def titles_in(done: Run) -> list[str]:
    return [title for title, _, _ in contents(done.file(f"novel_series/{SERIES.id}.epub"))][1:]


def test_the_book_contains_novels_of_compressed_lines(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, 一=SERIES, 二=SERIES)
    first = run(crawl, sandbox, "series", "first", **ARGS)
    lines = first.run_folder / "novels.jsonl"
    (first.run_folder / "novels.jsonl.gz").write_bytes(gzip.compress(lines.read_bytes()))
    lines.unlink()
    (crawl.data / "works" / "torn").mkdir(parents=True)
    (crawl.data / "works" / "torn" / "novels.jsonl.gz").write_bytes(gzip.compress(b'{}\n{"kind": "user"}\n')[:-9])
    write(sandbox, 一=SERIES, 二=SERIES, 三=SERIES)
    second = run(crawl, sandbox, "series", "second", **ARGS, new_only="true")
    assert [line["title"] for line in second.lines("novels")] == ["三"]
    assert (second.status, titles_in(second)) == (0, ["一", "二", "三"]), second.log
    assert "cannot be read to its end" in second.log


def test_a_novel_that_moved_to_another_series_is_removed_from_the_book(sandbox: Sandbox, crawl: Crawler) -> None:
    write(sandbox, 一=SERIES, 二=SERIES)
    first = run(crawl, sandbox, "series", "first", **ARGS)
    assert titles_in(first) == ["一", "二"]
    write(sandbox, 一=SERIES, 二=OTHER)
    moved = run(crawl, sandbox, "user_works", "moved", user_id=WRITER, type="novel", novel="epub")
    assert {line["title"]: line["series"]["id"] for line in moved.lines("novels")} == {"一": SERIES.id, "二": OTHER.id}
    second = run(crawl, sandbox, "series", "second", **ARGS)
    assert (second.status, titles_in(second)) == (0, ["一"]), second.log

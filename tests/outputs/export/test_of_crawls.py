"""Exports of what a crawl has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crawling import Crawl, Crawler
from tests.in_process import scrapy_in_process
from tests.outputs.export.collected import exported
from tests.outputs.export.test_bagit import validate
from tests.outputs.export.test_cbz import info_of

RICH = 2188232


@pytest.fixture
def done(crawl: Crawler) -> Crawl:
    """A comic, animations and novels."""
    return crawl(user_id=RICH, type="ugoira,novel,manga", max_works=20)


def test_the_works_of_a_crawl_can_be_exported_as_comics_and_as_a_bag(done: Crawl, tmp_path: Path) -> None:
    for format_ in ("cbz", "bagit"):
        words = ["export", format_, tmp_path / format_, "-s", f"PIXIV_DATA_DIR={done.data}"]
        first, again = scrapy_in_process(*words), scrapy_in_process(*words)
        assert (first.returncode, first.stderr) == (0, ""), format_
        assert "0 files written" in again.stdout
    assert {line["type"] for line in done.lines("illusts")} == {"manga", "ugoira"}
    assert done.lines("novels")
    archives = exported(tmp_path / "cbz")
    assert len(archives) == len(done.lines("illusts"))
    assert all(info_of(tmp_path / "cbz" / path).findtext("Series") for path in archives)
    validate(tmp_path / "bagit")
    assert {
        path.removeprefix("data/files/") for path in exported(tmp_path / "bagit") if "/files/" in path
    } == done.files.keys()

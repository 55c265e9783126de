"""A state database that is deleted or damaged during a run: the run ends in order, and can be resumed."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Self

import pytest
from scrapy import signals
from scrapy.crawler import Crawler as ScrapyCrawler

from pixiv_crawler import settings as project_settings
from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state import open_state
from tests.crawling import Crawler

WORKS = 74
ARGS = {"user_id": 2188232, "files": "none", "job": "x"}


class Saboteur:
    """Deletes or overwrites the state after ten works."""

    def __init__(self, crawler: ScrapyCrawler) -> None:
        self._path = Path(crawler.settings["PIXIV_DATA_DIR"]) / "state.db"
        self._sabotage = {"delete": _delete, "overwrite": _overwrite}[crawler.settings["SABOTAGE"]]
        self._left = 10
        crawler.signals.connect(self.item_scraped, signals.item_scraped)

    @classmethod
    def from_crawler(cls, crawler: ScrapyCrawler) -> Self:
        return cls(crawler)

    def item_scraped(self) -> None:
        self._left -= 1
        if not self._left:
            self._sabotage(self._path)


def _delete(path: Path, *, is_replaced: bool = False) -> None:
    for part in path.parent.glob("state.db*"):
        part.unlink()
    if is_replaced:
        path.touch()


def _overwrite(path: Path) -> None:
    for part in (path, path.with_name("state.db-wal")):
        with part.open("r+b") as file:
            file.write(os.urandom(part.stat().st_size))


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("sabotage", "sentence"),
    [("delete", "was deleted or replaced during the run"), ("overwrite", "the state database is damaged")],
)
def test_the_run_ends_in_order_and_continues_from_its_lines(crawl: Crawler, sabotage: str, sentence: str) -> None:
    extensions = project_settings.EXTENSIONS | {"tests.run.test_lost_state.Saboteur": 900}
    done = crawl(**ARGS, settings={"EXTENSIONS": json.dumps(extensions), "SABOTAGE": sabotage})
    assert done.status == 2, done.log
    assert sentence in done.log
    assert done.report["finish_reason"] == "storage_failed"
    assert "Traceback" not in done.log
    _delete(crawl.data / "state.db")
    again = crawl(**ARGS)
    assert again.status == 0, again.log
    ids = [line["id"] for line in again.lines("illusts")]
    assert len(set(ids)) == len(ids) == WORKS


@pytest.mark.e2e
def test_a_damaged_state_is_refused_in_one_sentence(crawl: Crawler) -> None:
    crawl.data.mkdir()
    (crawl.data / "state.db").write_bytes(b"not a database" * 1000)
    done = crawl(**ARGS)
    assert done.status == 1
    assert "PIXIV_STATE cannot be used (file is not a database)" in done.log
    assert "Traceback" not in done.log


def test_a_replaced_state_is_noticed(tmp_path: Path) -> None:
    asyncio.run(_replace(tmp_path / "state.db"))


async def _replace(path: Path) -> None:
    state = await open_state(f"sqlite:///{path}")
    try:
        await state.user_names(1, "name", "account")
        _delete(path, is_replaced=True)
        with pytest.raises(StateError, match="deleted or replaced"):
            await state.user_names(2, "name", "account")
    finally:
        await state.close()

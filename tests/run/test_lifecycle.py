"""A crawler owns the objects that its components share, and a crawl whose setup fails leaves no resources open."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from pixiv_crawler.exceptions import FinishedError, SettingError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.items import Item
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.output_folder import OUTPUT_FILES
from tests.run.crawlers import crawl, make_crawler

JSON_LINES = "pixiv_crawler.pipelines.jsonlines.JsonLinesPipeline"


class Failing:
    """An extension that cannot be created."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Failing:
        raise ValueError("this extension cannot be created")


class FailingPipeline:
    """A pipeline that cannot be opened."""

    async def open_spider(self) -> None:
        raise ValueError("this pipeline cannot be opened")


class ClosingPipeline:
    """A pipeline that closes the spider when it is opened."""

    async def open_spider(self) -> None:
        raise CloseSpider("nothing to do")


@pytest.fixture
def no_log() -> Iterator[None]:
    """Without log records, which pytest keeps until a test ends and which refer to the spider."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("no_log")
def test_crawlers_are_garbage_collected(tmp_path: Path) -> None:
    references = []
    for number in range(5):
        crawler = crawl(tmp_path, job=f"run{number}")
        assert crawler.stats.get_value("finish_reason") == "finished"
        references.append(weakref.ref(crawler))
        del crawler
    gc.collect()
    assert [reference() for reference in references] == [None] * 5


def test_each_kind_of_item_has_a_file() -> None:
    assert {item_type.__dataclass_fields__["kind"].default for item_type in get_args(Item)} == {*OUTPUT_FILES}


def test_components_share_objects_within_a_crawler_but_not_between_crawlers(tmp_path: Path) -> None:
    first, second = crawl(tmp_path, job="first"), crawl(tmp_path, job="second")
    assert ApiSession.of(first) is ApiSession.of(first) is not ApiSession.of(second)
    assert Checkpoint.of(first) is Checkpoint.of(first) is not Checkpoint.of(second)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"EXTENSIONS": {Failing: 1}}, ValueError),
        ({"ITEM_PIPELINES": {FailingPipeline: 950}}, ValueError),
        ({"PIXIV_API_DELAY": "soon"}, SettingError),
        ({"PIXIV_STATE": "mysql://host/db"}, SettingError),
        ({"FILES_STORE": "s3://bucket/prefix"}, SettingError),
    ],
)
def test_a_crawl_whose_setup_fails_leaves_nothing_open_and_the_next_one_runs(
    tmp_path: Path, settings: dict[str, Any], error: type[Exception]
) -> None:
    threads, files = set(threading.enumerate()), _open_files()
    crawler = make_crawler(tmp_path, **settings)
    with pytest.raises(error):
        asyncio.run(crawler.crawl_async(user_id="1008", files="none", job="x"))
    assert _have_ended(threads)
    assert _open_files() <= files
    assert crawl(tmp_path, job="x").stats.get_value("finish_reason") == "finished"


def test_a_crawl_that_is_closed_while_it_opens_leaves_nothing_open(tmp_path: Path) -> None:
    threads, files = set(threading.enumerate()), _open_files()
    crawler = crawl(tmp_path, job="x", settings={"ITEM_PIPELINES": {ClosingPipeline: 950}})
    assert crawler.stats.get_value("finish_reason") == "nothing to do"
    assert _have_ended(threads)
    assert _open_files() <= files
    assert crawl(tmp_path, job="x").stats.get_value("finish_reason") == "finished"


def test_a_finished_run_is_rejected_before_anything_is_opened(tmp_path: Path) -> None:
    output = tmp_path / "works.jsonl"
    feeds = {"FEEDS": {str(output): {"format": "jsonlines", "overwrite": True}}}
    crawl(tmp_path, job="x", settings=feeds)
    lines = output.read_bytes()
    assert lines
    threads, files = set(threading.enumerate()), _open_files()
    with pytest.raises(FinishedError, match="'x' finished at"):
        crawl(tmp_path, job="x", settings=feeds)
    assert output.read_bytes() == lines
    assert _have_ended(threads)
    assert _open_files() <= files


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"FILES_STORE": "s3://bucket/prefix"}, "FILES_STORE 's3://bucket/prefix' is not supported"),
        ({"DOWNLOAD_SLOTS": {"pixiv-api": {"delay": 0}}}, "DOWNLOAD_SLOTS may not contain 'pixiv-api'"),
        ({"STATS_CLASS": "scrapy.statscollectors.MemoryStatsCollector"}, "STATS_CLASS '.*' cannot be saved"),
        ({"ITEM_PIPELINES": {JSON_LINES: None}}, f"ITEM_PIPELINES lacks {JSON_LINES}"),
    ],
)
def test_an_unsupported_setting_of_scrapy_is_rejected(tmp_path: Path, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        crawl(tmp_path, settings=settings)


def test_settings_of_scrapy_that_the_user_sets_are_used(tmp_path: Path) -> None:
    store = tmp_path / "elsewhere"
    settings = {
        "FILES_STORE": store.as_uri(),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 3,
        "DOWNLOAD_SLOTS": {"example.com": {"delay": 5}},
        "DEFAULT_REQUEST_HEADERS": {"X-Test": "1"},
    }
    crawler = crawl(tmp_path / "data", files="original", max_works=1, settings=settings)
    assert crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 3
    assert {"example.com", "pixiv-api"} <= crawler.settings.getdict("DOWNLOAD_SLOTS").keys()
    assert crawler.settings.getdict("DEFAULT_REQUEST_HEADERS")["X-Test"] == "1"
    (lines,) = (tmp_path / "data").glob("user_works/*/illusts.jsonl")
    (line,) = map(json.loads, lines.read_bytes().splitlines())
    assert [(store / file["path"]).stat().st_size for file in line["files"]] == [
        file["size"] for file in line["files"]
    ]


def _have_ended(before: set[threading.Thread]) -> bool:
    """Whether all threads that were started since then have ended."""
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
    return set(threading.enumerate()) <= before


def _open_files() -> set[str]:
    """The targets of this process's file descriptors, without those that the test runner opens."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(descriptor.readlink()))
        except OSError:
            continue
    return {target for target in found if not target.startswith(("pipe:", "anon_inode:"))}


def test_options_for_the_files_of_a_user_do_not_affect_the_lines_of_a_run(tmp_path: Path) -> None:
    """`FEED_EXPORT_BATCH_ITEM_COUNT` and others are for feeds only."""
    own = {"format": "jsonlines", "postprocessing": ["scrapy.extensions.postprocessing.GzipPlugin"]}
    options = {
        "FEEDS": {str(tmp_path / "own-%(batch_id)d.jsonl.gz"): own},
        "FEED_EXPORT_BATCH_ITEM_COUNT": 5,
        "FEED_EXPORT_ENCODING": "utf-16",
        "FEED_EXPORT_FIELDS": ["id"],
        "FEED_EXPORT_INDENT": 4,
    }
    runs = [tmp_path / name / "user_works" / "x" for name in ("plain", "with options")]
    crawl(tmp_path / "plain", job="x")
    crawl(tmp_path / "with options", job="x", settings=options)
    plain, with_options = ([*map(_without_time, (run / "illusts.jsonl").read_bytes().splitlines())] for run in runs)
    assert with_options == plain
    assert len(plain) == 35
    assert [json.loads((run / "report.json").read_bytes())["failures"] for run in runs] == [[], []]
    assert len(gzip.decompress((tmp_path / "own-7.jsonl.gz").read_bytes()).splitlines()) == 5


def _without_time(line: bytes) -> dict[str, Any]:
    return json.loads(line) | {"fetched_at": None}

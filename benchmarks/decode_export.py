"""Measures each step between the response of a listing and the exported lines.

Decoding is what a spider does with a response: splitting it, decoding each entry to a dict, converting each dict to an
item with the URLs of its files, and looking for new fields. Exporting
writes the items to a file with our exporter and, for comparison, with Scrapy's. The listing has 30 works of the
simulated Pixiv, unless a recorded one is given.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import tempfile
import timeit
import urllib.parse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from harness import PROJECT, print_table, spread

sys.path.insert(0, str(PROJECT))

from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter, JsonLinesItemExporter
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.project import get_project_settings

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.parsing import parse_json, parse_listing
from pixiv_crawler.api.schema_drift import new_fields
from pixiv_crawler.exporters import JsonLinesExporter
from pixiv_crawler.sandbox import World
from pixiv_crawler.sandbox.responses.illust_json import listed_illust
from pixiv_crawler.spiders.user_works import UserWorksSpider

# A user of the simulated Pixiv with works of every kind.
USER_ID = 2188232
LISTING_SIZE = 30
CALL = endpoints.user_illusts(USER_ID)
SAMPLES = 9
SAMPLE_SECONDS = 0.2

Row = tuple[str, str, str]


def main() -> None:
    options = _parser().parse_args()
    logging.disable()  # unusual entries of a recorded listing would be logged
    body = options.listing.read_bytes() if options.listing else _sandbox_listing()
    crawler = Crawler(UserWorksSpider, get_project_settings())
    crawler.stats = MemoryStatsCollector(crawler)
    spider = UserWorksSpider.from_crawler(crawler, user_id=str(USER_ID))
    items = _decode(spider, body)
    rows = [*_decoding(spider, body), *_exporting(crawler, items)]
    print(f"{len(items)} works, {len(body) / 1000:,.1f} kB; µs per listing: median (range) of {SAMPLES} samples\n")
    print_table(("step", "µs", "target"), rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listing", type=Path, metavar="FILE", help="a recorded response with a list of `illusts`")
    return parser


def _sandbox_listing() -> bytes:
    works = World().works(USER_ID)[:LISTING_SIZE]
    return b'{"illusts":[' + b",".join(listed_illust(work, "en") for work in works) + b'],"next_url":null}'


def _decoding(spider: UserWorksSpider, body: bytes) -> list[Row]:
    raws = parse_listing(body, CALL).entries
    entries = [parse_json(raw) for raw in raws]
    pairs = [(entry, type(item)) for entry in entries for item in spider.parse_entry(entry, CALL)]
    return [
        ("splitting the listing", _time(partial(parse_listing, body, CALL)), ""),
        ("entries to dicts", _time(lambda: [parse_json(raw) for raw in raws]), ""),
        ("dicts to items", _time(lambda: [list(spider.parse_entry(entry, CALL)) for entry in entries]), ""),
        ("looking for new fields", _time(lambda: [list(new_fields(*pair)) for pair in pairs]), ""),
        ("decoding in total", _time(partial(_decode, spider, body)), "1,000"),
    ]


def _decode(spider: UserWorksSpider, body: bytes) -> list[Any]:
    """The items of a response."""
    items = []
    for raw in parse_listing(body, CALL).entries:
        entry = parse_json(raw)
        for item in spider.parse_entry(entry, CALL):
            list(new_fields(entry, type(item)))
            items.append(item)
    return items


def _exporting(crawler: Crawler, items: list[Any]) -> list[Row]:
    with tempfile.TemporaryFile() as file:
        out: Any = file
        ours = JsonLinesExporter(out, crawler=crawler)
        scrapys = JsonLinesItemExporter(out)
        return [
            ("exporting, our exporter", _time(partial(_export, ours, out, items)), "300"),
            ("exporting, Scrapy's exporter", _time(partial(_export, scrapys, out, items)), ""),
        ]


def _export(exporter: BaseItemExporter, file: Any, items: list[Any]) -> None:
    file.seek(0)
    for item in items:
        exporter.export_item(item)
    file.flush()


def _time(function: Callable[[], Any]) -> str:
    """Microseconds per call, with the garbage collector enabled as in a crawl."""
    timer = timeit.Timer(partial(_fresh, function), setup=gc.enable)
    timer.timeit(3)
    number = max(1, round(SAMPLE_SECONDS / (timer.timeit(3) / 3)))
    return spread([seconds / number * 1e6 for seconds in timer.repeat(SAMPLES, number)])


def _fresh(function: Callable[[], Any]) -> None:
    """A crawl sees each URL once, so the URL cache of the standard library must not help."""
    urllib.parse.clear_cache()  # type: ignore[attr-defined]
    function()


if __name__ == "__main__":
    main()

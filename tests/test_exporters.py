from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, get_args

import msgspec
import pytest
from hypothesis import given
from scrapy import Field, Item
from scrapy.crawler import Crawler as ScrapyCrawler
from scrapy.spiders import Spider
from scrapy.statscollectors import MemoryStatsCollector

from pixiv_crawler import items
from pixiv_crawler.addon import PixivAddon
from pixiv_crawler.api.parsing import parse_json
from pixiv_crawler.exporters import JsonLinesExporter
from pixiv_crawler.items import Comment, File, Illust, ImageUrls, ProfileImageUrls, Rejected, Source, Tag, User
from pixiv_crawler.run.output_folder import OUTPUT_FILES
from pixiv_crawler.run.signals import failed
from pixiv_crawler.run.state import Failure
from tests.crawling import Crawler
from tests.strategies import JSON

USER = User(
    id=11, name="絵描き\u2028😀", account="painter", profile_image_urls=ProfileImageUrls(medium="https://i/a.png")
)
WORK = Illust(
    id=77,
    title='雨の"あと"\n',
    type="illust",
    image_urls=ImageUrls(square_medium="s", medium="m", large="l"),
    caption="<br />",
    restrict=0,
    user=USER,
    tags=[Tag(name="空", translated_name="sky")],
    tools=[],
    create_date="2026-01-02T03:04:05+09:00",
    page_count=1,
    width=2,
    height=1,
    sanity_level=2,
    x_restrict=0,
    files=[File(url="u", path="11/77_p0.png", sha256="ab", size=5, status="downloaded")],
    source=Source(endpoint="/v1/user/illusts", params={"user_id": 11}, position=1),
)
COMMENT = Comment(id=5, comment="はい", date="2026-01-02T03:04:05+09:00", user=USER)


@pytest.fixture
def crawler() -> ScrapyCrawler:
    """A crawler with stats and signals that never runs."""
    crawler = ScrapyCrawler(Spider)
    crawler.stats = MemoryStatsCollector(crawler)
    crawler.addons.addons.append(PixivAddon(crawler))
    return crawler


@pytest.fixture
def target(tmp_path: Path) -> Iterator[IO[bytes]]:
    with (tmp_path / "lines.jsonl").open("wb") as file:
        yield file


def exported(crawler: ScrapyCrawler, target: IO[bytes], *exported_items: Any, **options: Any) -> bytes:
    """The content of the file after the export, while it is still open."""
    exporter = JsonLinesExporter.from_crawler(crawler, target, **options)
    exporter.start_exporting()
    for item in exported_items:
        exporter.export_item(item)
    return Path(target.name).read_bytes()


def test_each_line_is_written_immediately(crawler: ScrapyCrawler, target: IO[bytes]) -> None:
    exporter = JsonLinesExporter.from_crawler(crawler, target)
    exporter.start_exporting()
    for count in range(1, 4):
        exporter.export_item(COMMENT)
        assert len(Path(target.name).read_bytes().splitlines()) == count


def test_lines_are_utf8_without_escapes_and_end_with_a_line_feed(crawler: ScrapyCrawler, target: IO[bytes]) -> None:
    content = exported(crawler, target, WORK, COMMENT)
    assert content.count(b"\n") == 2
    assert content.endswith(b"}\n")
    assert b"\r" not in content
    assert "絵描き\u2028😀".encode() in content
    assert json.loads(content.split(b"\n")[0])["title"] == WORK.title


def test_fields_have_the_order_and_nesting_of_the_class(crawler: ScrapyCrawler, target: IO[bytes]) -> None:
    line = json.loads(exported(crawler, target, WORK))
    assert list(line) == [field.name for field in dataclasses.fields(Illust)]
    assert list(line["user"]) == [field.name for field in dataclasses.fields(User)]
    assert line == dataclasses.asdict(WORK)


@pytest.mark.parametrize("item", [WORK, COMMENT, Rejected(type="illust", error="x", raw={"id": [1, None]})])
def test_a_line_can_be_decoded_to_the_same_item(crawler: ScrapyCrawler, target: IO[bytes], item: Any) -> None:
    assert msgspec.json.decode(exported(crawler, target, item), type=type(item)) == item


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["title", "id"], {"title": WORK.title, "id": 77}),
        (["source", "kind"], {"source": dataclasses.asdict(WORK)["source"], "kind": "illust"}),
        (["id", "comment"], {"id": 77}),
        ({"id": "work", "tags": "labels"}, {"work": 77, "labels": [dataclasses.asdict(WORK.tags[0])]}),
    ],
)
def test_the_fields_of_a_feed_can_be_selected(
    crawler: ScrapyCrawler, target: IO[bytes], chosen: Any, expected: dict[str, Any]
) -> None:
    line = json.loads(exported(crawler, target, WORK, fields_to_export=chosen))
    assert {name: value for name, value in line.items() if value is not None} == expected
    assert list(line)[:1] == list(expected)[:1]


class Other(Item):
    """An item of a third-party spider."""

    name = Field()
    inner = Field()


@pytest.mark.parametrize(
    "item",
    [{"name": "a", "inner": {"b": [1]}}, Other(name="a", inner={"b": [1]}), Other(name="a", inner=Other(name="b"))],
)
def test_third_party_items_are_exported(crawler: ScrapyCrawler, target: IO[bytes], item: Any) -> None:
    line = json.loads(exported(crawler, target, item))
    assert line["name"] == "a"
    assert line["inner"] in ({"b": [1]}, {"name": "b"})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_line_that_cannot_be_written_to_a_full_disk_is_a_failure(crawler: ScrapyCrawler) -> None:
    failures: list[Failure] = []

    def record(failure: Failure) -> None:
        failures.append(failure)

    crawler.signals.connect(record, failed)
    with Path("/dev/full").open("wb", buffering=0) as full:
        exporter = JsonLinesExporter.from_crawler(crawler, full)
        exporter.export_item(WORK)
        exporter.export_item({"name": "no id"})
    assert [(failure.what, failure.item_id) for failure in failures] == [("line", 77), ("line", None)]
    assert all(
        "a line could not be written" in failure.cause and "No space left" in failure.cause for failure in failures
    )
    assert crawler.stats is not None
    assert crawler.stats.get_value("pixiv/failed/line") == 2


@given(JSON)
def test_any_json_can_be_exported_as_rejected(value: Any) -> None:
    item = Rejected(type="illust", error="x", raw=parse_json(json.dumps(value).encode()))
    assert json.loads(msgspec.json.encode(item))["raw"] == value


TYPES = {item_type.__dataclass_fields__["kind"].default: item_type for item_type in get_args(items.Item)}


def test_every_kind_of_item_has_a_separate_file() -> None:
    assert OUTPUT_FILES.keys() == TYPES.keys()
    assert len(set(OUTPUT_FILES.values())) == len(OUTPUT_FILES)


def test_every_line_of_a_crawl_can_be_decoded_to_an_item(crawl: Crawler) -> None:
    done = crawl(user_id="1002,1004,2188232", files="none")
    kinds = set()
    for file in map(done.run_folder.joinpath, OUTPUT_FILES.values()):
        for line in file.read_bytes().splitlines() if file.exists() else ():
            item = msgspec.json.decode(line, type=TYPES[json.loads(line)["kind"]])
            assert msgspec.json.encode(item) == line
            kinds.add(item.kind)
    assert {"illust", "unavailable"} <= kinds


def test_selected_fields_of_a_feed_do_not_affect_the_lines_of_the_run(crawl: Crawler, tmp_path: Path) -> None:
    output = tmp_path / "works.jsonl"
    done = crawl(user_id=1008, files="none", settings={"FEED_EXPORT_FIELDS": "title,id"}, output=output)
    lines = [json.loads(line) for line in output.read_bytes().splitlines()]
    assert len(lines) == len(done.lines("illusts")) == 35
    assert {tuple(line) for line in lines} == {("title", "id")}
    assert all(len(line) > 2 for line in done.lines("illusts"))

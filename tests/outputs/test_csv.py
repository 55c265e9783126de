"""CSV files for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Field
from scrapy import Item as ScrapyItem
from scrapy.crawler import Crawler as ScrapyCrawler
from scrapy.spiders import Spider
from scrapy.statscollectors import MemoryStatsCollector

from pixiv_crawler.addon import PixivAddon
from pixiv_crawler.api.parsing import parse_item
from pixiv_crawler.exporters import CsvExporter
from pixiv_crawler.items import (
    BookmarkDetail,
    BookmarkDetailTag,
    Comment,
    Item,
    Rejected,
    Series,
    Tag,
    TrendingTag,
    Unavailable,
)
from pixiv_crawler.outputs.csv_rows import columns_of, row_of, safe
from tests.crawling import Crawler
from tests.entries import ENTRIES, NOVEL
from tests.test_exporters import COMMENT, USER, WORK


@pytest.fixture
def crawler() -> ScrapyCrawler:
    """A crawler with stats and signals that never runs."""
    crawler = ScrapyCrawler(Spider)
    crawler.stats = MemoryStatsCollector(crawler)
    crawler.addons.addons.append(PixivAddon(crawler))
    return crawler


def exported(crawler: ScrapyCrawler, path: Path, *exported_items: Any, **options: Any) -> list[dict[str, str]]:
    """The rows of the file, by column name."""
    with path.open("ab") as file:
        exporter = CsvExporter.from_crawler(crawler, file, **options)
        exporter.start_exporting()
        for item in exported_items:
            exporter.export_item(item)
        exporter.finish_exporting()
    return list(rows(path))


def rows(path: Path) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))


def test_a_work_is_a_readable_row(crawler: ScrapyCrawler, tmp_path: Path) -> None:
    work = replace(
        WORK,
        tags=[*WORK.tags, Tag(name="海")],
        tools=["SAI", "Photoshop CC"],
        series=Series(id=5, title="連作"),
        meta_single_page={"original_image_url": "https://i/77_p0.png"},
        files=[*WORK.files, replace(WORK.files[0], path="11/77_p1.png"), replace(WORK.files[0], status="failed")],
    )
    (row,) = exported(crawler, tmp_path / "works.csv", work)
    assert list(row)[:10] == [
        "kind", "id", "url", "title", "type", "user_id", "user_name", "user_account", "tags", "create_date",
    ]  # fmt: skip
    expected = {
        "id": "77", "url": "https://www.pixiv.net/artworks/77", "title": '雨の"あと"\n', "user_id": "11",
        "user_name": USER.name, "user_account": "painter", "tags": "空 海", "tools": "SAI; Photoshop CC",
        "series_id": "5", "series_title": "連作", "files": "11/77_p0.png; 11/77_p1.png", "total_view": "",
        "image_urls": "https://i/77_p0.png", "source_endpoint": "/v1/user/illusts", "source_params": "user_id=11",
        "source_position": "1",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert not {"text", "meta_pages", "user_profile_image_urls_medium"} & set(row)


def test_the_file_has_one_byte_order_mark_and_crlf_line_ends(crawler: ScrapyCrawler, tmp_path: Path) -> None:
    path = tmp_path / "works.csv"
    exported(crawler, path, WORK)
    assert len(exported(crawler, path, WORK)) == 2  # appended without a second header
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfkind,id,")
    assert content.count(b"\xef\xbb\xbf") == content.count(b"kind,id,") == 1
    assert content.endswith(b"\r\n")


def test_items_of_several_kinds_share_a_file_with_the_columns_of_works_first(
    crawler: ScrapyCrawler, tmp_path: Path
) -> None:
    gone = Unavailable(id=3, type="illust", reason="deleted", evidence={"status": 404, "message": "gone"})
    rejected = Rejected(type="illust", error="no id", raw={"a": [{"b": None}]})
    found = exported(crawler, tmp_path / "all.csv", gone, COMMENT, WORK, rejected)
    assert [row["kind"] for row in found] == ["unavailable", "comment", "illust", "rejected"]
    assert list(found[0])[3:5] == ["title", "type"]
    assert (found[0]["reason"], found[0]["evidence"]) == ("deleted", "status=404; message=gone")
    assert (found[1]["comment"], found[1]["user_name"], found[1]["title"]) == ("はい", USER.name, "")
    assert found[3]["raw"] == '{"a":[{"b":null}]}'


def test_each_row_is_written_immediately(crawler: ScrapyCrawler, tmp_path: Path) -> None:
    """A killed crawl therefore loses no exported row."""
    with (tmp_path / "works.csv").open("ab") as file:
        exporter = CsvExporter.from_crawler(crawler, file)
        exporter.start_exporting()
        exporter.export_item(WORK)
        exporter.export_item(COMMENT)
        assert [row["kind"] for row in rows(tmp_path / "works.csv")] == ["illust", "comment"]


def test_rows_that_are_appended_follow_the_header_of_the_file(crawler: ScrapyCrawler, tmp_path: Path) -> None:
    exported(crawler, tmp_path / "all.csv", WORK)
    found = exported(crawler, tmp_path / "all.csv", COMMENT)
    assert (found[1]["kind"], found[1]["comment"], found[1]["user_name"]) == ("comment", "はい", USER.name)
    titles = {"user_name": "artist", "id": "=number"}
    exported(crawler, tmp_path / "chosen.csv", WORK, fields_to_export=titles)
    found = exported(crawler, tmp_path / "chosen.csv", COMMENT, fields_to_export=titles)
    assert found == [
        {"artist": USER.name, "'=number": str(WORK.id)},
        {"artist": USER.name, "'=number": str(COMMENT.id)},
    ]


def test_there_is_a_column_for_each_cell_whichever_kind_comes_first() -> None:
    items = [parse_item(deepcopy(entry), key) for key, entry, _ in ENTRIES]
    items += [
        Unavailable(id=3, type="illust", reason="deleted", evidence={}),
        Rejected(type="illust", error="x", raw=None),
    ]
    assert {type(item) for item in items} == set(get_args(Item))
    for first, item in product(items, items):
        assert set(row_of(item)) <= set(columns_of(first))


def test_a_cell_without_a_column_is_logged(
    crawler: ScrapyCrawler, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert exported(crawler, tmp_path / "own.csv", {"a": 1}, {"a": 2, "b": 3}) == [{"a": "1"}, {"a": "2"}]
    assert caplog.messages == [f"{tmp_path / 'own.csv'} has no column for b"]


def test_the_work_of_a_trending_tag_is_its_url() -> None:
    assert row_of(TrendingTag(tag="空", illust=WORK))["illust"] == "https://www.pixiv.net/artworks/77"


def test_the_novel_of_a_marker_is_its_url() -> None:
    marker = parse_item({"novel": NOVEL, "novel_marker": {"page": 2}}, "marked_novels")
    row = row_of(marker)
    assert (row["novel"], row["novel_marker_page"]) == ("https://www.pixiv.net/novel/show.php?id=55", 2)
    assert "novel_title" not in columns_of(marker)


def test_null_objects_have_the_columns_of_their_fields() -> None:
    bare = replace(WORK, series=None, source=None)
    assert row_of(bare).keys() == row_of(WORK).keys()
    assert row_of(replace(COMMENT, user=None)).keys() == row_of(COMMENT).keys() | {"stamp_stamp_id", "stamp_stamp_url"}
    assert row_of(bare)["series_title"] == row_of(bare)["source_endpoint"] == ""


@dataclass
class Place:
    """An item of a third-party spider."""

    name: str
    unknown: Nowhere | None = None  # noqa: F821 - as with an import for type checkers only


class Other(ScrapyItem):
    """An item of a third-party spider."""

    name = Field()
    user = Field()


@pytest.mark.parametrize(
    ("item", "cells"),
    [
        ({"a": 1, "user": {"id": 2, "deep": {"x": True}}}, {"a": 1, "user_id": 2, "user_deep_x": "true"}),
        ({"list": [1, None, "b"], "tags": ["a", "b"]}, {"list": "1; ; b", "tags": "a b"}),
        ({"list": [{"x": 1}, {"name": "n", "x": 2}]}, {"list": "x=1; n"}),
        (Other(name="a", user={"id": 1}), {"name": "a", "user_id": 1}),
        (Place(name="b"), {"name": "b", "unknown": ""}),
        (
            BookmarkDetail(is_bookmarked=False, tags=[BookmarkDetailTag(name="a", is_registered=True)] * 2),
            {"is_bookmarked": "false", "tags": "a a", "illust_id": ""},
        ),
    ],
)
def test_items_of_any_kind_are_flat(item: Any, cells: dict[str, Any]) -> None:
    assert cells.items() <= row_of(item).items()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_title_is_never_run_as_a_formula(crawler: ScrapyCrawler, tmp_path: Path, start: str) -> None:
    title = f'{start}HYPERLINK("http://x")'
    (row,) = exported(crawler, tmp_path / "works.csv", replace(WORK, title=title, tags=[Tag(name=f"{start}1")]))
    assert (row["title"], row["tags"]) == (f"'{title}", f"'{start}1")


def test_the_name_of_a_column_is_never_run_as_a_formula(crawler: ScrapyCrawler, tmp_path: Path) -> None:
    (row,) = exported(crawler, tmp_path / "works.csv", {"=1+1": "a"})
    assert row == {"'=1+1": "a"}


def test_negative_numbers_stay_numbers() -> None:
    assert safe(-5) == -5


@pytest.mark.parametrize(
    ("chosen", "head"),
    [
        (["title", "user_name"], ["title", "user_name"]),
        (["series", "id"], ["series_id", "series_title", "id"]),
        ({"id": "work", "user_name": "artist", "source": "from"},
         ["work", "artist", "from_endpoint", "from_params", "from_position", "from_api"]),
        (["nothing"], ["nothing"]),
    ],
)  # fmt: skip
def test_columns_can_be_chosen(crawler: ScrapyCrawler, tmp_path: Path, chosen: Any, head: list[str]) -> None:
    (row,) = exported(crawler, tmp_path / "works.csv", WORK, fields_to_export=chosen)
    assert list(row) == head
    assert row[head[0]] == {"title": WORK.title, "work": "77"}.get(head[0], "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_row_that_cannot_be_written_to_a_full_disk_counts_as_failed(crawler: ScrapyCrawler) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        exporter = CsvExporter.from_crawler(crawler, full)
        exporter.export_item(WORK)
        exporter.finish_exporting()
    assert crawler.stats is not None
    assert crawler.stats.get_value("pixiv/failed/line") == 1


@given(st.builds(Comment, id=st.integers(), comment=st.text(), date=st.text(), user=st.just(USER)))
def test_any_text_survives_writing_and_reading_csv(comment: Comment) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow(row_of(comment).values())
    (cells,) = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    found = dict(zip(row_of(comment), cells, strict=True))
    assert found["comment"].removeprefix("'") == comment.comment.removeprefix("'")
    assert "{" not in found["user_name"]


def test_a_crawl_writes_a_row_for_each_line(crawl: Crawler, tmp_path: Path) -> None:
    done = crawl(user_id="1002", files="none", comments="true", users="true", output=tmp_path / "works.csv")
    found = list(rows(tmp_path / "works.csv"))
    lines = [line for path in done.run_folder.glob("*.jsonl") for line in done.lines(path.stem)]
    assert sorted((row["kind"], row["id"] or row["user_id"]) for row in found) == sorted(
        (line["kind"], str(line.get("id") or line["user"]["id"])) for line in lines
    )
    by_id = {line["id"]: line for line in done.lines("illusts")}
    for row in (row for row in found if row["kind"] == "illust"):
        assert row["tags"] == " ".join(tag["name"] for tag in by_id[int(row["id"])]["tags"])
        assert not any(cell.startswith(("{", "[")) for cell in row.values())

"""Series and their works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler
from tests.sample_responses import illust, record

from .checks import api, assert_complete, assert_refused, ids


@pytest.mark.parametrize(
    ("series", "works"), [("300017", 6), ("https://www.pixiv.net/user/1020/series/300020", 65), ("300021", 3)]
)
def test_a_series_is_collected_with_all_its_works(sandbox: Sandbox, crawl: Crawler, series: str, works: int) -> None:
    done = crawl("series", series_id=series, files="none")
    assert_complete(done)
    (series_line,) = done.lines("illust_series")
    assert series_line["series_work_count"] == works
    assert ids(done.lines("illusts")) == [work.id for work in sandbox.world.series_works(series_line["id"])[::-1]]
    assert {work["series"]["id"] for work in done.lines("illusts")} == {series_line["id"]}
    assert [work["source"]["position"] for work in done.lines("illusts")] == list(range(1, works + 1))


@pytest.mark.parametrize(
    ("series", "works"), [("900011", 5), ("https://www.pixiv.net/novel/series/900013", 35), ("900012", 3)]
)
def test_a_novel_series_is_collected_in_order(sandbox: Sandbox, crawl: Crawler, series: str, works: int) -> None:
    done = crawl("series", novel_series_id=series)
    assert_complete(done)
    (series_line,) = done.lines("novel_series")
    assert series_line["content_count"] == works
    assert ids(done.lines("novels")) == [novel.id for novel in sandbox.world.novel_catalogue.series(series_line["id"])]
    assert [novel["source"]["position"] for novel in done.lines("novels")] == list(range(1, works + 1))


def test_the_line_of_a_series_precedes_its_works(crawl: Crawler, tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"
    crawl("series", series_id="300017,300021", novel_series_id="900012", files="none", output=target)
    kinds = [json.loads(line)["kind"] for line in target.read_text("utf-8").splitlines()]
    assert kinds == [
        *["illust_series", *["illust"] * 6],
        *["illust_series", *["illust"] * 3],
        *["novel_series", *["novel"] * 3],
    ]


@pytest.mark.parametrize(
    ("kind", "argument", "series"), [("illust", "series_id", 300020), ("novel", "novel_series_id", 900013)]
)
def test_an_offset_skips_works_but_not_the_line_of_the_series(
    crawl: Crawler, kind: str, argument: str, series: int
) -> None:
    complete_run = crawl("series", **{argument: series}, files="none", job="all").data / "series" / "all"
    done = crawl("series", **{argument: series}, offset=31, files="none", job="offset")
    lines = {
        job: (done.data / "series" / job / f"{kind}s.jsonl").read_text("utf-8").splitlines()
        for job in ("all", "offset")
    }
    assert len(lines["offset"]) == len(lines["all"]) - 31
    assert (done.data / "series" / "offset" / f"{kind}_series.jsonl").exists()
    assert '"position":32,' in lines["offset"][0]
    assert complete_run.exists()


@pytest.mark.parametrize("argument", ["series_id", "novel_series_id"])
def test_a_deleted_series_is_a_failure_and_others_are_collected(crawl: Crawler, argument: str) -> None:
    other = "300017" if argument == "series_id" else "900012"
    done = crawl("series", **{argument: f"9,{other}"}, files="none")
    assert done.status == 3
    (failure,) = done.report["failures"]
    assert "series_id=9" in failure["source"]
    assert len(done.lines("illusts") + done.lines("novels")) in (6, 3)
    assert "Traceback" not in done.log


def test_works_that_a_series_counts_but_does_not_list_are_reported(tmp_path: Path) -> None:
    detail = {"id": 7, "title": "t", "caption": "", "series_work_count": 3, "user": illust(1)["user"]}
    response = {"illust_series_detail": detail, "illusts": [illust(2), illust(1)], "next_url": None}
    record(tmp_path / "samples", "illust_series__7", response)
    with Sandbox(samples=tmp_path / "samples") as recorded:
        done = Crawler(recorded, tmp_path / "crawl")("series", series_id=7, files="none")
    assert (done.status, ids(done.lines("illusts"))) == (3, [2, 1]), done.log
    (failure,) = done.report["failures"]
    assert failure["what"] == "works"
    assert failure["cause"].startswith("the series counts 3 works, but Pixiv listed 2;")


def test_max_works_counts_works_but_not_series(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("series", series_id="300020", max_works=1, files="none")
    assert_complete(done)
    assert done.report["lines"] == {"illust_series": 1, "illust": 1}
    assert len(api(sandbox)) == 1


def test_one_of_two_ids_is_required(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_refused(crawl("series"), sandbox, "pass -a series_id=... or -a novel_series_id=...")

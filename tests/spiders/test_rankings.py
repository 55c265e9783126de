"""Rankings of illusts and novels, by day and mode."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.ranking import ranking
from pixiv_crawler.sandbox.world.works import JST
from tests.crawling import Crawler

from .checks import api, assert_complete, assert_refused, ids

DAY = date(2026, 11, 18)


def ranked(mode: str, day: date) -> list[int]:
    """The works in order of rank, without deleted ones."""
    return [work_id for work_id in ranking(mode, day) if work_id is not None]


@pytest.mark.parametrize("mode", ["day", "week", "month", "day_manga", "week_original", "day_ai"])
def test_a_ranking_is_collected_completely_and_in_order(crawl: Crawler, mode: str) -> None:
    done = crawl("rankings", mode=mode, date=DAY.isoformat(), files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == ranked(mode, DAY)
    assert len(done.lines("illusts")) == 488


def test_the_position_of_a_work_is_its_rank(crawl: Crawler) -> None:
    """A deleted work leaves a gap whose position within its page is unknown; the next page has correct ranks."""
    done = crawl("rankings", date=DAY.isoformat(), files="none")
    ranked_ids = ranking("day", DAY)
    rank = {work_id: position for position, work_id in enumerate(ranked_ids, 1) if work_id is not None}
    sources = {work["id"]: work["source"] for work in done.lines("illusts")}
    positions = {work_id: source["position"] for work_id, source in sources.items()}
    assert list(positions.values()) == sorted(set(positions.values()))
    for work_id, position in positions.items():
        first = sources[work_id]["params"].get("offset", 0)
        is_exact = None not in ranked_ids[first : rank[work_id]]
        assert first < position <= rank[work_id]
        assert position == rank[work_id] or not is_exact
        assert rank[work_id] - position <= 1


def test_each_mode_and_day_is_a_separate_listing(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("rankings", mode="day,week_rookie", date="2026-11-17..2026-11-18", files="none", min_bookmarks=2000)
    assert_complete(done)
    firsts = [request.query for request in api(sandbox) if "offset" not in request.query]
    requested = [(query["date"], query["mode"]) for query in firsts]
    assert sorted(requested) == sorted((f"2026-11-{day}", mode) for day in (17, 18) for mode in ("day", "week_rookie"))
    for day, mode in requested:
        lines = [
            work["id"]
            for work in done.lines("illusts")
            if (work["source"]["params"]["date"], work["source"]["params"]["mode"]) == (day, mode)
        ]
        expected = ranked(mode, date.fromisoformat(day))
        assert lines == [id_ for id_ in expected if (work := sandbox.world.work(id_)) and work.total_bookmarks >= 2000]


@pytest.mark.parametrize(("hour", "days_before"), [(9, 1), (15, 0)])
def test_before_noon_the_newest_ranking_is_that_of_yesterday(
    sandbox: Sandbox, crawl: Crawler, hour: int, days_before: int
) -> None:
    sandbox.world.now = sandbox.world.now.replace(hour=hour)
    done = crawl("rankings", files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == ranked("day", sandbox.world.today - timedelta(days=days_before))
    assert "date" not in api(sandbox)[0].query


def test_before_noon_the_ranking_of_today_is_empty_which_is_not_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.now = datetime.now(JST).replace(hour=9)
    done = crawl("rankings", date=f"{sandbox.world.today}", files="none")
    assert_complete(done)
    assert done.report["lines"] == {}


@pytest.mark.parametrize("date_", ["2099-01-01", "2026-01-01..2099-01-01"])
def test_a_future_date_is_rejected(sandbox: Sandbox, crawl: Crawler, date_: str) -> None:
    assert_refused(
        crawl("rankings", date=date_), sandbox, "2099-01-01", "in the future", "the current date in Japan is"
    )


def test_tomorrow_in_japan_is_in_the_future(sandbox: Sandbox, crawl: Crawler) -> None:
    tomorrow = datetime.now(UTC).astimezone(JST).date() + timedelta(days=1)
    assert_refused(crawl("rankings", date=tomorrow), sandbox, f"{tomorrow} is in the future")


@pytest.mark.parametrize(
    "date_", ["2026-11-31", "20261118", "yesterday", "", "2026-11-18..", "..2026-11-18", "2026-11-18..2026-11-16"]
)
def test_an_invalid_date_is_rejected(sandbox: Sandbox, crawl: Crawler, date_: str) -> None:
    assert_refused(crawl("rankings", date=date_), sandbox, "date")


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        ({"mode": ""}, "day, week, month"),
        ({"mode": " , "}, "day, week, month"),
    ],
)
def test_a_blank_mode_is_rejected_with_a_list_of_modes(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str], listed: str
) -> None:
    assert_refused(crawl("rankings", **arguments), sandbox, "mode", listed)


@pytest.mark.parametrize("mode", ["day_r18", "week_r18", "day_r18_manga", "week_r18g"])
def test_r18_rankings_are_collected_if_the_account_shows_r18(crawl: Crawler, mode: str) -> None:
    done = crawl("rankings", mode=mode, date=DAY.isoformat(), files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == ranked(mode, DAY)
    assert {work["x_restrict"] for work in done.lines("illusts")} == {2 if "r18g" in mode else 1}
    assert len(done.lines("illusts")) == 97


def test_r18_rankings_are_empty_if_the_account_hides_r18(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)("rankings", mode="day_r18", files="none")
    assert_complete(done)
    assert done.report["lines"] == {}


def test_rankings_of_novels_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("rankings", type="novel", mode="day,day_r18", date=DAY.isoformat(), files="none")
    assert_complete(done)
    assert done.lines("novels")
    assert {request.path for request in api(sandbox)} == {"/v1/novel/ranking"}
    by_mode = {mode: [] for mode in ("day", "day_r18")}
    for novel in done.lines("novels"):
        by_mode[novel["source"]["params"]["mode"]].append(novel["source"]["position"])
    assert all(positions == list(range(1, len(positions) + 1)) for positions in by_mode.values())


def test_selecting_a_type_does_not_change_ranks(crawl: Crawler) -> None:
    done = crawl("rankings", date=DAY.isoformat(), type="manga", max_works=5, files="none")
    assert_complete(done)
    first_page = ranked("day", DAY)
    for work in done.lines("illusts"):
        assert work["type"] == "manga"
        if work["source"]["position"] <= 17:
            assert first_page[work["source"]["position"] - 1] == work["id"]


def test_an_offset_skips_the_first_ranks(crawl: Crawler) -> None:
    done = crawl("rankings", date=DAY.isoformat(), offset=480, files="none")
    assert_complete(done)
    ranked_ids = ranking("day", DAY)
    assert ids(done.lines("illusts")) == [work_id for work_id in ranked_ids[480:] if work_id is not None]
    assert done.lines("illusts")[0]["source"]["position"] == 481

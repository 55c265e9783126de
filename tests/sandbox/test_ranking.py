from __future__ import annotations

from datetime import date, datetime

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.ranking import MODES, ranking
from pixiv_crawler.sandbox.world.works import JST

from .client import Client

PATH = "/v1/illust/ranking"
ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.e2e
def test_a_ranking_ends_at_its_last_place_and_some_places_are_empty(client: Client, mode: str) -> None:
    listings = list(client.listings(PATH, mode=mode, date="2026-11-01"))
    works = [work for listing in listings for work in listing["illusts"]]
    places = 100 if "r18" in mode else 500
    assert len(listings) == -(-places // 30)
    assert len({work["id"] for work in works}) == len(works) == places - len(range(17, places, 41))
    assert {work["x_restrict"] for work in works} == {2 if "r18g" in mode else 1 if "r18" in mode else 0}
    assert all(("manga" not in mode) or work["type"] == "manga" for work in works)
    assert all(("_ai" in mode) is (work["illust_ai_type"] == 2) for work in works)
    assert all(work["create_date"] < "2026-11-01" for work in works)


def test_every_day_and_mode_has_a_different_ranking() -> None:
    days = [date(2026, 11, 18), date(2026, 11, 19), date(2019, 3, 4)]
    rankings = {ranking(mode, day) for mode in ("day", "day_male", "week") for day in days}
    assert len(rankings) == 9


def test_next_url_contains_the_date_only_if_it_was_given(client: Client) -> None:
    assert client.api(PATH, mode="week").json["next_url"].endswith("?mode=week&offset=30")
    dated = client.api(PATH, mode="week", date="2026-11-01").json["next_url"]
    assert dated.endswith("?mode=week&date=2026-11-01&offset=30")


def test_todays_ranking_is_empty_before_noon(client: Client) -> None:
    world = client.sandbox.world
    world.now = datetime(2026, 11, 20, 11, 59, tzinfo=JST)
    assert client.api(PATH, date="2026-11-20").json == {"illusts": [], "next_url": None}
    yesterdays = client.api(PATH, date="2026-11-19").json["illusts"]
    assert client.api(PATH).json["illusts"] == yesterdays
    world.now = datetime(2026, 11, 20, 12, 0, tzinfo=JST)
    assert client.api(PATH).json["illusts"] == client.api(PATH, date="2026-11-20").json["illusts"] != yesterdays


@pytest.mark.parametrize(
    "query", [{"date": "2026-11-21"}, {"date": "20261101"}, {"date": "2026-02-30"}, {"mode": "daily"}]
)
def test_an_invalid_day_or_mode_is_rejected(client: Client, query: dict[str, str]) -> None:
    reply = client.api(PATH, **query)
    assert reply.status == 400
    assert "contains invalid value" in reply.message


def test_an_offset_beyond_the_last_place_is_not_found(client: Client) -> None:
    reply = client.api(PATH, offset=510)
    assert (reply.status, reply.user_message) == (404, "存在しないランキングページを参照しています")


@pytest.mark.parametrize(("shown", "filled"), [(0, []), (1, ["day_r18"]), (2, ["day_r18", "week_r18g"])])
def test_r18_rankings_require_an_account_that_shows_them(shown: int, filled: list[str]) -> None:
    with Sandbox(x_restrict=shown) as sandbox:
        client = Client(sandbox)
        modes = ("day_r18", "week_r18g")
        assert [mode for mode in modes if client.api(PATH, mode=mode).json["illusts"]] == filled


@pytest.mark.e2e
def test_24_tags_are_trending_each_with_a_work_that_has_it(client: Client) -> None:
    response = client.api("/v1/trending-tags/illust", ENGLISH).json
    assert set(response) == {"trend_tags"}
    assert len({trend["tag"] for trend in response["trend_tags"]}) == 24
    for trend in response["trend_tags"]:
        assert trend["tag"] in [tag["name"] for tag in trend["illust"]["tags"]]
        assert trend["illust"]["x_restrict"] == 0

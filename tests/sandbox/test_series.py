from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from .client import Client

SERIAL, RICH = 1020, 2188232
SERIES, PLACE = "/v1/illust/series", "/v1/illust-series/illust"


@pytest.mark.parametrize(
    ("series_id", "user_id", "total"), [(300020, SERIAL, 65), (300021, SERIAL, 3), (300017, RICH, 6)]
)
def test_a_series_lists_its_works_newest_first(client: Client, series_id: int, user_id: int, total: int) -> None:
    listings = list(client.listings(SERIES, illust_series_id=series_id))
    works = [work for listing in listings for work in listing["illusts"]]
    listed = [work["id"] for work in client.works(user_id) if (work["series"] or {}).get("id") == series_id]
    assert [work["id"] for work in works] == listed
    assert len(listed) == total == listings[0]["illust_series_detail"]["series_work_count"]
    assert listings[0]["illust_series_latest_illust"] == works[0]
    assert listings[-1]["illust_series_first_illust"] == works[-1]
    assert all("total_comments" in work for work in works)


def test_a_series_has_a_cover(client: Client) -> None:
    detail = client.api(SERIES, illust_series_id=300020).json["illust_series_detail"]
    url = detail["cover_image_urls"]["medium"]
    Image.open(BytesIO(client.file(url).body)).load()
    assert client.file(url.replace("/300020_", "/300021_")).status == 404


def test_a_work_has_a_position_and_neighbours_in_its_series(client: Client) -> None:
    works = client.entries("illusts", SERIES, illust_series_id=300020)[::-1]
    for place, (before, after) in ((0, (None, works[1])), (9, (works[8], works[10])), (64, (works[63], None))):
        context = client.api(PLACE, illust_id=works[place]["id"]).json["illust_series_context"]
        assert context == {"content_order": place + 1, "prev": before, "next": after}


def test_works_without_a_series_and_unknown_series_are_not_found(client: Client) -> None:
    single = next(work["id"] for work in client.works(SERIAL) if work["series"] is None)
    assert client.api(PLACE, illust_id=single).status == 404
    assert client.api(SERIES, illust_series_id=1).status == 404


def test_the_series_of_a_user_are_listed_newest_first(client: Client) -> None:
    found = client.entries("illust_series_details", "/v1/user/illust-series", user_id=SERIAL)
    assert [series["id"] for series in found] == [300021, 300020]
    assert client.api("/v1/user/illust-series", user_id=1003).json == {"illust_series_details": [], "next_url": None}
    assert client.api("/v1/user/detail", user_id=SERIAL).json["profile"]["total_illust_series"] == 2

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox, User, WorkSpec

from .client import Client

PATH = "/v1/search/illust"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def premium() -> Iterator[Client]:
    with Sandbox(premium=True) as sandbox:
        yield Client(sandbox)


def ids(works: list[dict[str, Any]]) -> list[int]:
    return [work["id"] for work in works]


def order(work: dict[str, Any]) -> tuple[str, int]:
    return work["create_date"], work["id"]


def test_a_search_lists_every_work_once_newest_first(client: Client) -> None:
    works = client.entries("illusts", PATH, word="桜")
    assert len(works) == len(set(ids(works))) == 400
    assert works == sorted(works, key=order, reverse=True)
    assert all("桜" in [tag["name"] for tag in work["tags"]] for work in works)
    assert len({work["user"]["id"] for work in works}) > 300


@pytest.mark.e2e
def test_the_opposite_order_is_the_reverse(client: Client) -> None:
    newest = client.entries("illusts", PATH, word="桜")
    assert client.entries("illusts", PATH, word="桜", sort="date_asc") == newest[::-1]


def test_some_works_of_a_keyword_share_a_second_and_ids_increase_with_time(client: Client) -> None:
    client.sandbox.world.add_keyword("試験", {date(2026, 10, 1): 200, date(2025, 1, 2): 100})
    works = client.entries("illusts", PATH, word="試験", sort="date_asc")
    assert len(works) == 300
    assert ids(works) == sorted(ids(works))
    assert len({work["create_date"] for work in works}) < 300
    assert {work["create_date"][:10] for work in works} == {"2025-01-02", "2026-10-01"}


def test_works_of_a_keyword_have_details_users_and_files(client: Client) -> None:
    for work in client.api(PATH, word="星空").json["illusts"][::6]:
        detail = client.api("/v1/illust/detail", illust_id=work["id"]).json["illust"]
        assert {key: detail[key] for key in work} == work
        assert client.file(work["image_urls"]["large"]).status == 200
        user = work["user"]["id"]
        assert work["id"] in [listed["id"] for listed in client.works(user)]
        profile = client.api("/v1/user/detail", user_id=user).json["profile"]
        assert profile["total_illusts"] + profile["total_manga"] == len(client.works(user))


def test_a_ugoira_of_a_keyword_has_its_frames(client: Client) -> None:
    ugoira = client.api(PATH, word="星空", content_type="ugoira").json["illusts"][0]
    metadata = client.api("/v1/ugoira/metadata", illust_id=ugoira["id"]).json["ugoira_metadata"]
    assert client.file(metadata["zip_urls"]["medium"]).status == 200


def test_offsets_beyond_5000_are_rejected(client: Client) -> None:
    last_but_one = client.api(PATH, word="星空", offset=4970).json
    assert last_but_one["next_url"].endswith("offset=5000")
    last = client.api(PATH, word="星空", offset=5000).json
    assert (len(last["illusts"]), last["next_url"]) == (30, None)
    # As on Pixiv, following next_url from the beginning leads to an offset that is rejected.
    assert client.api(PATH, word="星空", offset=4980).json["next_url"].endswith("offset=5010")
    reply = client.api(PATH, word="星空", offset=5010)
    assert (reply.status, len(reply.body)) == (400, 147)
    assert json.loads(reply.message) == {"offset": ["offset must be no more than 5000"]}


def reached(client: Client, **query: object) -> set[int]:
    """Every tenth listing and the last: enough to know how far a search reaches."""
    pages = (client.api(PATH, offset=offset, **query).json["illusts"] for offset in (*range(0, 5000, 300), 5000))
    return {work["id"] for page in pages for work in page}


@pytest.mark.parametrize(("word", "day", "total"), [("星空", "2026-06-15", 6_200), ("花火", "2026-08-01", 11_500)])
def test_one_day_can_have_more_works_than_a_search_reaches(client: Client, word: str, day: str, total: int) -> None:
    one = {"word": word, "start_date": day, "end_date": day}
    newest = client.api(PATH, **one, offset=5000).json["illusts"][-1]
    oldest = client.api(PATH, **one, offset=5000, sort="date_asc").json["illusts"][-1]
    assert newest["create_date"][:10] == oldest["create_date"][:10] == day
    # The two orders overlap if the day has fewer works than two searches reach.
    assert (order(newest) < order(oldest)) is (total < 2 * 5_030)


@pytest.mark.e2e
def test_filters_by_shape_type_and_ai_divide_a_day(client: Client) -> None:
    one = {"word": "花火", "start_date": "2026-08-01", "end_date": "2026-08-01"}
    works = client.sandbox.world.generated_users.keywords.by_word["花火"].summaries
    found = [client.sandbox.world.work(hit.id) for hit in works]
    on_the_day = [work for work in found if work and work.created.date() == date(2026, 8, 1)]
    assert len(on_the_day) == 11_500
    for query, fits in (
        ({"ratio_pattern": "square"}, lambda work: work["width"] == work["height"]),
        ({"ratio_pattern": "portrait"}, lambda work: work["width"] < work["height"]),
        ({"ratio_pattern": "landscape"}, lambda work: work["width"] > work["height"]),
        ({"content_type": "manga"}, lambda work: work["type"] == "manga"),
        ({"content_type": "illust_and_ugoira"}, lambda work: work["type"] != "manga"),
        ({"search_ai_type": 2}, lambda work: work["illust_ai_type"] == 2),
        ({"search_ai_type": 1}, lambda work: work["illust_ai_type"] != 2),
        ({"width_min": 80, "width_max": 100}, lambda work: 80 <= work["width"] <= 100),
        ({"height_max": 80}, lambda work: work["height"] <= 80),
    ):
        found = client.api(PATH, **one, **query).json["illusts"]
        assert len(found) == 30
        assert all(fits(work) for work in found), query


def test_start_and_end_date_work_together_and_alone(client: Client) -> None:
    works = client.entries("illusts", PATH, word="桜")
    first, last = "2026-03-10", "2026-04-02"
    for bounds in ({"start_date": first, "end_date": last}, {"start_date": first}, {"end_date": last}):
        expected = [
            work["id"]
            for work in works
            if bounds.get("start_date", "") <= work["create_date"][:10] <= bounds.get("end_date", "9")
        ]
        assert ids(client.entries("illusts", PATH, word="桜", **bounds)) == expected


@pytest.mark.parametrize(("duration", "days"), [("day", 1), ("week", 7), ("month", 30), ("half_year", 182)])
def test_a_duration_ends_at_the_current_day_of_the_world(client: Client, duration: str, days: int) -> None:
    first = client.sandbox.world.today - timedelta(days=days)
    client.sandbox.world.add_keyword("近作", {client.sandbox.world.today - timedelta(days=n): 2 for n in range(200)})
    works = client.entries("illusts", PATH, word="近作", duration=f"within_last_{duration}")
    assert works
    assert min(work["create_date"][:10] for work in works) == first.isoformat()


@pytest.mark.e2e
def test_works_of_the_future_are_not_found(client: Client) -> None:
    world = client.sandbox.world
    world.add_keyword("予告", {world.today: 48, world.today + timedelta(days=1): 5})
    assert len(client.entries("illusts", PATH, word="予告")) == 31
    world.today += timedelta(days=2)
    assert len(client.entries("illusts", PATH, word="予告")) == 53


@pytest.mark.parametrize(
    ("target", "word", "found"),
    [
        (None, "カモメ", {"tagged", "half", "title"}),
        ("partial_match_for_tags", "カモメ", {"tagged", "half"}),
        ("exact_match_for_tags", "カモメ", {"tagged"}),
        ("title_and_caption", "カモメ", {"title", "caption"}),
        ("keyword", "カモメ", {"tagged", "half", "title", "caption"}),
        ("exact_match_for_tags", "カモメ 海鳥", {"tagged"}),
        ("partial_match_for_tags", "seagull", {"half"}),
    ],
)
def test_the_target_selects_the_searched_fields(
    client: Client, target: str | None, word: str, found: set[str]
) -> None:
    specs = {
        "tagged": WorkSpec(tags=("カモメ", "海鳥"), caption=""),
        "half": WorkSpec(tags=("白いカモメたち", "SEAGULLS"), caption=""),
        "title": WorkSpec(tags=(), title="カモメ", caption=""),
        "caption": WorkSpec(tags=(), caption="港のカモメ"),
    }
    client.sandbox.add_user(User(50, "n", "a", tuple(specs.values())))
    names = dict(zip((work.id for work in client.sandbox.world.works(50)), reversed(specs), strict=True))
    query = {"word": word} | ({} if target is None else {"search_target": target})
    assert {names[work["id"]] for work in client.entries("illusts", PATH, **query)} == found


def test_works_of_added_users_are_found_but_not_withheld_ones(client: Client) -> None:
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(tags=("隠れ",)), WorkSpec(tags=("隠れ",), limit="mypixiv"))))
    assert len(client.entries("illusts", PATH, word="隠れ")) == 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, {"word": ["Word is required"]}),
        ({"word": "桜", "sort": "new"}, {"sort": ["Sort contains invalid value"]}),
        ({"word": "桜", "search_target": "all"}, {"search_target": ["Search Target contains invalid value"]}),
        ({"word": "桜", "duration": "ever"}, {"duration": ["Duration contains invalid value"]}),
        ({"word": "桜", "search_ai_type": 3}, {"search_ai_type": ["Search Ai Type contains invalid value"]}),
        ({"word": "桜", "ratio_pattern": 1}, {"ratio_pattern": ["Ratio Pattern contains invalid value"]}),
        ({"word": "桜", "start_date": "2026-2-30"}, {"start_date": ["Start Date contains invalid value"]}),
        ({"word": "桜", "end_date": "2026-02-30"}, {"end_date": ["End Date contains invalid value"]}),
        ({"word": "桜", "end_date": "2026-11-21"}, {"end_date": ["End Date contains invalid value"]}),
        ({"word": "桜", "width_min": "x"}, {"width_min": ["Width Min must be an integer (0-9)"]}),
    ],
)
def test_an_invalid_search_is_rejected(client: Client, query: dict[str, object], message: object) -> None:
    reply = client.api(PATH, **query)
    assert reply.status == 400
    assert json.loads(reply.message) == message


@pytest.mark.parametrize("sort", ["popular_desc", "popular_male_desc", "popular_female_desc"])
def test_popular_orders_require_premium(client: Client, premium: Client, sort: str) -> None:
    reply = client.api(PATH, ENGLISH, word="桜", sort=sort)
    assert (reply.status, reply.user_message) == (400, "Invalid request.")
    works = premium.entries("illusts", PATH, word="桜", sort=sort)
    bookmarks = [work["total_bookmarks"] for work in works]
    assert len(set(ids(works))) == 400
    assert bookmarks == sorted(bookmarks, reverse=True)


def test_bookmark_bounds_are_ignored_without_premium(client: Client, premium: Client) -> None:
    query = {"word": "桜", "bookmark_num_min": 1000, "bookmark_num_max": 5000}
    assert len(client.entries("illusts", PATH, **query)) == 400
    found = premium.entries("illusts", PATH, **query)
    assert 0 < len(found) < 400
    assert all(1000 <= work["total_bookmarks"] <= 5000 for work in found)


def test_the_popular_preview_is_a_single_listing_for_all_accounts(client: Client) -> None:
    response = client.api("/v1/search/popular-preview/illust", word="桜", bookmark_num_max=5).json
    assert set(response) == {"illusts", "search_span_limit"}
    most = sorted((work["total_bookmarks"] for work in client.entries("illusts", PATH, word="桜")), reverse=True)
    assert [work["total_bookmarks"] for work in response["illusts"]] == most[:30]


def test_users_are_found_by_name_or_account(client: Client) -> None:
    found = client.entries("user_previews", "/v1/search/user", word="多作")
    assert [preview["user"]["id"] for preview in found] == [1006]
    assert len(found[0]["illusts"]) == 3
    assert client.entries("user_previews", "/v1/search/user", word="prolific_1006") == found
    many = [preview["user"]["id"] for preview in client.entries("user_previews", "/v1/search/user", word="星見")]
    assert len(many) == len(set(many)) > 60
    assert client.entries("user_previews", "/v1/search/user", word="gone_1004") == []


def test_autocomplete_returns_at_most_ten_tags(client: Client) -> None:
    tags = client.api("/v2/search/autocomplete", ENGLISH, word="空").json["tags"]
    assert tags == [{"name": "星空", "translated_name": None}, {"name": "夜空", "translated_name": "night sky"}]
    for number in range(12):
        client.sandbox.world.add_keyword(f"番号{number}", {})
    assert len(client.api("/v2/search/autocomplete", word="番号").json["tags"]) == 10


def test_r18_works_are_placeholders_if_the_account_hides_them() -> None:
    with Sandbox(x_restrict=0) as sandbox:
        works = Client(sandbox).entries("illusts", PATH, word="桜")
        names = [work["image_urls"]["large"].rpartition("/")[2] for work in works if not work["visible"]]
        assert len(works) == 400
        assert set(names) == {"limit_r18_360.png", "limit_r18g_360.png"}
        assert Client(sandbox).renew().json["user"]["x_restrict"] == 0

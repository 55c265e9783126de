from __future__ import annotations

import json

import pytest

from pixiv_crawler.sandbox import Sandbox, Standing, User, WorkSpec

from .client import Client

RICH, LIMITED, EMPTY, GONE, SUSPENDED, PROLIFIC = 2188232, 1002, 1003, 1004, 1005, 1006
ENGLISH = {"Accept-Language": "en"}


def test_listings_reach_the_last_work_newest_first(client: Client) -> None:
    works = client.works(RICH)
    ids = [work["id"] for work in works]
    assert ids == [work.id for work in client.sandbox.world.works(RICH)]
    assert len(ids) == 74
    assert [work["create_date"] for work in works] == sorted((work["create_date"] for work in works), reverse=True)


def test_a_short_listing_is_not_necessarily_the_last(client: Client) -> None:
    sizes = [len(listing["illusts"]) for listing in client.listings("/v1/user/illusts", user_id=RICH)]
    assert len(sizes) == 3
    assert sizes[1] < 30


def test_next_url_contains_every_parameter(client: Client) -> None:
    response = client.api("/v1/user/illusts", user_id=RICH, type="illust", filter="for_ios").json
    expected = "https://app-api.pixiv.net/v1/user/illusts?user_id=2188232&type=illust&filter=for_ios&offset=30"
    assert response["next_url"] == expected


@pytest.mark.parametrize("works", [0, 29, 30, 31, 60])
def test_listings_end_at_the_last_work(client: Client, works: int) -> None:
    client.sandbox.world.add_user(50, works=works)
    listings = list(client.listings("/v1/user/illusts", user_id=50))
    assert len(listings) == max(1, -(-works // 30))
    assert sum(len(listing["illusts"]) for listing in listings) == works


def test_an_offset_beyond_the_end_returns_an_empty_listing(client: Client) -> None:
    response = client.api("/v1/user/illusts", user_id=RICH, offset=5000).json
    assert (response["illusts"], response["next_url"], response["user"]["id"]) == ([], None, RICH)


@pytest.mark.e2e
def test_works_beyond_offset_5000_are_not_listed(client: Client) -> None:
    client.sandbox.add_user(User(51, "many", "many", (WorkSpec(), WorkSpec("manga")) * 2600))
    before = client.api("/v1/user/illusts", user_id=51, offset=4980).json
    assert before["next_url"].endswith("offset=5010")
    assert client.api("/v1/user/illusts", user_id=51, offset=5010).status == 400
    last = client.api("/v1/user/illusts", user_id=51, offset=5000).json
    assert (len(last["illusts"]), last["next_url"]) == (30, None)
    oldest = client.api("/v1/user/illusts", user_id=51, type="manga", offset=2580).json["illusts"]
    assert len(oldest) == 20, "the others can be listed by type"
    profile = client.api("/v1/user/detail", user_id=51).json["profile"]
    assert (profile["total_illusts"], profile["total_manga"]) == (2600, 2600)


@pytest.mark.parametrize("wanted", ["illust", "manga"])
def test_a_type_selects_works_of_that_type_only(client: Client, wanted: str) -> None:
    listings = client.listings("/v1/user/illusts", user_id=RICH, type=wanted)
    found = [work["id"] for listing in listings for work in listing["illusts"]]
    assert found == [work.id for work in client.sandbox.world.works(RICH) if work.type == wanted]


@pytest.mark.parametrize("user_id", [GONE, SUSPENDED, 4_000_000_000])
def test_the_listing_of_an_unknown_user_is_empty_and_names_no_user(client: Client, user_id: int) -> None:
    reply = client.api("/v1/user/illusts", user_id=user_id)
    assert reply.status == 200
    assert reply.json["user"]["id"] == 0
    assert (reply.json["illusts"], reply.json["next_url"]) == ([], None)


def test_the_listing_of_a_user_without_works_names_the_user(client: Client) -> None:
    response = client.api("/v1/user/illusts", user_id=EMPTY).json
    assert (response["user"]["id"], response["illusts"]) == (EMPTY, [])


def test_withheld_works_are_listed_as_placeholders(client: Client) -> None:
    works = client.works(LIMITED)
    limited = {work["id"]: work for work in works if not work["visible"]}
    assert len(works) == 12
    names = [work["meta_single_page"]["original_image_url"].rpartition("/")[2] for work in limited.values()]
    assert sorted(names) == [
        "limit_mypixiv_360.png",
        "limit_sanity_level_360.png",
        "limit_sanity_level_360.png",
        "limit_unknown_360.png",
    ]
    assert sum(work["user"]["id"] == 0 for work in limited.values()) == 1


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("/v1/user/illusts", {"user_id": RICH, "type": "ugoira"}, {"type": ["Type contains invalid value"]}),
        ("/v1/user/illusts", {"user_id": RICH, "type": ""}, {"type": ["Type contains invalid value"]}),
        ("/v1/user/illusts", {"user_id": RICH, "offset": 5001}, {"offset": ["offset must be no more than 5000"]}),
        ("/v1/user/illusts", {"user_id": RICH, "offset": -1}, {"offset": ["offset must be an integer (0-9)"]}),
        (
            "/v1/illust/detail",
            {},
            {
                "illust_id": [
                    "Illust Id is required",
                    "Illust Id must be an integer (0-9)",
                    "Illust Id must be at least 0",
                ]
            },
        ),
        (
            "/v1/user/detail",
            {"user_id": "x"},
            {"user_id": ["User Id must be an integer (0-9)", "User Id must be at least 0"]},
        ),
        ("/v1/user/illusts", {"user_id": RICH, "offset": "9" * 5000}, {"offset": ["offset must be an integer (0-9)"]}),
    ],
)
@pytest.mark.e2e
def test_an_invalid_parameter_is_rejected_with_json_in_a_string(
    client: Client, path: str, query: dict[str, object], message: object
) -> None:
    reply = client.api(path, **query)
    assert reply.status == 400
    assert json.loads(reply.message) == message


def test_the_offset_error_has_the_length_of_the_recorded_one(client: Client) -> None:
    assert len(client.api("/v1/user/illusts", user_id=RICH, offset=5001).body) == 147


def test_the_totals_of_a_profile_are_correct(client: Client) -> None:
    profile = client.api("/v1/user/detail", user_id=RICH).json["profile"]
    types = [work["type"] for work in client.works(RICH)]
    assert profile["total_manga"] == types.count("manga")
    assert profile["total_illusts"] == types.count("illust") + types.count("ugoira")
    assert profile["total_illust_series"] == 1


@pytest.mark.parametrize(
    ("user_id", "status", "japanese", "english"),
    [
        (GONE, 404, "このユーザーは", "User has left pixiv or the user ID does not exist."),
        (4_000_000_000, 404, "このユーザーは", "User has left pixiv or the user ID does not exist."),
        (SUSPENDED, 403, "アクセスが制限されています。", "Your access is currently restricted."),
    ],
)
def test_the_detail_of_a_missing_user_states_the_reason(
    client: Client, user_id: int, status: int, japanese: str, english: str
) -> None:
    first, second = (client.api("/v1/user/detail", headers, user_id=user_id) for headers in (None, ENGLISH))
    assert first.status == second.status == status
    assert first.user_message.startswith(japanese)
    assert second.user_message == english


@pytest.mark.parametrize("user_id", [RICH, LIMITED, 1006, 1008])
def test_the_detail_of_a_work_agrees_with_its_listing(client: Client, user_id: int) -> None:
    listed = client.api("/v1/user/illusts", user_id=user_id).json["illusts"]
    for work in listed[:12]:
        detail = client.api("/v1/illust/detail", illust_id=work["id"]).json["illust"]
        assert detail["comment_access_control"] == 0
        assert {key: detail[key] for key in work} == work


def test_the_detail_of_a_missing_work_is_not_found(client: Client) -> None:
    reply = client.api("/v1/illust/detail", ENGLISH, illust_id=1)
    assert reply.status == 404
    assert reply.user_message == "The artwork has been deleted or the artwork ID does not exist."


def test_a_withdrawn_work_is_not_found(client: Client) -> None:
    withdrawn = next(work for work in client.sandbox.world.listing(RICH) if work.spec.withdrawn)
    assert client.api("/v1/illust/detail", illust_id=withdrawn.id).status == 404


def test_tags_are_translated_into_the_language_of_the_request(client: Client) -> None:
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(tags=("猫", "landscape", "造語")),)))
    work_id = client.sandbox.world.works(50)[0].id
    translated = [
        [
            tag["translated_name"]
            for tag in client.api("/v1/illust/detail", headers, illust_id=work_id).json["illust"]["tags"]
        ]
        for headers in (None, ENGLISH)
    ]
    assert translated == [[None, "風景", None], ["cat", None, None]]


def test_only_ugoira_have_ugoira_metadata(client: Client) -> None:
    works = client.works(RICH)
    ugoira = [work["id"] for work in works if work["type"] == "ugoira"]
    other = next(work["id"] for work in works if work["type"] == "illust")
    assert len(ugoira) == 4
    for work_id in ugoira:
        metadata = client.api("/v1/ugoira/metadata", illust_id=work_id).json["ugoira_metadata"]
        assert metadata["zip_urls"]["medium"].endswith(f"/{work_id}_ugoira600x600.zip")
        assert [frame["file"] for frame in metadata["frames"]][:2] == ["000000.jpg", "000001.jpg"]
        assert all(frame["delay"] > 0 for frame in metadata["frames"])
    assert client.api("/v1/ugoira/metadata", illust_id=other).status == 404


def test_an_unknown_endpoint_is_not_found_in_the_language_of_the_request(client: Client) -> None:
    japanese, english = client.api("/v9/nothing"), client.api("/v9/nothing", ENGLISH)
    assert japanese.status == english.status == 404
    assert japanese.user_message == "指定されたエンドポイントは存在しません"
    assert english.user_message == "Specified end-point doesn't exist"


@pytest.mark.parametrize("path", ["/v1/user/illusts?user_id=1003", "/web/v1/login"])
def test_another_method_is_not_allowed(client: Client, path: str) -> None:
    token = client.renew().json["access_token"]
    reply = client.request("POST", path, {"Authorization": f"Bearer {token}"})
    assert reply.status == 405
    assert reply.user_message


def test_the_token_url_supports_only_post(client: Client) -> None:
    assert client.request("GET", "/auth/token").status == 405


def test_responses_can_contain_the_url_of_the_sandbox() -> None:
    with Sandbox(real_hosts=False) as sandbox:
        client = Client(sandbox)
        reply = client.api("/v1/user/illusts", user_id=RICH)
        assert b"pximg" not in reply.body
        assert b"app-api" not in reply.body
        assert reply.json["next_url"].startswith(f"{sandbox.url}/v1/user/illusts?")
        assert client.file(reply.json["illusts"][0]["image_urls"]["large"]).status == 200


def test_a_user_can_be_suspended_at_any_time(client: Client) -> None:
    assert client.works(1008)
    client.sandbox.add_user(User(1008, "n", "a", (WorkSpec(),) * 35, Standing.SUSPENDED))
    assert client.works(1008) == []


def test_offsets_beyond_a_smaller_listing_cap_are_rejected_in_the_same_words() -> None:
    with Sandbox(listing_cap=50) as sandbox:
        client = Client(sandbox)
        assert client.api("/v1/user/illusts", user_id=PROLIFIC, offset=30).json["next_url"].endswith("offset=60")
        assert len(client.api("/v1/user/illusts", user_id=PROLIFIC, offset=50).json["illusts"]) == 30
        rejected = client.api("/v1/user/illusts", user_id=PROLIFIC, offset=60)
        assert (rejected.status, json.loads(rejected.message)) == (400, {"offset": ["offset must be no more than 50"]})

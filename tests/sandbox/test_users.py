from __future__ import annotations

import json

import pytest

from pixiv_crawler.sandbox import User, WorkSpec

from .client import Client

RICH, PROLIFIC, ORDINARY = 2188232, 1006, 1008
FOLLOWING, FOLLOWER = "/v1/user/following", "/v1/user/follower"


def ids(client: Client, path: str, **query: object) -> list[int]:
    return [preview["user"]["id"] for preview in client.entries("user_previews", path, **query)]


@pytest.mark.parametrize(
    ("path", "query", "total"),
    [
        (FOLLOWING, {"user_id": 1001}, 35),
        (FOLLOWING, {"user_id": 1001, "restrict": "private"}, 5),
        (FOLLOWING, {"user_id": RICH}, 70),
        (FOLLOWING, {"user_id": RICH, "restrict": "private"}, 0),
        (FOLLOWER, {}, 40),
        (FOLLOWER, {"user_id": 1001}, 40),
        (FOLLOWER, {"user_id": RICH}, 96),
        (FOLLOWER, {"user_id": ORDINARY}, 2),
        ("/v1/user/mypixiv", {"user_id": 1001}, 3),
        ("/v1/user/mypixiv", {"user_id": ORDINARY}, 0),
        ("/v1/user/related", {"seed_user_id": RICH, "offset": 0}, 45),
        ("/v1/user/recommended", {}, 90),
    ],
)
def test_listings_of_users_reach_the_end(client: Client, path: str, query: dict[str, object], total: int) -> None:
    found = ids(client, path, **query)
    assert len(found) == len(set(found)) == total


@pytest.mark.parametrize("path", [FOLLOWING, FOLLOWER])
@pytest.mark.e2e
def test_users_beyond_offset_5000_are_not_listed(client: Client, path: str) -> None:
    last = client.api(path, user_id=PROLIFIC, offset=5000).json
    assert (len(last["user_previews"]), last["next_url"]) == (30, None)
    reply = client.api(path, user_id=PROLIFIC, offset=5001)
    assert json.loads(reply.message) == {"offset": ["offset must be no more than 5000"]}
    assert client.api("/v1/user/detail", user_id=PROLIFIC).json["profile"]["total_follow_users"] == 5100


def test_a_preview_contains_the_three_newest_works(client: Client) -> None:
    previews = client.entries("user_previews", FOLLOWING, user_id=1001)
    assert {preview["user"]["id"] for preview in previews} >= {RICH, ORDINARY}
    for preview in previews:
        listed = client.api("/v1/user/illusts", user_id=preview["user"]["id"]).json["illusts"][:3]
        assert [work["id"] for work in preview["illusts"]] == [work["id"] for work in listed]
        assert not any("total_comments" in work for work in preview["illusts"])
        assert preview["is_muted"] is False
        assert preview["user"]["is_followed"] is True
    assert any(preview["novels"] for preview in previews)


def test_a_follow_is_visible_in_all_responses_until_it_is_deleted(client: Client) -> None:
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(),)))
    work_id = client.sandbox.world.works(50)[0].id

    def followed() -> list[bool]:
        return [
            client.api("/v1/user/detail", user_id=50).json["user"]["is_followed"],
            client.api("/v1/user/illusts", user_id=50).json["user"]["is_followed"],
            client.api("/v1/illust/detail", illust_id=work_id).json["illust"]["user"]["is_followed"],
            50 in ids(client, FOLLOWING, user_id=1001, restrict="private"),
            client.api("/v1/user/follow/detail", user_id=50).json["follow_detail"]["is_followed"],
        ]

    assert followed() == [False] * 5
    assert client.post("/v1/user/follow/add", user_id=50, restrict="private").json == {}
    assert followed() == [True] * 5
    assert ids(client, FOLLOWER, user_id=50) == []
    client.post("/v1/user/follow/add", user_id=50)
    assert ids(client, FOLLOWER, user_id=50) == [1001]
    assert client.post("/v1/user/follow/delete", user_id=50).json == {}
    assert followed() == [False] * 5


@pytest.mark.parametrize("form", [{"user_id": 1004}, {"user_id": 7}])
def test_unknown_users_cannot_be_followed(client: Client, form: dict[str, object]) -> None:
    assert client.post("/v1/user/follow/add", **form).status == 404
    assert client.post("/v1/user/follow/delete", **form).status == 404


def test_related_and_recommended_users_exclude_the_known_ones(client: Client) -> None:
    seed = ids(client, "/v1/user/recommended")[3]
    assert seed not in ids(client, "/v1/user/related", seed_user_id=seed)
    client.post("/v1/user/follow/add", user_id=seed)
    assert seed not in ids(client, "/v1/user/recommended")
    assert client.api("/v1/user/related").status == 400
    assert client.api("/v1/user/related", seed_user_id=7).status == 404


def test_only_the_account_has_blocked_users(client: Client) -> None:
    response = client.api("/v2/user/list", user_id=1001).json
    assert (set(response), len(response["users"])) == ({"users", "next_url"}, 2)
    assert client.api("/v2/user/list", user_id=RICH).json["users"] == []


def test_users_who_have_left_are_not_listed(client: Client) -> None:
    client.sandbox.world.follows.put(1001, 1004)
    assert 1004 not in ids(client, FOLLOWING, user_id=1001)


@pytest.mark.parametrize("restrict", ["all", "", "Public"])
def test_an_invalid_restrict_is_rejected_as_recorded(client: Client, restrict: str) -> None:
    reply = client.api(FOLLOWING, user_id=1001, restrict=restrict)
    assert (reply.status, json.loads(reply.message)) == (400, {"restrict": ["restrict contains invalid value"]})

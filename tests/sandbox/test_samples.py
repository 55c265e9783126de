from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from pixiv_crawler.sandbox import Sandbox, SandboxError

from .client import Client, urls_in

IMAGE = "https://i.pximg.net/img-original/img/2020/01/02/03/04/05/77_p0.png"
API = "https://app-api.pixiv.net"


def illust(work_id: int, user_id: int) -> dict[str, Any]:
    return {"id": work_id, "title": "録画", "user": {"id": user_id}, "width": 3000, "height": 1500, "url": IMAGE}


def listing(work_id: int, next_url: str | None = None) -> dict[str, Any]:
    return {"illusts": [illust(work_id, 70)], "next_url": next_url}


CONTENT: dict[str, dict[str, Any]] = {
    "user_illusts__first_2021": listing(1, f"{API}/v1/user/illusts?user_id=70&type=illust&offset=30"),
    "user_illusts__second_2020": listing(2, f"{API}/v1/user/illusts?user_id=70&filter=for_ios&offset=60"),
    "illust_detail__old_2021": {"illust": illust(77, 70)},
    "illust_detail__new_2026_07": {"illust": illust(77, 70) | {"title": "新しい"}},
    "illust_detail__middle_2026_05": {"illust": illust(77, 70) | {"title": "中"}},
    "illust_ranking__day_2025": listing(3, f"{API}/v1/illust/ranking?mode=day&offset=30"),
    "illust_new__2025": listing(4, f"{API}/v1/illust/new?max_illust_id=4"),
    "ugoira_metadata__2022": {
        "ugoira_metadata": {
            "zip_urls": {"medium": "https://i.pximg.net/img-zip-ugoira/img/2022/07/07/20/21/24/88_ugoira600x600.zip"},
            "frames": [{"file": "000000.jpg", "delay": 30}, {"file": "000007.jpg", "delay": 40}],
        }
    },
    "emoji__2025": {"emoji_definitions": []},
    "error__rate_limit": {"error": {"message": "Rate Limit"}},
    "oauth_token__2021": {"access_token": "x"},
    "illust_bookmark_add__empty": {},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in CONTENT.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "README.md").write_text("no response", encoding="utf-8")
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    with Sandbox(samples=folder) as sandbox:
        yield Client(sandbox)


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/v1/user/illusts", {"user_id": 70}, "user_illusts__first_2021"),
        ("/v1/user/illusts", {"user_id": 70, "offset": 0, "type": "manga"}, "user_illusts__first_2021"),
        ("/v1/user/illusts", {"user_id": 70, "offset": 30}, "user_illusts__second_2020"),
        ("/v1/illust/detail", {"illust_id": 77}, "illust_detail__new_2026_07"),
        ("/v1/illust/ranking", {"mode": "week"}, "illust_ranking__day_2025"),
        ("/v1/ugoira/metadata", {"illust_id": 88}, "ugoira_metadata__2022"),
    ],
)
def test_a_recorded_response_takes_precedence(client: Client, path: str, query: dict[str, object], name: str) -> None:
    assert client.api(path, **query).json == CONTENT[name]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/illust/bookmark/add", {}),
        ("/rate_limit", {}),
    ],
)
def test_a_path_with_neither_recording_nor_route_is_not_found(
    client: Client, path: str, query: dict[str, object]
) -> None:
    assert client.api(path, **query).status == 404


def test_listings_after_a_recorded_one_are_generated(client: Client) -> None:
    assert client.api("/v1/illust/ranking").json == CONTENT["illust_ranking__day_2025"]
    assert client.api("/v1/illust/ranking", offset=30).json["illusts"][0]["id"] != 3
    assert client.api("/v1/illust/new").json == CONTENT["illust_new__2025"]
    assert client.api("/v1/illust/new", max_illust_id=4).json == {"illusts": [], "next_url": None}


def test_responses_for_other_ids_and_offsets_are_generated(client: Client) -> None:
    assert client.api("/v1/user/illusts", user_id=70, offset=60).json["user"]["id"] == 0
    assert client.api("/v1/user/illusts", user_id=1008).json["user"]["name"] == "ふつうの人"
    assert client.api("/v1/illust/detail", illust_id=78).status == 404


def test_recorded_responses_require_a_token_where_pixiv_does(client: Client) -> None:
    assert client.request("GET", "/v1/illust/ranking").status == 400
    assert client.request("GET", "/v1/emoji").json == CONTENT["emoji__2025"]


def test_a_recorded_token_is_never_served(client: Client) -> None:
    assert client.renew().json["access_token"] != "x"


def test_an_image_of_a_recorded_work_has_its_type_and_size(client: Client) -> None:
    reply = client.file(IMAGE)
    with Image.open(BytesIO(reply.body)) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (3000, 1500))
    assert reply.body == client.file(IMAGE).body
    assert client.request("GET", IMAGE.removeprefix("https://i.pximg.net")).status == 403


def test_a_recorded_ugoira_has_both_zips_with_the_recorded_frames(client: Client) -> None:
    small = CONTENT["ugoira_metadata__2022"]["ugoira_metadata"]["zip_urls"]["medium"]
    for url in (small, small.replace("600x600", "1920x1080")):
        with ZipFile(BytesIO(client.file(url).body)) as archive:
            assert archive.namelist() == ["000000.jpg", "000007.jpg"]


def test_recorded_responses_can_contain_the_url_of_the_sandbox(folder: Path) -> None:
    with Sandbox(samples=folder, real_hosts=False) as sandbox:
        response = Client(sandbox).api("/v1/user/illusts", user_id=70).json
        assert response["next_url"].startswith(sandbox.url)
        assert response["illusts"][0]["url"] == IMAGE.replace("https://i.pximg.net", sandbox.url)


@pytest.mark.parametrize("text", ["{", "[]", '"text"', '{"next_url": "x?offset=many"}', '{"next_url": 7}', "\udcff"])
def test_the_error_about_an_invalid_recording_names_the_file(folder: Path, text: str) -> None:
    (folder / "user_illusts__broken.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(SandboxError, match=r"user_illusts__broken\.json is not usable"):
        Sandbox(samples=folder).start()


@pytest.fixture
def recorded_client(samples: Path) -> Iterator[Client]:
    with Sandbox(samples=samples) as sandbox:
        yield Client(sandbox)


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/v1/user/illusts", {"user_id": 2188232}, "user_illusts__full_page_2021"),
        ("/v1/user/illusts", {"user_id": 2188232, "offset": 30}, "user_illusts__*_page_2_2020"),
        ("/v1/user/detail", {"user_id": 2188232}, "user_detail__2021"),
        ("/v1/illust/detail", {"illust_id": 146691669}, "illust_detail__single_page_2026_07"),
        ("/v1/ugoira/metadata", {"illust_id": 99565513}, "ugoira_metadata__2022"),
        ("/v1/illust/ranking", {"mode": "day"}, "illust_ranking__day_2025_02_04"),
        ("/v1/illust/recommended", {}, "illust_recommended__2025"),
        ("/v2/illust/related", {"illust_id": 81795678}, "illust_related__2025"),
        ("/v1/trending-tags/illust", {}, "trending_tags_illust__2021"),
    ],
)
def test_real_recordings_are_served_unchanged(
    recorded_client: Client, samples: Path, path: str, query: dict[str, object], name: str
) -> None:
    response = recorded_client.api(path, **query).json
    assert response == json.loads(next(samples.glob(f"{name}.json")).read_bytes())


@pytest.mark.e2e
def test_every_file_of_a_real_recording_exists(recorded_client: Client) -> None:
    response = recorded_client.api("/v1/user/illusts", user_id=2188232).json
    for url in sorted(set(urls_in(response)))[::8]:
        reply = recorded_client.file(url)
        assert reply.status == 200
        Image.open(BytesIO(reply.body)).load()

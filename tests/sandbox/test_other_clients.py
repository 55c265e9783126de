"""Two unmodified clients of the real Pixiv work with the simulated one."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pixivpy3 import AppPixivAPI

from pixiv_crawler.sandbox import Sandbox

from .client import Client, urls_in
from .gallery_dl_runner import run_gallery_dl

RICH = 2188232

# pixivpy calls datetime.utcnow, which is deprecated in newer versions of Python.
pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")]


def test_pixivpy_renews_its_token(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    first = pixivpy.access_token
    response = pixivpy.auth()
    assert pixivpy.refresh_token == sandbox.refresh_token
    assert pixivpy.access_token == response.response.access_token != first
    assert pixivpy.user_id == response.user.id


def test_pixivpy_reads_every_work_of_a_user(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    found: list[int] = []
    query: dict[str, Any] | None = {"user_id": RICH}
    while query:
        # By default it would request type=illust.
        response = pixivpy.user_illusts(**{"type": None} | query)
        found += [work.id for work in response.illusts]
        query = pixivpy.parse_qs(response.next_url)
    assert found == [work.id for work in sandbox.world.works(RICH)]


def test_pixivpy_reads_details(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    user = pixivpy.user_detail(RICH)
    assert user.profile.total_illusts + user.profile.total_manga == 74
    for work in sandbox.world.works(RICH)[::10]:
        assert pixivpy.illust_detail(work.id).illust.title == work.title
    ugoira = next(work for work in sandbox.world.works(RICH) if work.type == "ugoira")
    frames = pixivpy.ugoira_metadata(ugoira.id).ugoira_metadata.frames
    assert [frame.delay for frame in frames] == list(ugoira.delays)


def test_pixivpy_downloads_an_image(pixivpy: AppPixivAPI, client: Client, tmp_path: Path) -> None:
    work = pixivpy.user_illusts(1008).illusts[0]
    url = work.meta_single_page.original_image_url
    assert pixivpy.download(url, path=str(tmp_path))
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == client.file(url).body
    Image.open(file).load()


def pages(api: AppPixivAPI, name: str, **query: Any) -> list[Any]:
    """The responses to a method of pixivpy, which follows next_url with its own `parse_qs`; at most five."""
    responses: list[Any] = []
    following: dict[str, Any] | None = query
    while following is not None and len(responses) < 5:
        responses.append(getattr(api, name)(**following))
        assert "error" not in responses[-1], responses[-1]
        following = api.parse_qs(responses[-1].next_url)
    return responses


@pytest.mark.parametrize(
    ("name", "query", "count"),
    [
        ("illust_follow", {"restrict": "public"}, 150),
        ("user_bookmarks_illust", {"user_id": 1001}, 108),
        ("user_bookmarks_illust", {"user_id": RICH, "tag": "背景"}, None),
        ("illust_ranking", {"mode": "week", "date": "2026-11-01"}, None),
        ("search_illust", {"word": "桜", "search_target": "exact_match_for_tags", "search_ai_type": 1}, None),
        ("search_illust", {"word": "星空", "start_date": "2026-06-15", "end_date": "2026-06-15"}, 150),
        ("search_illust", {"word": "紅葉", "sort": "date_asc", "duration": "within_last_month"}, 36),
        ("illust_new", {"content_type": "manga"}, 150),
    ],
)
def test_pixivpy_reads_listings_of_works(
    pixivpy: AppPixivAPI, name: str, query: dict[str, Any], count: int | None
) -> None:
    found = [work.id for response in pages(pixivpy, name, **query) for work in response.illusts]
    assert len(found) == len(set(found)) > 0
    assert count is None or len(found) == count


@pytest.mark.parametrize(("name", "first"), [("illust_related", 30), ("illust_recommended", 90)])
def test_pixivpy_reads_listings_whose_cursor_is_what_was_viewed(
    pixivpy: AppPixivAPI, sandbox: Sandbox, name: str, first: int
) -> None:
    # Its parse_qs keeps only the last of `viewed[0]`, `viewed[1]` and so on, so works are repeated, as on Pixiv.
    query = {"illust_id": sandbox.world.works(RICH)[0].id} if name == "illust_related" else {}
    assert [len(response.illusts) for response in pages(pixivpy, name, **query)] == [first, 30, 30, 30, 30]


@pytest.mark.parametrize(
    ("name", "query", "count"),
    [
        ("user_following", {"user_id": RICH}, 70),
        ("user_follower", {"user_id": RICH}, 96),
        ("user_mypixiv", {"user_id": 1001}, 3),
        ("user_related", {"seed_user_id": RICH}, 45),
        ("user_recommended", {}, 90),
        ("search_user", {"word": "多作"}, 1),
    ],
)
def test_pixivpy_reads_lists_of_users(pixivpy: AppPixivAPI, name: str, query: dict[str, Any], count: int) -> None:
    found = [preview.user.id for response in pages(pixivpy, name, **query) for preview in response.user_previews]
    assert len(set(found)) == len(found) == count


def test_pixivpy_reads_tags(pixivpy: AppPixivAPI) -> None:
    assert len(pixivpy.trending_tags_illust().trend_tags) == 24
    tags = [
        tag for response in pages(pixivpy, "user_bookmark_tags_illust", user_id=1001) for tag in response.bookmark_tags
    ]
    assert len({tag.name for tag in tags}) == len(tags) == 36
    assert len(pixivpy.user_list(1001).users) == 2


def test_pixivpy_changes_bookmarks_and_follows(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    work = sandbox.world.works(1008)[-1]
    assert not pixivpy.illust_bookmark_detail(work.id).bookmark_detail.is_bookmarked
    assert pixivpy.illust_bookmark_add(work.id, restrict="private", tags=["背景", "参考"]) == {}
    detail = pixivpy.illust_bookmark_detail(work.id).bookmark_detail
    assert (detail.is_bookmarked, detail.restrict) == (True, "private")
    assert [tag.name for tag in detail.tags if tag.is_registered] == ["背景", "参考"]
    assert pixivpy.illust_bookmark_delete(work.id) == {}
    assert not pixivpy.illust_bookmark_detail(work.id).bookmark_detail.is_bookmarked
    assert pixivpy.user_follow_add(1007) == {}
    assert pixivpy.user_detail(1007).user.is_followed
    assert pixivpy.user_follow_delete(1007) == {}
    assert not pixivpy.user_detail(1007).user.is_followed


@pytest.mark.parametrize("error", ["expired", "missing"])
def test_pixivpy_receives_errors_in_pixivs_words(pixivpy: AppPixivAPI, sandbox: Sandbox, error: str) -> None:
    if error == "expired":
        sandbox.expire_tokens()
        assert "invalid_grant" in pixivpy.illust_detail(1).error.message
    else:
        assert pixivpy.illust_detail(1).error.user_message.startswith("The artwork has been deleted")


def test_gallery_dl_downloads_every_file_of_a_user(client: Client, tmp_path: Path) -> None:
    files, log = run_gallery_dl(client.sandbox, tmp_path, f"https://www.pixiv.net/users/{RICH}/artworks")
    assert "[error]" not in log
    downloaded = {path.name: path.read_bytes() for path in files}
    assert downloaded == expected_files(client)
    for name, body in downloaded.items():
        if not name.endswith(".zip"):
            Image.open(BytesIO(body)).load()


def expected_files(client: Client) -> dict[str, bytes]:
    """By gallery-dl's file names: originals, and the large zip of a ugoira."""
    expected = {}
    for work in client.works(RICH):
        if work["type"] == "ugoira":
            metadata = client.api("/v1/ugoira/metadata", illust_id=work["id"]).json["ugoira_metadata"]
            urls = [metadata["zip_urls"]["medium"].replace("600x600", "1920x1080")]
        else:
            pages = work["meta_pages"] or work["meta_single_page"]
            urls = [url for url in urls_in(pages) if "/img-original/" in url]
        for number, url in enumerate(urls):
            expected[f"{work['id']}_p{number}.{url.rpartition('.')[2]}"] = client.file(url).body
    return expected


def test_gallery_dl_reads_one_work(client: Client, tmp_path: Path) -> None:
    work = client.works(1008)[0]
    (file,), _ = run_gallery_dl(client.sandbox, tmp_path, f"https://www.pixiv.net/artworks/{work['id']}")
    assert file.read_bytes() == client.file(work["meta_single_page"]["original_image_url"]).body
    assert any(request.path == "/v1/illust/detail" for request in client.sandbox.requests)


def test_gallery_dl_recognises_placeholders(client: Client, tmp_path: Path) -> None:
    files, log = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/users/1002/artworks")
    assert len(files) == 8
    assert log.count("'limit_sanity_level' warning") == 2
    assert log.count("'My pixiv' locked") == 1


def test_gallery_dl_reports_that_a_user_does_not_exist(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="NotFoundError"):
        run_gallery_dl(sandbox, tmp_path, "https://www.pixiv.net/users/1004/artworks")


def works_of(files: list[Path]) -> set[int]:
    return {int(file.name.partition("_")[0]) for file in files}


def visible(works: list[dict[str, Any]]) -> set[int]:
    return {work["id"] for work in works if work["visible"]}


def test_gallery_dl_reads_bookmarks(client: Client, tmp_path: Path) -> None:
    files, _ = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/users/1001/bookmarks/artworks")
    assert works_of(files) == visible(client.entries("illusts", "/v1/user/bookmarks/illust", user_id=1001))


def test_gallery_dl_reads_a_ranking(client: Client, tmp_path: Path) -> None:
    url = "https://www.pixiv.net/ranking.php?mode=daily_r18&date=20261101"
    files, _ = run_gallery_dl(client.sandbox, tmp_path, url)
    query = {"mode": "day_r18", "date": "2026-11-01"}
    assert works_of(files) == visible(client.entries("illusts", "/v1/illust/ranking", **query))


def test_gallery_dl_reads_a_search(client: Client, tmp_path: Path) -> None:
    files, _ = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/tags/紅葉/artworks?scd=2026-11-05")
    query = {"word": "紅葉", "start_date": "2026-11-05", "search_target": "exact_match_for_tags"}
    assert works_of(files) == visible(client.entries("illusts", "/v1/search/illust", **query))


def test_gallery_dl_searches_past_offset_5000(client: Client, tmp_path: Path) -> None:
    client.sandbox.world.add_keyword("山", {date(2026, 9, 1) + timedelta(days=day): 271 for day in range(20)})
    url = "https://www.pixiv.net/tags/山/artworks"
    files, log = run_gallery_dl(client.sandbox, tmp_path, url, **{"image-filter": "id == 0"})
    assert "Reached 'offset' >= 5000" in log
    dates = [request.query.get("end_date") for request in client.sandbox.requests if "search" in request.path]
    assert dates[-1] is not None
    assert files == []


def test_gallery_dl_reads_a_series(client: Client, tmp_path: Path) -> None:
    files, _ = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/user/1020/series/300020")
    assert sorted({int(file.name.partition("_")[0]) for file in files}) == list(range(1, 66))


def follow_only(client: Client, works: int) -> set[int]:
    """Makes the account follow one new user; returns the works of this user."""
    for user_id in client.sandbox.world.follows.following(1001):
        client.post("/v1/user/follow/delete", user_id=user_id)
    client.sandbox.world.add_user(50, works=works)
    client.post("/v1/user/follow/add", user_id=50)
    return {work.id for work in client.sandbox.world.works(50)}


def test_gallery_dl_reads_the_works_of_followed_users(client: Client, tmp_path: Path) -> None:
    works = follow_only(client, 31)
    files, _ = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/bookmark_new_illust.php")
    assert works_of(files) == visible(client.entries("illusts", "/v2/illust/follow", restrict="all")) == works


def test_gallery_dl_reads_the_list_of_followed_users(client: Client, tmp_path: Path) -> None:
    works = follow_only(client, 2)
    files, _ = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/users/1001/following")
    assert works_of(files) == works


def test_gallery_dl_reads_related_works(client: Client, tmp_path: Path) -> None:
    work = client.works(1008)[0]["id"]
    url = f"https://www.pixiv.net/artworks/{work}"
    files, _ = run_gallery_dl(client.sandbox, tmp_path, url, related=True)
    assert len(works_of(files)) == 101

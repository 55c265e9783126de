from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from io import BytesIO
from urllib.parse import urlsplit
from zipfile import ZIP_STORED, ZipFile

import pytest
from PIL import Image

from .client import Client, Reply, urls_in

RICH = 2188232
FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}


def assert_sound(url: str, reply: Reply) -> None:
    """The file exists, has the type in its URL, and can be decoded completely."""
    assert reply.status == 200, url
    extension = urlsplit(url).path.rpartition(".")[2]
    with Image.open(BytesIO(reply.body)) as image:
        image.load()
        assert image.format == FORMATS[extension]
        assert reply.headers["content-type"] == f"image/{FORMATS[extension].lower()}"


def opened(reply: Reply) -> Image.Image:
    image = Image.open(BytesIO(reply.body))
    image.load()
    return image


def original(client: Client, user_id: int = 1008) -> str:
    work = client.api("/v1/user/illusts", user_id=user_id).json["illusts"][0]
    return str(work["meta_single_page"]["original_image_url"])


@pytest.mark.parametrize("user_id", [RICH, 1002, 1008])
@pytest.mark.e2e
def test_every_image_that_a_response_names_exists(client: Client, user_id: int) -> None:
    responses = [*client.works(user_id), client.api("/v1/user/detail", user_id=user_id).json, client.renew().json]
    for url in set(urls_in(responses)):
        assert_sound(url, client.file(url))


@pytest.mark.e2e
def test_originals_are_all_different(client: Client) -> None:
    urls = {url for url in urls_in(client.works(RICH)) if "/img-original/" in url}
    assert len({client.file(url).body for url in urls}) == len(urls)


def test_an_image_is_small_and_has_the_size_that_its_work_declares(client: Client) -> None:
    for work in client.works(1008):
        with Image.open(BytesIO(client.file(work["meta_single_page"]["original_image_url"]).body)) as image:
            assert image.size == (work["width"], work["height"])
            assert max(image.size) <= 160


def test_both_zips_of_a_ugoira_contain_the_frames_of_its_metadata(client: Client) -> None:
    for work in client.works(RICH):
        if work["type"] == "ugoira":
            metadata = client.api("/v1/ugoira/metadata", illust_id=work["id"]).json["ugoira_metadata"]
            small = metadata["zip_urls"]["medium"]
            for url in (small, small.replace("600x600", "1920x1080")):
                assert_frames(client.file(url), [frame["file"] for frame in metadata["frames"]])


def assert_frames(reply: Reply, names: list[str]) -> None:
    assert reply.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(reply.body)) as archive:
        assert archive.namelist() == names
        assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}
        assert len({archive.read(name) for name in names}) == len(names)
        for name in names:
            Image.open(BytesIO(archive.read(name))).load()


def test_every_frame_of_a_ugoira_exists_as_an_original(client: Client) -> None:
    for work in client.works(RICH):
        if work["type"] == "ugoira":
            first = work["meta_single_page"]["original_image_url"]
            metadata = client.api("/v1/ugoira/metadata", illust_id=work["id"]).json["ugoira_metadata"]
            count = len(metadata["frames"])
            for number in range(count):
                url = first.replace("ugoira0", f"ugoira{number}")
                assert_sound(url, client.file(url))
            assert client.file(first.replace("ugoira0", f"ugoira{count}")).status == 404


def test_other_variants_of_a_file_exist(client: Client) -> None:
    work = client.api("/v1/user/illusts", user_id=RICH).json["illusts"][0]
    detail = client.api("/v1/user/detail", user_id=RICH).json
    avatar, background = detail["user"]["profile_image_urls"]["medium"], detail["profile"]["background_image_url"]
    for url in (
        re.sub(r"/c/\w+/", "/", work["image_urls"]["large"]),
        avatar.replace("_170", "_50"),
        avatar.replace("_170", ""),
        re.sub(r"/c/\w+/", "/", background).replace("_master1200", ""),
    ):
        assert_sound(url, client.file(url))


@pytest.mark.parametrize("flavour", ["600x1200_90_webp", "360x360_10_webp", "540x540_10_webp"])
def test_a_webp_variant_is_webp_although_its_url_ends_in_jpg(client: Client, flavour: str) -> None:
    large = client.api("/v1/user/illusts", user_id=RICH).json["illusts"][0]["image_urls"]["large"]
    reply = client.file(re.sub(r"/c/\w+/", f"/c/{flavour}/", large))
    assert reply.headers["content-type"] == "image/webp"
    with opened(reply) as image, opened(client.file(large)) as plain:
        assert (image.format, plain.format, image.size) == ("WEBP", "JPEG", plain.size)


def test_an_avatar_has_the_size_in_its_name(client: Client) -> None:
    for user_id in (RICH, 1008, 1020, 20_000_001):
        avatar = client.api("/v1/user/detail", user_id=user_id).json["user"]["profile_image_urls"]["medium"]
        sizes = [opened(client.file(avatar.replace("_170.", ending))).size for ending in ("_170.", "_50.", ".")]
        assert sizes[:2] == [(170, 170), (50, 50)]
        assert min(sizes[2]) > 170
        assert client.file(avatar.replace("_170.", "_60.")).status == 404


@pytest.mark.parametrize("user_id", [1001, 1003])
def test_a_user_without_an_avatar_has_the_one_of_the_static_host(client: Client, user_id: int) -> None:
    detail = client.api("/v1/user/detail", user_id=user_id).json
    avatar = detail["user"]["profile_image_urls"]["medium"]
    assert avatar == "https://s.pximg.net/common/images/no_profile.png"
    assert detail["profile"]["is_using_custom_profile_image"] is False
    assert_sound(avatar, client.request("GET", urlsplit(avatar).path))


@pytest.mark.parametrize(("user_id", "extension"), [(RICH, "jpg"), (1020, "png"), (1030, "gif")])
def test_the_original_of_a_background_has_one_of_three_types(client: Client, user_id: int, extension: str) -> None:
    shown = client.api("/v1/user/detail", user_id=user_id).json["profile"]["background_image_url"]
    assert shown.startswith("https://i.pximg.net/c/1200x600_90_a2_g5/background/img/")
    assert shown.endswith("_master1200.jpg")
    assert opened(client.file(shown)).size == (1200, 600)
    stem = re.sub(r"/c/\w+/", "/", shown).removesuffix("_master1200.jpg")
    there = [name for name in FORMATS if client.file(f"{stem}.{name}").status == 200]
    assert there == [extension]
    assert_sound(f"{stem}.{extension}", client.file(f"{stem}.{extension}"))


def test_most_users_have_no_background(client: Client) -> None:
    assert client.api("/v1/user/detail", user_id=1008).json["profile"]["background_image_url"] is None


def test_covers_have_the_sizes_in_their_urls(client: Client) -> None:
    novel = client.api("/v1/user/novels", user_id=1008).json["novels"][0]["image_urls"]
    assert opened(client.file(novel["square_medium"])).size == (128, 128)
    assert opened(client.file(novel["medium"])).size == (176, 247)
    assert opened(client.file(novel["large"])).size == (240, 337)
    series = client.api("/v1/illust/series", illust_series_id=300020).json["illust_series_detail"]
    cover = series["cover_image_urls"]["medium"]
    assert opened(client.file(cover)).size == (782, 410)
    assert opened(client.file(cover.replace("/c/782x410_80_a2_g5", ""))).size == (1200, 630)


def test_default_covers_have_the_sizes_in_their_names(client: Client) -> None:
    novels = client.api("/v1/user/novels", user_id=RICH).json["novels"]
    urls = next(novel["image_urls"] for novel in novels if "s.pximg.net" in novel["image_urls"]["large"])
    assert opened(client.file(urls["square_medium"])).size == (128, 128)
    assert [opened(client.file(urls[key])).width for key in ("medium", "large")] == [176, 240]


@pytest.mark.parametrize("size", [20_000, 50_000, 400_000])
def test_a_file_can_be_padded_to_a_size_and_remains_an_image(client: Client, size: int) -> None:
    client.sandbox.world.add_user(50, works=2, pages=3, file_bytes=size)
    urls = [url for url in urls_in(client.works(50)) if "/img-original/" in url]
    assert len(urls) == 6
    for url in urls:
        reply = client.file(url)
        assert_sound(url, reply)
        assert size - 10 <= len(reply.body) <= size


@pytest.mark.parametrize(
    ("old", "new"),
    [("_p0.", "_p1."), (".jpg", ".png"), ("/img/20", "/img/19"), ("_p0.jpg", ".jpg"), ("img-original", "img-master")],
)
def test_a_path_that_no_response_names_is_not_found(client: Client, old: str, new: str) -> None:
    url = original(client)
    assert client.file(url.replace(old, new, 1)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/img-original/img/2020/01/01/00/00/00/1_p0.jpg",
        "/img-original/",
        "/user-profile/img/2020/01/01/00/00/00/1_0_170.jpg",
        "/background/img/2020/01/01/00/00/00/2188232_0_master1200.jpg",
        "/common/images/other.png",
        "/c/540x540_70/common/images/no_profile.png",
    ],
)
def test_an_unknown_path_is_not_found(client: Client, path: str) -> None:
    assert client.file(path).status == 404


def test_a_withheld_work_has_no_files(client: Client) -> None:
    world = client.sandbox.world
    limited = next(work for work in world.works(1002) if work.spec.limit)
    path = f"/img-original/img/{limited.uploaded:%Y/%m/%d/%H/%M/%S}/{limited.id}_p0.jpg"
    assert client.file(path).status == 404


@pytest.mark.parametrize(
    "referer", ["", "https://example.com/", "https://notpixiv.net/", "https://pixiv.net.example.com/", "pixiv.net"]
)
def test_the_image_host_requires_a_referer_of_pixiv(client: Client, referer: str) -> None:
    path = urlsplit(original(client)).path
    assert client.request("GET", path, {"Referer": referer} if referer else {}).status == 403


@pytest.mark.parametrize(
    "referer", ["https://app-api.pixiv.net/", "https://www.pixiv.net/artworks/1", "http://pixiv.net"]
)
def test_any_referer_of_pixiv_is_accepted(client: Client, referer: str) -> None:
    assert client.request("GET", urlsplit(original(client)).path, {"Referer": referer}).status == 200


def test_the_static_host_requires_no_referer(client: Client) -> None:
    for name in ("limit_sanity_level_360.png", "limit_unknown_360.png", "no_profile.png"):
        assert_sound(name, client.request("GET", f"/common/images/{name}"))


def test_head_has_the_headers_of_get(client: Client) -> None:
    url = original(client)
    head, get = client.file(url, "HEAD"), client.file(url)
    assert head.body == b""
    assert head.headers["content-length"] == str(len(get.body))
    assert head.headers["content-type"] == get.headers["content-type"]


def test_image_hosts_do_not_support_post(client: Client) -> None:
    assert client.file(original(client), "POST").status == 405


@pytest.mark.parametrize("range_header", ["bytes=0-", "bytes=100-", "bytes=10-19", "bytes=10-999999"])
def test_a_range_returns_that_part(client: Client, range_header: str) -> None:
    url = original(client)
    complete = client.file(url).body
    reply = client.file(url, Range=range_header)
    start, last = (int(text) if text else len(complete) - 1 for text in range_header.removeprefix("bytes=").split("-"))
    last = min(last, len(complete) - 1)
    assert reply.status == 206
    assert reply.body == complete[start : last + 1]
    assert reply.headers["content-range"] == f"bytes {start}-{last}/{len(complete)}"


def test_a_range_beyond_the_end_is_rejected(client: Client) -> None:
    reply = client.file(original(client), Range="bytes=999999-")
    assert reply.status == 416
    assert reply.headers["content-range"].startswith("bytes */")


def test_last_modified_is_the_japanese_time_in_the_path(client: Client) -> None:
    url = original(client)
    modified = parsedate_to_datetime(client.file(url).headers["last-modified"])
    uploaded = next(work.uploaded for work in client.sandbox.world.works(1008))
    assert modified == uploaded
    assert f"/img/{uploaded:%Y/%m/%d/%H/%M/%S}/" in url


@pytest.mark.parametrize("header", ["etag", "last-modified"])
def test_if_range_requires_that_the_file_is_the_same(client: Client, header: str) -> None:
    url = original(client)
    complete = client.file(url)
    same = client.file(url, Range="bytes=100-", **{"If-Range": complete.headers[header]})
    assert (same.status, same.body) == (206, complete.body[100:])
    other = client.file(url, Range="bytes=100-", **{"If-Range": '"another"'})
    assert (other.status, other.body) == (200, complete.body)


def test_replaced_files_have_new_urls_and_different_content(client: Client) -> None:
    url = original(client)
    before = client.file(url).body
    client.sandbox.world.replace_files(client.sandbox.world.works(1008)[0].id)
    assert original(client) != url
    assert client.file(url).status == 404
    assert client.file(original(client)).body != before

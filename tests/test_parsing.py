from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import FileSize, UnavailableReason
from pixiv_crawler.drift import new_fields
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import Comment, Illust, UgoiraMetadata, UserDetail
from pixiv_crawler.parsing import (
    file_urls,
    parse_item,
    parse_json,
    parse_listing,
    parse_ugoira_metadata,
    repaired,
    unavailable,
)

ILLUSTS = ApiCall("/v1/user/illusts", entries_key="illusts")


def parse_illust(entry: Any) -> Any:
    return parse_item(entry, "illusts")


def parse_comment(entry: Any) -> Any:
    return parse_item(entry, "comments")


def parse_user_detail(answer: Any) -> Any:
    return parse_item(answer, "")


IMAGES = "https://i.pximg.net/img-original/img/2026/01/02/03/04/05"


def urls(page: int, **more: str) -> dict[str, str]:
    return {size: f"https://i.pximg.net/{size}/77_p{page}.jpg" for size in ("square_medium", "medium", "large")} | more


def illust(**changes: Any) -> dict[str, Any]:
    """An illust of one page, as a listing has it."""
    return {
        "id": 77,
        "title": "雨のあと",
        "type": "illust",
        "image_urls": urls(0),
        "caption": "first<br />second",
        "restrict": 0,
        "user": {"id": 11, "name": "絵描き", "account": "painter", "profile_image_urls": {"medium": "https://i.pximg.net/a"},
                 "is_followed": False},
        "tags": [{"name": "空", "translated_name": "sky"}, {"name": "雲", "translated_name": None}],
        "tools": ["Pencil"],
        "create_date": "2026-01-02T03:04:05+09:00",
        "page_count": 1,
        "width": 1200,
        "height": 800,
        "sanity_level": 2,
        "x_restrict": 0,
        "series": None,
        "meta_single_page": {"original_image_url": f"{IMAGES}/77_p0.png"},
        "meta_pages": [],
        "total_view": 5,
        "total_bookmarks": 3,
        "is_bookmarked": False,
        "visible": True,
        "is_muted": False,
    } | changes  # fmt: skip


def manga(pages: int = 3) -> dict[str, Any]:
    """An illust of several pages."""
    meta_pages = [{"image_urls": urls(page, original=f"{IMAGES}/77_p{page}.png")} for page in range(pages)]
    return illust(type="manga", page_count=pages, meta_single_page={}, meta_pages=meta_pages)


USER_DETAIL: dict[str, Any] = {
    "user": illust()["user"] | {"comment": "hello"},
    "profile": {"webpage": None, "total_illusts": 5, "is_premium": False},
    "profile_publicity": {"gender": "public", "pawoo": True},
    "workspace": {"pc": "", "workspace_image_url": None},
}
COMMENT: dict[str, Any] = {"id": 5, "comment": "nice (heart)", "date": "2026-01-02T03:04:05+09:00", "user": None}
UGOIRA: dict[str, Any] = {
    "ugoira_metadata": {
        "zip_urls": {"medium": "https://i.pximg.net/img-zip-ugoira/77_ugoira600x600.zip"},
        "frames": [{"file": "000000.jpg", "delay": 80}, {"file": "000001.jpg", "delay": 120}],
    }
}
PARSERS: list[tuple[Callable[[Any], Any], Any, type]] = [
    (parse_illust, illust(), Illust),
    (parse_illust, manga(), Illust),
    (parse_user_detail, USER_DETAIL, UserDetail),
    (parse_comment, COMMENT, Comment),
    (parse_ugoira_metadata, UGOIRA, UgoiraMetadata),
]


def as_json(item: Any) -> Any:
    """What a line of the item says."""
    return json.loads(msgspec.json.encode(item))


def differences(recorded: Any, told: Any, path: str = "$") -> Iterator[str]:
    """Where an item does not say what was recorded; what was not recorded has to be None there."""
    if isinstance(recorded, dict) and isinstance(told, dict):
        for name in recorded.keys() | told.keys():
            yield from differences(recorded.get(name), told.get(name), f"{path}.{name}")
    elif isinstance(recorded, list) and isinstance(told, list) and len(recorded) == len(told):
        for index, members in enumerate(zip(recorded, told, strict=True)):
            yield from differences(*members, f"{path}[{index}]")
    elif recorded != told or type(recorded) is not type(told):
        yield f"{path}: {recorded!r} became {told!r}"


OWN = {
    "kind",
    "fetched_at",
    "source",
    "file_urls",
    "files",
    "ugoira_metadata",
    "illust_id",
    "novel_id",
    "parent_comment_id",
}


def without_own(item: Any) -> Any:
    return {name: value for name, value in as_json(item).items() if name not in OWN}


# --- Recorded answers of the real Pixiv --------------------------------------------------------------------------------


def is_illust(value: Any) -> bool:
    return isinstance(value, dict) and {"id", "title", "image_urls", "meta_single_page", "page_count"} <= value.keys()


def is_comment(value: Any) -> bool:
    return isinstance(value, dict) and {"id", "comment", "date"} <= value.keys()


def found(value: Any, fits: Callable[[Any], bool]) -> Iterator[dict[str, Any]]:
    """Every object in an answer that fits, at any depth, but none inside of another."""
    if fits(value):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from found(member, fits)


def recordings(samples: Path, pattern: str = "*") -> Iterator[tuple[str, Any]]:
    """The recorded answers that tell of works, users and comments; novels and the web view are not read yet."""
    for file in sorted(samples.glob(f"{pattern}.json")):
        if not file.stem.startswith(
            ("novel", "webview", "search_novel", "trending_tags_novel", "user_novels", "oauth")
        ):
            yield file.stem, json.loads(file.read_bytes())


def test_every_recorded_illust_is_read_with_every_value(samples: Path) -> None:
    read = 0
    for name, answer in recordings(samples):
        for entry in found(answer, is_illust):
            item = parse_illust(entry)
            assert list(differences(entry, without_own(item))) == [], f"{name}, work {entry['id']}"
            assert list(new_fields(entry, Illust)) == [], f"{name}, work {entry['id']}"
            read += 1
    assert read > 350


def test_recorded_listings_of_every_kind_are_taken_apart(samples: Path) -> None:
    kinds = set()
    for name, answer in recordings(samples):
        if "illusts" in answer and "next_url" in answer:
            listing = parse_listing(json.dumps(answer).encode(), ILLUSTS)
            assert [parse_json(raw) for raw in listing.entries] == answer["illusts"]
            assert listing.next_url == answer["next_url"]
            kinds.add(name.partition("__")[0])
    assert {"user_illusts", "illust_follow", "illust_ranking", "illust_related", "illust_recommended", "illust_new",
            "search_illust", "user_bookmarks_illust"} <= kinds  # fmt: skip


def test_every_recorded_user_is_read_with_every_value(samples: Path) -> None:
    read = 0
    for name, answer in recordings(samples, "user_detail__*"):
        item = parse_user_detail(answer)
        assert list(differences(answer, without_own(item))) == [], name
        assert list(new_fields(answer, UserDetail)) == [], name
        read += 1
    assert read >= 4


def test_every_recorded_comment_is_read_with_every_value(samples: Path) -> None:
    read = 0
    for pattern in ("*_comments__*", "*_comment_*"):
        for file in sorted(samples.glob(f"{pattern}.json")):
            for entry in found(json.loads(file.read_bytes()), is_comment):
                item = parse_comment(entry)
                parent = entry.pop("parent_comment", None) or {}
                assert item.parent_comment_id == parent.get("id")
                assert list(differences(entry, without_own(item))) == [], f"{file.stem}, comment {entry['id']}"
                assert list(new_fields(entry, Comment)) == []
                read += 1
    assert read > 20


def test_recorded_frames_are_read(samples: Path) -> None:
    for name, answer in recordings(samples, "ugoira_metadata__*"):
        assert as_json(parse_ugoira_metadata(answer)) == answer["ugoira_metadata"], name


def test_only_the_recorded_placeholder_is_unavailable(samples: Path) -> None:
    withheld = {
        name: unavailable(entry)
        for name, answer in recordings(samples)
        for entry in found(answer, is_illust)
        if unavailable(entry)
    }
    ((name, (reason, evidence)),) = withheld.items()
    assert name.startswith("illust_detail__limited_sanity_level")
    assert reason is UnavailableReason.SANITY_LEVEL
    assert evidence["visible"] is False
    assert "/common/images/limit_sanity_level" in evidence["image"]


def test_every_recorded_illust_names_a_file_for_every_page_in_every_size(samples: Path) -> None:
    for name, answer in recordings(samples):
        for entry in found(answer, is_illust):
            item = parse_illust(entry)
            for size in set(FileSize) - {FileSize.NONE}:
                named = file_urls(item, size)
                assert len(named) == item.page_count, f"{name}, work {item.id}"
                assert all(url.startswith("https://") for url in named)


# --- Entries of our own making -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [illust(), manga(), illust(type="ugoira", series={"id": 9, "title": "連作"})])
def test_an_illust_says_what_its_entry_says_and_none_where_it_says_nothing(entry: dict[str, Any]) -> None:
    assert list(differences(entry, without_own(parse_illust(entry)))) == []


@pytest.mark.parametrize("name", ["total_view", "total_bookmarks", "total_comments", "series", "visible", "meta_pages",
                                  "meta_single_page", "is_bookmarked", "is_muted"])  # fmt: skip
def test_a_field_that_answers_leave_out_at_times_may_be_missing(name: str) -> None:
    entry = illust()
    entry.pop(name, None)
    assert parse_illust(entry).id == 77


REQUIRED = ["id", "title", "type", "image_urls", "caption", "restrict", "user", "tags", "tools", "create_date",
            "page_count", "width", "height", "sanity_level", "x_restrict"]  # fmt: skip


@pytest.mark.parametrize("name", REQUIRED)
def test_an_illust_without_what_every_answer_has_is_rejected_by_name(name: str) -> None:
    entry = illust()
    del entry[name]
    with pytest.raises(ParseError, match=f"missing required field `{name}`"):
        parse_illust(entry)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.id", "77"),
        ("$.id", None),
        ("$.id", 77.5),
        ("$.id", True),
        ("$.title", 5),
        ("$.total_view", "many"),
        ("$.visible", 1),
        ("$.user", None),
        ("$.user.id", "11"),
        ("$.user.profile_image_urls", []),
        ("$.image_urls.large", None),
        ("$.tags", {}),
        ("$.tags[1].name", None),
        ("$.tags[1].translated_name", 0),
        ("$.tools", "Pencil"),
        ("$.meta_pages[2].image_urls.medium", 1),
        ("$.meta_pages[0]", "77_p0.png"),
        ("$.series", []),
    ],
)
def test_a_value_of_the_wrong_type_is_rejected_with_its_path(path: str, value: Any) -> None:
    entry = manga()
    *way, last = [
        int(step) if step.isdigit() else step for step in path[2:].replace("[", ".").replace("]", "").split(".")
    ]
    reduce(lambda inner, step: inner[step], way, entry)[last] = value
    with pytest.raises(ParseError) as raised:
        parse_illust(entry)
    assert f"at `{path}`" in str(raised.value)


@pytest.mark.parametrize(("parse", "entry", "item_type"), PARSERS)
def test_an_entry_stays_as_it_was(parse: Callable[[Any], Any], entry: Any, item_type: type) -> None:
    before = deepcopy(entry)
    assert isinstance(parse(entry), item_type)
    assert entry == before


@pytest.mark.parametrize(("parse", "entry", "item_type"), PARSERS)
def test_fields_that_are_new_do_no_harm_and_are_named(
    parse: Callable[[Any], Any], entry: Any, item_type: type
) -> None:
    assert parse(entry | {"brand_new": {"deep": [1]}}) == parse(entry)


def test_new_fields_are_named_by_their_path() -> None:
    entry = manga() | {"brand_new": 1}
    entry["user"]["badge"] = "gold"
    entry["tags"][1]["color"] = None
    entry["meta_pages"][2]["image_urls"]["huge"] = ""
    entry["series"] = {"id": 9, "title": "連作", "mark": 1}
    assert set(new_fields(entry, Illust)) == {
        "illust.brand_new",
        "illust.user.badge",
        "illust.tags.color",
        "illust.meta_pages.image_urls.huge",
        "illust.series.mark",
    }


@pytest.mark.parametrize(("entry", "item_type"), [(illust(), Illust), (manga(), Illust), (USER_DETAIL, UserDetail),
                                                  (COMMENT | {"parent_comment": {}}, Comment)])  # fmt: skip
def test_a_known_entry_has_no_new_fields(entry: Any, item_type: type) -> None:
    assert list(new_fields(entry, item_type)) == []


@pytest.mark.parametrize("value", [None, "x", 5, ["x"], {"x": 1}])
@pytest.mark.parametrize("name", ["kind", "fetched_at", "source", "file_urls", "files", "ugoira_metadata"])
def test_a_field_of_pixivs_that_bears_the_name_of_ours_is_new_and_not_taken_for_ours(name: str, value: Any) -> None:
    entry = illust() | {name: value}
    assert parse_illust(entry) == parse_illust(illust())
    assert list(new_fields(entry, Illust)) == [f"illust.{name}"]


def test_what_is_exported_as_it_came_is_not_searched_for_new_fields() -> None:
    entry = illust(request={"request_info": {"any": 1}}, event_banners=[{"any": 2}])
    assert list(new_fields(entry, Illust)) == []
    assert parse_illust(entry).request == {"request_info": {"any": 1}}


@pytest.mark.parametrize(
    ("parent", "parent_id"), [({}, None), ({"id": 4, "comment": "first"}, 4), (None, None), ([], None)]
)
def test_a_reply_of_version_1_names_the_comment_it_replies_to(parent: Any, parent_id: int | None) -> None:
    assert parse_comment(COMMENT | {"parent_comment": parent}).parent_comment_id == parent_id


def test_a_stamp_is_read_and_a_comment_of_somebody_gone_has_no_user() -> None:
    stamp = {"stamp_id": 301, "stamp_url": "https://s.pximg.net/common/images/stamp/generated-stamps/301_s.jpg"}
    item = parse_comment(COMMENT | {"comment": "", "stamp": stamp, "has_replies": True})
    assert as_json(item)["stamp"] == stamp
    assert item.user is None


# --- What Pixiv withholds ----------------------------------------------------------------------------------------------


def placeholder(image: str, **changes: Any) -> dict[str, Any]:
    entry = illust(title="", image_urls=dict.fromkeys(urls(0), image), meta_single_page={"original_image_url": image})
    return entry | {"visible": False} | changes


@pytest.mark.parametrize("host", ["https://s.pximg.net", "http://127.0.0.1:8080", "https://mirror.example/proxy", ""])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sanity_level", UnavailableReason.SANITY_LEVEL),
        ("unviewable", UnavailableReason.SANITY_LEVEL),
        ("mypixiv", UnavailableReason.MYPIXIV),
        ("unknown", UnavailableReason.UNKNOWN),
        ("r18", UnavailableReason.R18_HIDDEN),
        ("r18g", UnavailableReason.R18_HIDDEN),
        ("brand_new", UnavailableReason.UNKNOWN),
    ],
)
def test_a_placeholder_image_tells_why_whatever_its_host(name: str, reason: UnavailableReason, host: str) -> None:
    image = f"{host}/common/images/limit_{name}_360.png"
    withheld = reason, {"visible": False, "user_id": 11, "image": image}
    assert unavailable(placeholder(image)) == withheld
    assert unavailable(placeholder(image, meta_single_page={})) == withheld
    # Each of the signs is enough.
    shown = unavailable(placeholder(image, visible=True))
    assert shown is not None
    assert shown[0] is reason


def test_a_work_of_nobody_is_deleted_and_an_invisible_one_is_withheld_for_a_reason_unknown() -> None:
    gone = illust()
    gone["user"]["id"] = 0
    assert unavailable(gone) == (
        UnavailableReason.DELETED,
        {"visible": True, "user_id": 0, "image": f"{IMAGES}/77_p0.png"},
    )
    invisible = unavailable(illust(visible=False))
    assert invisible is not None
    assert invisible[0] is UnavailableReason.UNKNOWN


def test_the_image_tells_more_than_a_user_of_0() -> None:
    image = "https://s.pximg.net/common/images/limit_mypixiv_360.png"
    user = illust()["user"] | {"id": 0}
    withheld = unavailable(placeholder(image, user=user))
    assert withheld is not None
    assert withheld[0] is UnavailableReason.MYPIXIV


@pytest.mark.parametrize(
    "entry",
    [
        illust(),
        manga(),
        illust(title="limit_unknown", caption="/common/images/limit_unknown_360.png"),
        illust(is_muted=True),
        illust(visible=None),
        {},
        {"user": None, "image_urls": [], "meta_single_page": "x"},
    ],
)
def test_a_work_without_any_of_the_signs_is_shown(entry: dict[str, Any]) -> None:
    assert unavailable(entry) is None


# --- Files -------------------------------------------------------------------------------------------------------------

SIZES = [FileSize.LARGE, FileSize.MEDIUM, FileSize.SQUARE_MEDIUM]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pages", [1, 3])
def test_each_size_has_an_address_for_each_page_in_order(size: FileSize, pages: int) -> None:
    work = parse_illust(illust() if pages == 1 else manga(pages))
    assert file_urls(work, size) == [f"https://i.pximg.net/{size}/77_p{page}.jpg" for page in range(pages)]


def test_originals_are_named_for_works_of_one_page_of_several_and_of_200() -> None:
    assert file_urls(parse_illust(illust()), FileSize.ORIGINAL) == [f"{IMAGES}/77_p0.png"]
    for pages in (3, 200):
        named = file_urls(parse_illust(manga(pages)), FileSize.ORIGINAL)
        assert named == [f"{IMAGES}/77_p{page}.png" for page in range(pages)]


def test_a_page_without_an_original_is_left_out() -> None:
    entry = manga()
    del entry["meta_pages"][1]["image_urls"]["original"]
    assert file_urls(parse_illust(entry), FileSize.ORIGINAL) == [f"{IMAGES}/77_p{page}.png" for page in (0, 2)]


@pytest.mark.parametrize(
    "url", ["", "rubbish", "//i.pximg.net/77_p0.png", "ftp://i.pximg.net/77_p0.png", "http://[::1/"]
)
def test_what_cannot_be_asked_is_no_file(url: str) -> None:
    assert file_urls(parse_illust(illust(meta_single_page={"original_image_url": url})), FileSize.ORIGINAL) == []


def test_an_address_of_another_name_is_no_original() -> None:
    meta = illust()["meta_single_page"] | {"brand_new": "https://i.pximg.net/other.png"}
    assert file_urls(parse_illust(illust(meta_single_page=meta)), FileSize.ORIGINAL) == [f"{IMAGES}/77_p0.png"]


def test_a_work_that_names_no_original_has_none() -> None:
    assert file_urls(parse_illust(illust(meta_single_page={})), FileSize.ORIGINAL) == []


@pytest.mark.parametrize("entry", [illust(), manga()])
def test_nothing_is_named_when_no_files_are_wanted(entry: dict[str, Any]) -> None:
    assert file_urls(parse_illust(entry), FileSize.NONE) == []


# --- Bytes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (r"cut \ud83d", "cut \ufffd"),
        (r"\ude00 begins", "\ufffd begins"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ud83d\ude00", "\ufffd😀"),
        (r"\\ud83d", r"\ud83d"),
        (r"\u96e8\/\u0022", '雨/"'),
    ],
)
def test_half_a_surrogate_pair_is_replaced_and_all_else_is_kept(sent: str, text: str) -> None:
    body = repaired(f'{{"title": "{sent}", "{sent}": [1, 1.5, null, true]}}'.encode())
    assert body is not None
    assert parse_json(body) == {"title": text, text: [1, 1.5, None, True]}


@pytest.mark.parametrize(
    "body", [b"", b"<!DOCTYPE html>", b'{"a":', b'{"a":"\xff"}', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_is_broken_otherwise_is_not_repaired(body: bytes) -> None:
    assert repaired(body) is None


def test_a_listing_is_taken_apart_without_looking_into_its_entries() -> None:
    listing = parse_listing(
        b'{"illusts": [{"id": "\xff"}, null, 5, "x"], "next_url": "https://x/", "more": 1}', "illusts"
    )
    assert [bytes(raw) for raw in listing.entries] == [b'{"id": "\xff"}', b"null", b"5", b'"x"']
    assert listing.next_url == "https://x/"


@pytest.mark.parametrize("body", [b'{"illusts": [], "next_url": null}', b'{"illusts": []}'])
def test_a_listing_without_next_url_ends(body: bytes) -> None:
    listing = parse_listing(body, ILLUSTS)
    assert (listing.entries, listing.next_url) == ([], None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"novels": []}',
        b'{"illusts": null}',
        b'{"illusts": {}}',
        b'{"illusts": [], "next_url": 5}',
        b'{"illusts": [], "next_url": "\xff"}',
        b'{"illusts": [',
        b"[" * 100_000,
    ],
)
def test_what_is_no_listing_is_an_error_that_names_it(body: bytes) -> None:
    with pytest.raises(ParseError, match="the answer is no listing of `illusts`"):
        parse_listing(body, ILLUSTS)


@pytest.mark.parametrize("raw", [b"", b"{} {}", b"nul", b"<", b'{"a":"\xff"}', b'{"\xff":1}', b'{"a":"\\ud83d"}',
                                 b'{"a":' * 100_000, b'{"a":1e999}', b'{"a":' + b"9" * 5000 + b"}"])  # fmt: skip
def test_what_is_no_json_is_a_parse_error(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_json(raw)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def changed(entry: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The entry with some of its values replaced by anything."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(entry, JSON)).map(lambda changes: entry | changes)


@settings(deadline=None, max_examples=200)
@given(st.data())
@pytest.mark.parametrize(("parse", "entry", "item_type"), PARSERS)
def test_any_object_becomes_an_item_or_a_parse_error(
    parse: Callable[[Any], Any], entry: Any, item_type: type, data: st.DataObject
) -> None:
    given_entry = data.draw(changed(entry) | st.dictionaries(st.text(max_size=8), JSON))
    unavailable(given_entry)
    try:
        item = parse(given_entry)
    except ParseError:
        return
    assert isinstance(item, item_type)
    list(new_fields(given_entry, item_type))
    assert msgspec.json.decode(msgspec.json.encode(item), type=item_type) == item


@settings(deadline=None)
@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode))
@example(b'{"illusts":[]}')
def test_any_bytes_are_taken_apart_or_a_parse_error(body: bytes) -> None:
    for take in (parse_json, lambda body: parse_listing(body, ILLUSTS)):
        with suppress(ParseError):
            take(body)
    mended = repaired(body)
    assert mended is None or json.loads(mended) == json.loads(body) or b"\\ud" in body.lower()

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
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
from pixiv_crawler.api.errors import ErrorKind, classify
from pixiv_crawler.api.pagination import next_call
from pixiv_crawler.drift import new_fields
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import (
    BookmarkDetail,
    BookmarkTag,
    Comment,
    Illust,
    IllustSeries,
    Novel,
    NovelSeries,
    TrendingTag,
    UgoiraMetadata,
    UserDetail,
    UserPreview,
    WebviewNovel,
)
from pixiv_crawler.parsing import (
    ITEM_TYPES,
    OUR_FIELDS,
    file_urls,
    kind_of,
    parse_item,
    parse_json,
    parse_listing,
    parse_ugoira_metadata,
    parse_webview_novel,
    repaired,
    unavailable,
)

ILLUSTS = ApiCall("/v1/user/illusts", entries_key="illusts")
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
NOVEL: dict[str, Any] = {
    "id": 55,
    "title": "夜の駅",
    "caption": "",
    "restrict": 0,
    "x_restrict": 0,
    "is_original": True,
    "image_urls": urls(0),
    "create_date": "2026-01-02T03:04:05+09:00",
    "tags": [{"name": "空", "translated_name": None, "added_by_uploaded_user": True}],
    "page_count": 1,
    "text_length": 4000,
    "user": illust()["user"],
    "series": {"id": 9, "title": "連作"},
    "is_bookmarked": False,
    "total_bookmarks": 3,
    "total_view": 5,
    "visible": True,
    "total_comments": 0,
    "is_muted": False,
    "is_mypixiv_only": False,
    "is_x_restricted": False,
    "novel_ai_type": 1,
}
PREVIEW: dict[str, Any] = {
    "user": illust()["user"],
    "illusts": [illust(), manga()],
    "novels": [NOVEL],
    "is_muted": False,
}
SERIES: dict[str, Any] = {
    "id": 9,
    "title": "連作",
    "caption": "",
    "cover_image_urls": {"medium": "https://i.pximg.net/c/782x410/9.jpg"},
    "series_work_count": 3,
    "create_date": "2026-01-02T03:04:05+09:00",
    "width": 782,
    "height": 410,
    "user": illust()["user"],
}
NOVEL_SERIES: dict[str, Any] = {
    "id": 9,
    "title": "連作",
    "caption": "",
    "is_original": True,
    "is_concluded": False,
    "content_count": 3,
    "total_character_count": 9000,
    "user": illust()["user"],
    "display_text": "",
}
BOOKMARK: dict[str, Any] = {
    "is_bookmarked": True,
    "tags": [{"name": "空", "is_registered": True}],
    "restrict": "public",
}

# An entry for every key, with the class that it becomes.
ENTRIES: list[tuple[str, Any, type]] = [
    ("illusts", illust(), Illust),
    ("illusts", manga(), Illust),
    ("illust", illust(type="ugoira"), Illust),
    ("ranking_illusts", illust(), Illust),
    ("novels", NOVEL, Novel),
    ("novel", NOVEL | {"series": {}}, Novel),
    ("ranking_novels", NOVEL, Novel),
    ("user_previews", PREVIEW, UserPreview),
    ("bookmark_detail", BOOKMARK, BookmarkDetail),
    ("bookmark_tags", {"name": "空", "count": 5}, BookmarkTag),
    ("trend_tags", {"tag": "空", "translated_name": "sky", "illust": illust()}, TrendingTag),
    ("comments", COMMENT, Comment),
    ("illust_series_detail", SERIES, IllustSeries),
    ("novel_series_detail", NOVEL_SERIES, NovelSeries),
    ("", USER_DETAIL, UserDetail),
]


def work(entry: Any) -> Illust:
    item = parse_item(entry, "illusts")
    assert isinstance(item, Illust)
    return item


def as_json(item: Any) -> Any:
    """What a line of the item says."""
    return json.loads(msgspec.json.encode(item))


# Fields that we add, as they are before anything was added.
OWN = {"fetched_at": [""], "file_urls": [[]], "files": [[]],
       "kind": [item_type.__dataclass_fields__["kind"].default for item_type in {*ITEM_TYPES.values()}]}  # fmt: skip


def differences(recorded: Any, told: Any, path: str = "$") -> Iterator[str]:
    """Where an item does not say what was recorded; what was not recorded has to be None there.

    That a novel is of no series is recorded as an empty object.
    """
    if isinstance(recorded, dict) and isinstance(told, dict):
        for name in recorded.keys() | told.keys():
            if name in recorded or told[name] not in OWN.get(name, ()):
                is_none = name == "series" and "text_length" in recorded and recorded.get(name) == {}
                yield from differences(None if is_none else recorded.get(name), told.get(name), f"{path}.{name}")
    elif isinstance(recorded, list) and isinstance(told, list) and len(recorded) == len(told):
        for index, members in enumerate(zip(recorded, told, strict=True)):
            yield from differences(*members, f"{path}[{index}]")
    elif recorded != told or type(recorded) is not type(told):
        yield f"{path}: {recorded!r} became {told!r}"


# --- Recorded answers of the real Pixiv --------------------------------------------------------------------------------

# Where the answer of an endpoint holds items: file name before `__`, and the keys, of which "" is the whole answer.
HOLDERS: dict[str, list[str]] = {
    "illust_bookmark_detail": ["bookmark_detail"],
    "illust_comment_replies": ["comments"],
    "illust_comments": ["comments"],
    "illust_detail": ["illust"],
    "illust_follow": ["illusts"],
    "illust_new": ["illusts"],
    "illust_ranking": ["illusts"],
    "illust_recommended": ["illusts", "ranking_illusts"],
    "illust_related": ["illusts"],
    "illust_series": ["illust_series_detail", "illusts"],
    "illust_series_illust": ["illust_series_detail"],
    "manga_recommended": ["illusts", "ranking_illusts"],
    "novel_comments": ["comments"],
    "novel_detail": ["novel"],
    "novel_new": ["novels"],
    "novel_ranking": ["novels"],
    "novel_recommended": ["novels", "ranking_novels"],
    "novel_series": ["novel_series_detail", "novels"],
    "search_illust": ["illusts"],
    "search_novel": ["novels"],
    "search_popular_preview_illust": ["illusts"],
    "search_user": ["user_previews"],
    "trending_tags_illust": ["trend_tags"],
    "trending_tags_novel": ["trend_tags"],
    "user_bookmark_tags_illust": ["bookmark_tags"],
    "user_bookmarks_illust": ["illusts"],
    "user_detail": [""],
    "user_follower": ["user_previews"],
    "user_following": ["user_previews"],
    "user_illusts": ["illusts"],
    "user_mypixiv": ["user_previews"],
    "user_novels": ["novels"],
}
# Members of recorded answers that nothing is exported from, but that are items of a known kind.
LIKE_ITEMS = {"illust_series_first_illust": "illust", "novel_series_first_novel": "novel"}
# Pieces were recorded without the list that the real answer has.
PIECES = {"illust_series", "novel_series"}
# Shortened by whoever wrote it down: a preview without its novels.
SHORTENED = "user_follower__docs_2019"
READ_BY_THEMSELVES = {"ugoira_metadata", "webview_novel"}
WITHOUT_ITEMS = {
    "emoji",
    "illust_bookmark_add",
    "illust_comment_add",
    "oauth_error",
    "oauth_token",
    "search_autocomplete",
    "user_follow_add",
    "user_me_state",
}


def recordings(samples: Path, *endpoints: str) -> Iterator[tuple[str, str, Any]]:
    """The recorded answers of these endpoints, each with its name and its endpoint's."""
    for file in sorted(samples.glob("*.json")):
        if (endpoint := file.stem.partition("__")[0]) in endpoints:
            answer = json.loads(file.read_bytes())
            if file.stem == SHORTENED:
                answer["user_previews"] = [{"novels": []} | preview for preview in answer["user_previews"]]
            yield file.stem, endpoint, answer


def entries(samples: Path) -> Iterator[tuple[str, str, Any]]:
    """Every recorded entry that an item is made of, with the name of its answer and its key."""
    for name, endpoint, answer in recordings(samples, *HOLDERS):
        for key in HOLDERS[endpoint]:
            if key in answer or endpoint not in PIECES:
                found = answer[key] if key else answer
                for entry in found if isinstance(found, list) else [found]:
                    yield name, key, entry
        for member, key in LIKE_ITEMS.items():
            if member in answer:
                yield name, key, answer[member]


def test_no_recorded_answer_is_left_over(samples: Path) -> None:
    recorded = {file.stem.partition("__")[0] for file in samples.glob("*.json")}
    groups = [set(HOLDERS), READ_BY_THEMSELVES, WITHOUT_ITEMS, {"error"}]
    assert recorded == set().union(*groups)
    assert sum(map(len, groups)) == len(recorded)


def test_every_recorded_entry_becomes_an_item_with_every_value_and_nothing_new(samples: Path) -> None:
    read: Counter[str] = Counter()
    for name, key, entry in entries(samples):
        item = parse_item(entry, key)
        told, expected = as_json(item), entry
        if isinstance(item, Comment):
            expected = {field: value for field, value in entry.items() if field != "parent_comment"}
            parent = entry.get("parent_comment") or {}
            assert told.pop("parent_comment_id") == parent.get("id"), f"{name}, comment {item.id}"
        where = f"{name}, {key or 'whole answer'}, {entry.get('id')}"
        assert list(differences(expected, told)) == [], where
        assert list(new_fields(entry, type(item))) == [], where
        read[kind_of(key)] += 1
    assert set(read) == {item_type.__dataclass_fields__["kind"].default for item_type in ITEM_TYPES.values()}
    assert read["illust"] > 240
    assert read["comment"] >= 32
    assert read["user_preview"] >= 33


def test_every_recorded_answer_is_taken_apart_as_its_endpoint_asks(samples: Path) -> None:
    taken = 0
    for name, endpoint, answer in recordings(samples, *HOLDERS):
        key = HOLDERS[endpoint][-1]
        if key in answer or not key:
            is_list = isinstance(answer.get(key), list)
            call = ApiCall("/v1/any", entries_key=key if is_list else "", entry_key="" if is_list else key)
            body = json.dumps(answer).encode()
            listing = parse_listing(body, call)
            assert classify(200, {}, body, key) is None, name
            assert [parse_json(raw) for raw in listing.entries] == (
                answer[key] if is_list else [answer[key] if key else answer]
            )
            assert listing.next_url == answer.get("next_url")
            assert listing.members.keys() == answer.keys()
            taken += 1
    assert taken > 40


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_recorded_error_is_an_error_and_no_answer_to_any_endpoint(samples: Path, status: int) -> None:
    for name, _, answer in recordings(samples, "error"):
        for key in ITEM_TYPES:
            fault = classify(status, {}, json.dumps(answer).encode(), key)
            assert fault is not None, name
            assert fault.kind not in (ErrorKind.MALFORMED, ErrorKind.UNKNOWN), name


def test_what_holds_no_items_is_refused_where_items_are_expected(samples: Path) -> None:
    for name, endpoint, answer in recordings(samples, *WITHOUT_ITEMS):
        status = 400 if endpoint == "oauth_error" else 200
        for key in ITEM_TYPES.keys() - {""}:
            assert classify(status, {}, json.dumps(answer).encode(), key) is not None, f"{name}, {key}"
        with pytest.raises(ParseError):
            parse_item(answer, "")


def test_recorded_frames_are_read(samples: Path) -> None:
    for name, _, answer in recordings(samples, "ugoira_metadata"):
        assert as_json(parse_ugoira_metadata(answer)) == answer["ugoira_metadata"], name
        assert list(new_fields(answer["ugoira_metadata"], UgoiraMetadata)) == []


def test_the_recorded_novel_is_read_from_its_page(samples: Path) -> None:
    for name, _, answer in recordings(samples, "webview_novel"):
        text, webview = parse_webview_novel(page(json.dumps(answer, ensure_ascii=False)))
        assert text == answer["text"]
        assert as_json(webview) == {field: value for field, value in answer.items() if field != "text"}, name
        assert list(new_fields(answer, WebviewNovel)) in ([], ["webviewnovel.text"]), name


def test_only_the_recorded_placeholder_is_unavailable(samples: Path) -> None:
    withheld = {
        name: unavailable(entry)
        for name, key, entry in entries(samples)
        if kind_of(key) in ("illust", "novel") and unavailable(entry)
    }
    ((name, withholding),) = withheld.items()
    assert withholding is not None
    reason, evidence = withholding
    assert name.startswith("illust_detail__limited_sanity_level")
    assert reason is UnavailableReason.SANITY_LEVEL
    assert evidence["visible"] is False
    assert "/common/images/limit_sanity_level" in evidence["image"]


def test_every_recorded_illust_names_a_file_for_every_page_in_every_size(samples: Path) -> None:
    for name, key, entry in entries(samples):
        item = parse_item(entry, key)
        works = getattr(item, "illusts", [item, getattr(item, "illust", None)])
        for one in works:
            for size in set(FileSize) - {FileSize.NONE} if isinstance(one, Illust) else ():
                named = file_urls(one, size)
                assert len(named) == one.page_count, f"{name}, work {one.id}"
                assert all(url.startswith("https://") for url in named)


# --- Entries of our own making -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [illust(), manga(), illust(type="ugoira", series={"id": 9, "title": "連作"})])
def test_an_illust_says_what_its_entry_says_and_none_where_it_says_nothing(entry: dict[str, Any]) -> None:
    assert list(differences(entry, as_json(work(entry)))) == []


@pytest.mark.parametrize("name", ["total_view", "total_bookmarks", "total_comments", "series", "visible", "meta_pages",
                                  "meta_single_page", "is_bookmarked", "is_muted"])  # fmt: skip
def test_a_field_that_answers_leave_out_at_times_may_be_missing(name: str) -> None:
    entry = illust()
    entry.pop(name, None)
    assert work(entry).id == 77


REQUIRED = ["id", "title", "type", "image_urls", "caption", "restrict", "user", "tags", "tools", "create_date",
            "page_count", "width", "height", "sanity_level", "x_restrict"]  # fmt: skip


@pytest.mark.parametrize("name", REQUIRED)
def test_an_illust_without_what_every_answer_has_is_rejected_by_name(name: str) -> None:
    entry = illust()
    del entry[name]
    with pytest.raises(ParseError, match=f"missing required field `{name}`"):
        work(entry)


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
        work(entry)
    assert f"at `{path}`" in str(raised.value)


@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
def test_an_entry_becomes_the_item_of_its_key_and_stays_as_it_was(key: str, entry: Any, item_type: type) -> None:
    before = deepcopy(entry)
    item = parse_item(entry, key)
    assert type(item) is item_type
    assert entry == before
    assert list(differences(entry, as_json(item))) == []
    assert kind_of(key) == item.kind


def test_every_key_is_in_the_table_above() -> None:
    assert {key: item_type for key, _, item_type in ENTRIES} == ITEM_TYPES


@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
def test_fields_that_are_new_do_no_harm(key: str, entry: Any, item_type: type) -> None:
    assert parse_item(entry | {"brand_new": {"deep": [1]}}, key) == parse_item(entry, key)


@pytest.mark.parametrize("value", [None, "x", 5, ["x"], {"x": 1}])
@pytest.mark.parametrize("name", sorted(OUR_FIELDS))
@pytest.mark.parametrize(("key", "entry"), [("illusts", illust()), ("novels", NOVEL)])
def test_a_field_of_pixivs_that_bears_the_name_of_ours_is_not_taken_for_ours(
    key: str, entry: Any, name: str, value: Any
) -> None:
    assert parse_item(entry | {name: value}, key) == parse_item(entry, key)


@pytest.mark.parametrize("series", [{}, None])
def test_a_novel_without_a_series_has_none_wherever_it_stands(series: Any) -> None:
    novel = NOVEL | {"series": series}
    assert parse_item(novel, "novels").series is None  # type: ignore[union-attr]
    preview = parse_item(PREVIEW | {"novels": [NOVEL, novel]}, "user_previews")
    assert isinstance(preview, UserPreview)
    assert [novel.series and novel.series.id for novel in preview.novels] == [9, None]


@pytest.mark.parametrize("novels", [None, {}, "x", [None], [5], [[]]])
def test_novels_of_another_shape_are_rejected_with_their_path(novels: Any) -> None:
    with pytest.raises(ParseError, match=r"at `\$\.novels"):
        parse_item(PREVIEW | {"novels": novels}, "user_previews")


@pytest.mark.parametrize(
    ("key", "entry", "context"),
    [
        ("comments", COMMENT, {"illust_id": 7}),
        ("comments", COMMENT, {"novel_id": 7, "parent_comment_id": 4}),
        ("comments", COMMENT | {"parent_comment": {"id": 3}}, {"illust_id": 7, "parent_comment_id": 4}),
        ("bookmark_detail", BOOKMARK, {"illust_id": 7}),
    ],
)
def test_what_the_answer_leaves_out_comes_from_its_call(key: str, entry: Any, context: dict[str, Any]) -> None:
    item = parse_item(entry, key, context)
    assert {name: getattr(item, name) for name in context} == context
    assert all(getattr(item, name) is None for name in {"illust_id", "novel_id"} - context.keys())


def test_what_an_item_has_no_field_for_is_left_out_of_its_context() -> None:
    assert parse_item(illust(), "illusts", {"illust_id": 7, "is_deleted": True}) == parse_item(illust(), "illusts")


def test_what_changes_without_notice_is_exported_as_it_came() -> None:
    entry = illust(request={"request_info": {"any": 1}}, event_banners=[{"any": 2}])
    assert work(entry).request == {"request_info": {"any": 1}}


@pytest.mark.parametrize(
    ("parent", "parent_id"), [({}, None), ({"id": 4, "comment": "first"}, 4), (None, None), ([], None)]
)
def test_a_reply_of_version_1_names_the_comment_it_replies_to(parent: Any, parent_id: int | None) -> None:
    item = parse_item(COMMENT | {"parent_comment": parent}, "comments")
    assert isinstance(item, Comment)
    assert item.parent_comment_id == parent_id


def test_a_stamp_is_read_and_a_comment_of_somebody_gone_has_no_user() -> None:
    stamp = {"stamp_id": 301, "stamp_url": "https://s.pximg.net/common/images/stamp/generated-stamps/301_s.jpg"}
    item = parse_item(COMMENT | {"comment": "", "stamp": stamp, "has_replies": True}, "comments")
    assert isinstance(item, Comment)
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
    entry = illust() if pages == 1 else manga(pages)
    assert file_urls(work(entry), size) == [f"https://i.pximg.net/{size}/77_p{page}.jpg" for page in range(pages)]


def test_originals_are_named_for_works_of_one_page_of_several_and_of_200() -> None:
    assert file_urls(work(illust()), FileSize.ORIGINAL) == [f"{IMAGES}/77_p0.png"]
    for pages in (3, 200):
        named = file_urls(work(manga(pages)), FileSize.ORIGINAL)
        assert named == [f"{IMAGES}/77_p{page}.png" for page in range(pages)]


def test_a_page_without_an_original_is_left_out() -> None:
    entry = manga()
    del entry["meta_pages"][1]["image_urls"]["original"]
    assert file_urls(work(entry), FileSize.ORIGINAL) == [f"{IMAGES}/77_p{page}.png" for page in (0, 2)]


@pytest.mark.parametrize(
    "url", ["", "rubbish", "//i.pximg.net/77_p0.png", "ftp://i.pximg.net/77_p0.png", "http://[::1/"]
)
def test_what_cannot_be_asked_is_no_file(url: str) -> None:
    assert file_urls(work(illust(meta_single_page={"original_image_url": url})), FileSize.ORIGINAL) == []


def test_an_address_of_another_name_is_no_original() -> None:
    meta = illust()["meta_single_page"] | {"brand_new": "https://i.pximg.net/other.png"}
    assert file_urls(work(illust(meta_single_page=meta)), FileSize.ORIGINAL) == [f"{IMAGES}/77_p0.png"]


def test_a_work_that_names_no_original_has_none() -> None:
    assert file_urls(work(illust(meta_single_page={})), FileSize.ORIGINAL) == []


@pytest.mark.parametrize("entry", [illust(), manga()])
def test_nothing_is_named_when_no_files_are_wanted(entry: dict[str, Any]) -> None:
    assert file_urls(work(entry), FileSize.NONE) == []


# --- The reader page of novels -----------------------------------------------------------------------------------------


def page(novel: str) -> bytes:
    """The app's reader page, as far as its script goes."""
    return f"""<!DOCTYPE html><html><head><title>小説</title><script>
Object.defineProperty(window, 'pixiv', {{ value: {{ context: {{
    viewerVersion: "20221031_ai",
    novel: {novel},
    isOwnWork: false,
}} }} }});</script></head><body><div id="root"></div></body></html>""".encode()


WEBVIEW: dict[str, Any] = {"id": "55", "title": "夜の駅", "text": "一\n[newpage]\n二", "illusts": [], "aiType": 1}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize(
    "text", ["", "[newpage][[rb:雨 > あめ]]", "novel: {", '"},\nisOwnWork: false', "</script><b>", "\\ud83d 😀 \u2028"]
)
def test_any_text_of_a_novel_is_read_as_it_stands(text: str, is_ascii: bool, indent: int | None) -> None:
    found, webview = parse_webview_novel(
        page(json.dumps(WEBVIEW | {"text": text}, ensure_ascii=is_ascii, indent=indent))
    )
    assert found == text
    assert (webview.id, webview.title, webview.illusts, webview.aiType) == ("55", "夜の駅", [], 1)
    assert webview.seriesId is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the reader page holds no novel"),
        (b"<!DOCTYPE html><title>Just a moment...</title>", "the reader page holds no novel"),
        (b"novel: null", "the reader page holds no novel"),
        (page("[]"), "the reader page holds no novel"),
        (page('{"id": "55", "text": "cut'), "the reader page holds no novel"),
        (page("{" * 100_000), "the reader page holds no novel"),
        (page('{"a":' * 100_000), "the reader page holds no novel"),
        (page('{"id": "55"}'), "without a text"),
        (page('{"id": "55", "text": null}'), "without a text"),
        (page('{"id": "55", "text": ["x"]}'), "without a text"),
        (page('{"text": "x"}'), "missing required field `id`"),
        (page('{"id": 55, "text": "x"}'), "at `$.id`"),
        (page('{"id": "55", "text": "x", "tags": [5]}'), r"at `$.tags[0]`"),
    ],
)  # fmt: skip
def test_a_page_without_a_novel_is_a_parse_error(content: bytes, sentence: str) -> None:
    with pytest.raises(ParseError, match=re.escape(sentence)):
        parse_webview_novel(content)


@pytest.mark.parametrize("field", ["text", "title", "caption"])
def test_half_a_surrogate_pair_in_a_novel_does_not_keep_it_from_being_written(field: str) -> None:
    found = parse_webview_novel(page(json.dumps(WEBVIEW | {field: "cut \ud83d"})))
    assert b"cut \xef\xbf\xbd" in msgspec.json.encode(found)


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
    body = b'{"illusts": [{"id": "\xff"}, null, 5, "x"], "next_url": "https://x/", "more": {"a": "\xff"}}'
    listing = parse_listing(body, ILLUSTS)
    assert [bytes(raw) for raw in listing.entries] == [b'{"id": "\xff"}', b"null", b"5", b'"x"']
    assert listing.next_url == "https://x/"
    assert bytes(listing.members["more"]) == b'{"a": "\xff"}'


@pytest.mark.parametrize(
    ("call", "entry"),
    [(ApiCall("/v1/illust/detail", entry_key="illust"), b'{"id": 5}'), (ApiCall("/v1/user/detail"), None)],
)
def test_an_answer_of_one_object_is_a_listing_of_one_entry(call: ApiCall, entry: bytes | None) -> None:
    body = b'{"illust": {"id": 5}, "user": {}}'
    listing = parse_listing(body, call)
    assert [bytes(raw) for raw in listing.entries] == [entry or body]
    assert listing.next_url is None


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
        b'{"illusts": [',
        b"[" * 100_000,
    ],
)
def test_what_is_no_listing_is_an_error_that_names_it(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^the answer has no `illusts` that could be read"):
        parse_listing(body, ILLUSTS)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"novel": {}}', b'{"illust": {', b'{"illust": {}, "next_url"}'])
def test_an_answer_without_its_object_is_an_error_that_names_it(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^the answer has no `illust` that could be read"):
        parse_listing(body, ApiCall("/v1/illust/detail", entry_key="illust"))


@pytest.mark.parametrize(
    ("sent", "told"), [(b"5", "5"), (b"[]", "[]"), (b"{}", "{}"), (b"false", "false"), (b'"\xff"', '"\ufffd"')]
)
def test_a_next_url_that_is_no_text_does_not_cost_the_entries_beside_it(sent: bytes, told: str) -> None:
    listing = parse_listing(b'{"illusts": [5], "next_url": %b}' % sent, ILLUSTS)
    assert [bytes(raw) for raw in listing.entries] == [b"5"]
    assert listing.next_url == told
    with pytest.raises(ParseError, match="does not lead to the App API"):
        next_call(ILLUSTS, listing.next_url)


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


@settings(deadline=None, max_examples=60)
@given(st.data())
@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
def test_any_object_becomes_an_item_or_a_parse_error(
    key: str, entry: Any, item_type: type, data: st.DataObject
) -> None:
    given_entry = data.draw(changed(entry) | st.dictionaries(st.text(max_size=8), JSON))
    unavailable(given_entry)
    try:
        item = parse_item(given_entry, key)
    except ParseError:
        return
    assert type(item) is item_type
    list(new_fields(given_entry, item_type))
    assert msgspec.json.decode(msgspec.json.encode(item), type=item_type) == item


@settings(deadline=None, max_examples=60)
@given(changed(UGOIRA) | changed(UGOIRA["ugoira_metadata"]).map(lambda inner: {"ugoira_metadata": inner}))
def test_any_frames_are_read_or_a_parse_error(answer: Any) -> None:
    with suppress(ParseError):
        item = parse_ugoira_metadata(answer)
        assert msgspec.json.decode(msgspec.json.encode(item), type=UgoiraMetadata) == item


@settings(deadline=None, max_examples=60)
@given(changed(WEBVIEW).map(json.dumps) | JSON.map(json.dumps) | st.text(alphabet='{}[]":, novel0', max_size=30))
def test_any_page_is_read_or_a_parse_error(novel: str) -> None:
    with suppress(ParseError):
        text, webview = parse_webview_novel(page(novel))
        assert isinstance(text, str)
        assert msgspec.json.decode(msgspec.json.encode(webview), type=WebviewNovel) == webview


@settings(deadline=None)
@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode))
@example(b'{"illusts":[]}')
def test_any_bytes_are_taken_apart_or_a_parse_error(body: bytes) -> None:
    for take in (parse_json, lambda body: parse_listing(body, ILLUSTS)):
        with suppress(ParseError):
            take(body)
    mended = repaired(body)
    assert mended is None or json.loads(mended) == json.loads(body) or b"\\ud" in body.lower()

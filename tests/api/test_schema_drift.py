from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.parsing import ITEM_TYPES, OUR_FIELDS, normalized, parse_item
from pixiv_crawler.api.schema_drift import new_fields
from pixiv_crawler.items import BookmarkDetail, Comment, Illust, Novel, TrendingTag, UserPreview
from tests.entries import BOOKMARK, COMMENT, NOVEL, PREVIEW, illust, manga
from tests.entries import ENTRIES as AS_SENT

ENTRIES = [(key, normalized(entry, key), item_type) for key, entry, item_type in AS_SENT]


@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
def test_a_known_entry_has_no_new_fields(key: str, entry: Any, item_type: type) -> None:
    assert list(new_fields(entry, item_type)) == []


@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
def test_a_new_field_is_named_with_its_class(key: str, entry: Any, item_type: type) -> None:
    name = item_type.__name__.lower()
    assert list(new_fields(entry | {"brand_new": {"deep": [1]}}, item_type)) == [f"{name}.brand_new"]


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


def test_every_member_of_a_list_is_checked() -> None:
    for index in range(3):
        entry = deepcopy(PREVIEW) | {"illusts": [illust(), illust(), illust()]}
        entry["illusts"][index]["user"]["badge"] = 1
        assert list(new_fields(entry, UserPreview)) == ["userpreview.illusts.user.badge"]


@pytest.mark.parametrize(
    ("entry", "item_type", "path"),
    [
        (PREVIEW | {"novels": [NOVEL | {"mark": 1}]}, UserPreview, "userpreview.novels.mark"),
        ({"tag": "空", "illust": illust(mark=1)}, TrendingTag, "trendingtag.illust.mark"),
        (BOOKMARK | {"tags": [{"name": "a", "is_registered": True, "mark": 1}]}, BookmarkDetail, "bookmarkdetail.tags.mark"),
        (COMMENT | {"stamp": {"stamp_id": 1, "stamp_url": "", "mark": 1}}, Comment, "comment.stamp.mark"),
        (NOVEL | {"series": {"mark": 1}}, Novel, "novel.series.mark"),
    ],
)  # fmt: skip
def test_new_fields_are_found_in_optional_objects(entry: dict[str, Any], item_type: type, path: str) -> None:
    assert list(new_fields(entry, item_type)) == [path]


@pytest.mark.parametrize("value", [None, "x", 5, ["x"], {"x": 1}])
@pytest.mark.parametrize("name", sorted(OUR_FIELDS))
@pytest.mark.parametrize(("entry", "item_type"), [(illust(), Illust), (NOVEL, Novel), (COMMENT, Comment)])
def test_a_field_from_pixiv_with_the_name_of_one_of_ours_is_new(
    entry: dict[str, Any], item_type: type, name: str, value: Any
) -> None:
    assert list(new_fields(entry | {name: value}, item_type)) == [f"{item_type.__name__.lower()}.{name}"]


def test_a_novel_without_a_series_has_nothing_new() -> None:
    assert list(new_fields(NOVEL | {"series": {}}, Novel)) == []


def test_fields_that_are_exported_unchanged_are_not_searched() -> None:
    entry = illust(request={"request_info": {"any": 1}}, event_banners=[{"any": 2}])
    assert list(new_fields(entry, Illust)) == []


@settings(max_examples=50)
@given(st.lists(st.text(min_size=1, max_size=8), max_size=4, unique=True), st.data())
@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
@pytest.mark.e2e
def test_exactly_the_new_names_are_reported(
    key: str, entry: Any, item_type: type, names: list[str], data: st.DataObject
) -> None:
    given_entry = entry | dict.fromkeys(names, data.draw(st.sampled_from([None, 5, {}, [], {"a": [1]}])))
    known = {*item_type.__dataclass_fields__} - OUR_FIELDS
    reported = {name.partition(".")[2] for name in new_fields(given_entry, item_type)}
    assert reported == set(names) - known


def test_every_known_field_is_in_the_item() -> None:
    for (key, entry, item_type), (_, sent, _) in zip(ENTRIES, AS_SENT, strict=True):
        item = parse_item(sent, key)
        names = {name for name in entry if not list(new_fields({name: entry[name]}, item_type))}
        assert names == set(entry)
        assert names <= set(ITEM_TYPES[key].__slots__)
        assert all(getattr(item, name) is not None or entry[name] in (None, {}) for name in names)

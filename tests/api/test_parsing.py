"""Entries become items, or are rejected with the name of the invalid field."""

from __future__ import annotations

from copy import deepcopy
from functools import reduce
from typing import Any

import pytest

from pixiv_crawler.api.parsing import ITEM_TYPES, OUR_FIELDS, kind_of, normalized, parse_item
from pixiv_crawler.api.schema_drift import new_fields
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import Comment, MutedTag, MutedUser, Novel, UserPreview
from tests.entries import BOOKMARK, COMMENT, ENTRIES, NOVEL, PREVIEW, as_json, differences, illust, manga, work


@pytest.mark.parametrize("entry", [illust(), manga(), illust(type="ugoira", series={"id": 9, "title": "連作"})])
def test_an_illust_has_the_values_of_its_entry_and_none_for_missing_ones(entry: dict[str, Any]) -> None:
    assert list(differences(entry, as_json(work(entry)))) == []


@pytest.mark.parametrize(
    ("key", "entry", "expected"),
    [
        ("muted_tags", {"tag": "空", "tag_translation": "sky"}, ("空", "sky")),
        ("muted_tags", {"tag": "空", "tag_translation": ""}, ("空", None)),
        ("muted_users", {"user_id": 11, "user_name": "絵描き", "user_account": "painter",
                         "user_profile_image_urls": {"medium": "https://i.pximg.net/a"}}, (11, "絵描き")),
    ],
)  # fmt: skip
def test_muted_tags_and_users_may_be_flat(key: str, entry: dict[str, Any], expected: tuple[Any, ...]) -> None:
    item = parse_item(entry, key)
    assert isinstance(item, MutedTag | MutedUser)
    found = (item.tag.name, item.tag.translated_name) if isinstance(item, MutedTag) else (item.user.id, item.user.name)
    assert found == expected
    assert list(new_fields(normalized(entry, key), type(item))) == []


@pytest.mark.parametrize("name", ["total_view", "total_bookmarks", "total_comments", "series", "visible", "meta_pages",
                                  "meta_single_page", "is_bookmarked", "is_muted"])  # fmt: skip
def test_an_optional_field_may_be_missing(name: str) -> None:
    entry = illust()
    entry.pop(name, None)
    assert work(entry).id == 77


REQUIRED = ["id", "title", "type", "image_urls", "caption", "restrict", "user", "tags", "tools", "create_date",
            "page_count", "width", "height", "sanity_level", "x_restrict"]  # fmt: skip


@pytest.mark.parametrize("name", REQUIRED)
def test_an_illust_without_a_required_field_is_rejected_with_its_name(name: str) -> None:
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
def test_an_entry_becomes_the_item_of_its_key_and_is_not_modified(key: str, entry: Any, item_type: type) -> None:
    before = deepcopy(entry)
    item = parse_item(entry, key)
    assert type(item) is item_type
    assert entry == before
    assert list(differences(normalized(entry, key), as_json(item))) == []
    assert kind_of(key) == item.kind


def test_every_key_is_in_the_table_above() -> None:
    assert {key: item_type for key, _, item_type in ENTRIES} == ITEM_TYPES


@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
def test_new_fields_are_ignored(key: str, entry: Any, item_type: type) -> None:
    assert parse_item(entry | {"brand_new": {"deep": [1]}}, key) == parse_item(entry, key)


@pytest.mark.parametrize("value", [None, "x", 5, ["x"], {"x": 1}])
@pytest.mark.parametrize("name", sorted(OUR_FIELDS))
@pytest.mark.parametrize(("key", "entry"), [("illusts", illust()), ("novels", NOVEL)])
def test_a_field_from_pixiv_with_the_name_of_one_of_ours_is_ignored(
    key: str, entry: Any, name: str, value: Any
) -> None:
    assert parse_item(entry | {name: value}, key) == parse_item(entry, key)


@pytest.mark.parametrize("series", [{}, None])
def test_a_novel_without_a_series_has_none_in_every_listing(series: Any) -> None:
    novel = NOVEL | {"series": series}
    item = parse_item(novel, "novels")
    assert isinstance(item, Novel)
    assert item.series is None
    preview = parse_item(PREVIEW | {"novels": [NOVEL, novel]}, "user_previews")
    assert isinstance(preview, UserPreview)
    assert [novel.series and novel.series.id for novel in preview.novels or ()] == [9, None]


def test_a_bare_user_becomes_a_preview_without_works() -> None:
    preview = parse_item(illust()["user"], "users")
    assert isinstance(preview, UserPreview)
    assert preview.user.id == illust()["user"]["id"]
    assert (preview.illusts, preview.novels, preview.is_muted) == (None, None, None)


@pytest.mark.parametrize("novels", [{}, "x", [None], [5], [[]]])
def test_novels_of_another_shape_are_rejected_with_their_path(novels: Any) -> None:
    with pytest.raises(ParseError, match=r"at `\$\.novels"):
        parse_item(PREVIEW | {"novels": novels}, "user_previews")


@pytest.mark.parametrize(
    ("key", "entry", "context"),
    [
        ("comments", COMMENT, {"illust_id": 7}),
        ("comments", COMMENT, {"novel_id": 7, "parent_comment_id": 4}),
        ("bookmark_detail", BOOKMARK, {"illust_id": 7}),
    ],
)
def test_fields_that_the_response_omits_come_from_its_call(key: str, entry: Any, context: dict[str, Any]) -> None:
    item = parse_item(entry, key, context)
    assert {name: getattr(item, name) for name in context} == context
    assert all(getattr(item, name) is None for name in {"illust_id", "novel_id"} - context.keys())


def test_context_without_a_matching_field_is_ignored() -> None:
    assert parse_item(illust(), "illusts", {"illust_id": 7, "is_deleted": True}) == parse_item(illust(), "illusts")


def test_values_of_open_fields_are_exported_unchanged() -> None:
    entry = illust(request={"request_info": {"any": 1}}, event_banners=[{"any": 2}])
    assert work(entry).request == {"request_info": {"any": 1}}


def test_a_stamp_is_parsed_and_a_comment_of_a_deleted_user_has_no_user() -> None:
    stamp = {"stamp_id": 301, "stamp_url": "https://s.pximg.net/common/images/stamp/generated-stamps/301_s.jpg"}
    item = parse_item(COMMENT | {"comment": "", "stamp": stamp, "has_replies": True}, "comments")
    assert isinstance(item, Comment)
    assert as_json(item)["stamp"] == stamp
    assert item.user is None


def test_entries_of_another_key_need_a_spider_that_parses_them() -> None:
    with pytest.raises(ParseError, match="no item has entries of `polls`: override parse_entry in the spider"):
        parse_item({"id": 1}, "polls")
    assert kind_of("polls") == "polls"

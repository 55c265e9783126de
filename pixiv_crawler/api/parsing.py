"""JSON of the App API to typed items, one entry at a time, so that one bad entry spoils no other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

import msgspec

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.errors import BROKEN_JSON
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import (
    BookmarkDetail,
    BookmarkTag,
    Comment,
    Illust,
    IllustSeries,
    Item,
    Novel,
    NovelSeries,
    TrendingTag,
    UgoiraMetadata,
    UserDetail,
    UserPreview,
    WebviewNovel,
)

ItemT = TypeVar("ItemT")

# Made once: msgspec would look at the types anew in every call.
_decode = msgspec.json.Decoder().decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer of a listing."""

    entries: list[msgspec.Raw | bytes]
    """The entries as Pixiv sent them; one, when the answer is an object."""
    next_url: str | None
    """Address of the next listing; None at the end."""
    members: dict[str, msgspec.Raw]
    """The answer's top level as Pixiv sent it."""


def repaired(body: bytes) -> bytes | None:
    """JSON in which halves of surrogate pairs stand alone, with U+FFFD in their place; None when it is not just that.

    A text cut in the middle of an emoji is written so; strict decoders refuse the whole answer for it.
    """
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


def parse_listing(body: bytes, call: ApiCall) -> Listing:
    """Takes an answer apart without looking into its entries.

    Raises:
        ParseError: it is no JSON object with what the call asked for.
    """
    try:
        members = _decode_members(body)
        if call.entries_key:
            entries: list[msgspec.Raw | bytes] = [*_decode_entries(members[call.entries_key])]
        else:
            entries = [members[call.entry_key] if call.entry_key else body]
    except (*BROKEN_JSON, KeyError) as error:
        raise ParseError(f"the answer has no `{call.key}` that could be read ({error})") from error
    return Listing(entries, _next_url(members.get("next_url")), members)


def _next_url(raw: msgspec.Raw | None) -> str | None:
    """What is no text is told as the text it was sent as: a wrong address must not cost the entries beside it."""
    try:
        value = _decode(raw) if raw else None
    except BROKEN_JSON:
        value = raw
    return value if value is None or isinstance(value, str) else bytes(raw or b"").decode(errors="replace")


def parse_json(raw: bytes | msgspec.Raw) -> Any:
    """One entry, or an answer that is one object, as Python's own types.

    Raises:
        ParseError: it is no JSON.
    """
    try:
        return _decode(raw)
    except BROKEN_JSON as error:
        raise ParseError(str(error)) from error


ITEM_TYPES: dict[str, type[Any]] = {
    "illusts": Illust,
    "illust": Illust,
    "ranking_illusts": Illust,
    "novels": Novel,
    "novel": Novel,
    "ranking_novels": Novel,
    "user_previews": UserPreview,
    "bookmark_detail": BookmarkDetail,
    "bookmark_tags": BookmarkTag,
    "trend_tags": TrendingTag,
    "comments": Comment,
    "illust_series_detail": IllustSeries,
    "novel_series_detail": NovelSeries,
    "": UserDetail,
}
"""What an entry becomes, by the key under which an answer holds it; the whole answer is a user's."""


@cache
def kind_of(key: str) -> Any:
    """The kind of line that an entry under that key becomes."""
    return next(member.default for member in fields(ITEM_TYPES[key]) if member.name == "kind")


# Of what databases keep as a number; Pixiv's own IDs have nine digits.
_HIGHEST_ID = 2**63 - 1


def is_id(value: Any) -> bool:
    """Whether something can be filed under a value."""
    return type(value) is int and 0 <= value <= _HIGHEST_ID


def check_ids(entry: JsonObject) -> None:
    """Looks at the IDs of an entry and of its user before anything is filed under them.

    Raises:
        ParseError: one of them is a number that can be nobody's ID.
    """
    user = entry.get("user")
    for path, owner in (("$.id", entry), ("$.user.id", user if isinstance(user, dict) else {})):
        if isinstance(id_ := owner.get("id"), int) and not is_id(id_):
            raise ParseError(f"Expected an ID, got a number that is none - at `{path}`")


def parse_item(entry: JsonObject, key: str, context: JsonObject | None = None) -> Item:
    """An entry that an answer holds under that key; `context` are fields that the answer leaves out.

    Raises:
        ParseError: a field is missing or of the wrong type; the text names its path.
    """
    item_type = ITEM_TYPES[key]
    prepare = _PREPARED.get(item_type)
    item: Any = _convert(prepare(entry) if prepare else entry, item_type)
    for name, value in (context or {}).items():
        if name in item_type.__slots__:
            setattr(item, name, value)
    return item  # type: ignore[no-any-return]


def parse_ugoira_metadata(answer: JsonObject) -> UgoiraMetadata:
    """The answer of ugoira/metadata.

    Raises:
        ParseError: a field is missing or of the wrong type; the text names its path.
    """
    return _convert(answer.get("ugoira_metadata"), UgoiraMetadata)


def parse_webview_novel(page: bytes, novel_id: int) -> tuple[str, WebviewNovel]:
    """The text of a novel, and what else its reader page tells: JSON within a script.

    What looks the same elsewhere in the page, such as in a title, is told from it by the ID.

    Raises:
        ParseError: the page holds no novel.
    """
    html = page.decode(errors="replace")
    try:
        found = [_object_at(html, match.end()) for match in _NOVEL.finditer(html)]
    except RecursionError as error:
        raise ParseError(f"the reader page holds no novel ({error})") from error
    novels = [novel for novel in found if novel is not None]
    if not novels:
        raise ParseError("the reader page holds no novel")
    asked = [novel for novel in novels if str(novel.get("id")) == str(novel_id)]
    told = parse_json(repaired(json.dumps((asked or novels)[0]).encode()) or b"")
    text = told.pop("text", None)
    if not isinstance(text, str):
        raise ParseError("the reader page holds a novel without a text")
    return text, _convert(told, WebviewNovel)


_NOVEL = re.compile(r"\bnovel:\s*(?=\{)")


def _object_at(html: str, place: int) -> JsonObject | None:
    """The JSON object that begins there; None when it is none."""
    try:
        found, _ = json.JSONDecoder().raw_decode(html, place)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _prepared_novel(entry: JsonObject) -> JsonObject:
    """A novel without a series has an empty object in its place."""
    return entry | {"series": None} if entry.get("series") == {} else entry


def _prepared_preview(entry: JsonObject) -> JsonObject:
    novels = entry.get("novels")
    if not isinstance(novels, list):
        return entry
    return entry | {"novels": [_prepared_novel(novel) if isinstance(novel, dict) else novel for novel in novels]}


def _prepared_comment(entry: JsonObject) -> JsonObject:
    """Version 1, retired in 2024, has `{}` or the comment replied to."""
    parent = entry.get("parent_comment")
    return entry | {"parent_comment_id": parent.get("id")} if isinstance(parent, dict) and parent else entry


_PREPARED: dict[type[Any], Callable[[JsonObject], JsonObject]] = {
    Novel: _prepared_novel,
    UserPreview: _prepared_preview,
    Comment: _prepared_comment,
}


OUR_FIELDS = frozenset({"kind", "ugoira_metadata", "text", "webview", "file_urls", "files", "fetched_at", "source"})
"""Fields that we add to what Pixiv says."""


def _convert(entry: Any, item_type: type[ItemT]) -> ItemT:
    if isinstance(entry, dict) and not OUR_FIELDS.isdisjoint(entry):
        entry = {name: value for name, value in entry.items() if name not in OUR_FIELDS}
    try:
        return msgspec.convert(entry, item_type)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ParseError(str(error)) from error

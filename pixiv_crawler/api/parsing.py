"""Converts JSON of the App API to typed items, one entry at a time, so that an invalid entry does not affect others."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

import msgspec

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.classification import BROKEN_JSON
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import (
    BookmarkDetail,
    BookmarkTag,
    Comment,
    CommentStamp,
    Emoji,
    FollowDetail,
    Illust,
    IllustSeries,
    Item,
    MutedTag,
    MutedUser,
    Novel,
    NovelMarker,
    NovelSeries,
    TrendingTag,
    UgoiraMetadata,
    UserDetail,
    UserPreview,
    WatchlistSeries,
    WebviewNovel,
)

ItemT = TypeVar("ItemT")

# Created once: `msgspec.json.decode` would inspect the types in every call.
_decode = msgspec.json.Decoder().decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Listing:
    """One response of a listing."""

    entries: list[msgspec.Raw | bytes]
    """The entries as Pixiv sent them; a single one if the response is an object."""
    next_url: str | None
    """URL of the next listing; None at the end."""
    members: dict[str, msgspec.Raw]
    """The top level of the response as Pixiv sent it."""


# Pixiv's responses have about six levels; decoders give up at about a thousand.
_MAX_DEPTH = 100
_TEXT_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{\]}]', re.DOTALL)


def repaired(body: bytes) -> bytes | None:
    """The JSON without what strict decoders reject; None if that is not possible.

    Otherwise a single value would cost the entire response. Lone surrogates, which Pixiv writes when it truncates a
    text within an emoji, become U+FFFD. Texts take the place of NaN, of infinite numbers and of what is nested too
    deeply.
    """
    try:
        text = json.dumps(json.loads(_without_depths(body), parse_constant=str), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


def _without_depths(body: bytes) -> bytes:
    kept, start, depth = bytearray(), 0, 0
    for token in _TEXT_OR_BRACKET.finditer(body):
        if token[0] in (b"[", b"{"):
            depth += 1
            if depth == _MAX_DEPTH + 1:
                kept += body[start : token.start()] + b'"nested too deeply"'
        elif token[0] in (b"]", b"}"):
            if depth == _MAX_DEPTH + 1:
                start = token.end()
            depth -= 1
    return bytes(kept + body[start:])


def parse_listing(body: bytes, call: ApiCall) -> Listing:
    """Splits a response into entries without decoding them.

    Raises:
        ParseError: the body is not a JSON object that contains the requested list or object.
    """
    try:
        members = _decode_members(body)
        if call.entries_key:
            entries: list[msgspec.Raw | bytes] = [*_decode_entries(members[call.entries_key])]
        else:
            entries = [members[call.entry_key] if call.entry_key else body]
    except (*BROKEN_JSON, KeyError) as error:
        raise ParseError(f"the response contains no readable `{call.key}` ({error})") from error
    return Listing(entries, _next_url(members.get("next_url")), members)


def _next_url(raw: msgspec.Raw | None) -> str | None:
    """Any other value than a string is returned as its JSON text: an invalid URL must not invalidate the entries."""
    try:
        value = _decode(raw) if raw else None
    except BROKEN_JSON:
        value = raw
    return value if value is None or isinstance(value, str) else bytes(raw or b"").decode(errors="replace")


def parse_json(raw: bytes | msgspec.Raw) -> Any:
    """An entry, or a response that is one object, as built-in types.

    Raises:
        ParseError: it is not valid JSON.
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
    "users": UserPreview,
    "blocked_users": UserPreview,
    "bookmark_detail": BookmarkDetail,
    "bookmark_tags": BookmarkTag,
    "tags": BookmarkTag,
    "trend_tags": TrendingTag,
    "comments": Comment,
    "illust_series_detail": IllustSeries,
    "novel_series_detail": NovelSeries,
    "series": WatchlistSeries,
    "marked_novels": NovelMarker,
    "follow_detail": FollowDetail,
    "muted_tags": MutedTag,
    "muted_users": MutedUser,
    "emoji_definitions": Emoji,
    "stamps": CommentStamp,
    "": UserDetail,
}
"""Item types of entries, by the key of the list or object in the response; without a key, the response is a user."""


@cache
def kind_of(key: str) -> Any:
    """The `kind` of the item that an entry under that key becomes; the key itself if a spider has an item of its own for it."""
    item_type = ITEM_TYPES.get(key)
    return next(member.default for member in fields(item_type) if member.name == "kind") if item_type else key


# The largest integer that databases store; Pixiv's own IDs have nine digits.
_MAX_ID = 2**63 - 1


def is_id(value: Any) -> bool:
    """Whether a value is a valid ID."""
    return type(value) is int and 0 <= value <= _MAX_ID


def check_ids(entry: JsonObject) -> None:
    """Checks the IDs of an entry and of its user before anything is stored under them.

    Raises:
        ParseError: one of them is a number outside the range of IDs.
    """
    user = entry.get("user")
    for path, owner in (("$.id", entry), ("$.user.id", user if isinstance(user, dict) else {})):
        if isinstance(id_ := owner.get("id"), int) and not is_id(id_):
            raise ParseError(f"Expected an ID, got a number out of range - at `{path}`")


def normalized(entry: JsonObject, key: str) -> JsonObject:
    """An entry with the fields of its item type: some listings contain only users or tags, or the parts of these."""
    if key in ("users", "blocked_users"):
        return {"user": entry}
    if key == "muted_tags" and isinstance(entry.get("tag"), str):
        return {"tag": {"name": entry["tag"], "translated_name": entry.get("tag_translation") or None}}
    if key == "muted_users" and "user" not in entry:
        return {"user": {name.removeprefix("user_"): value for name, value in entry.items()}}
    return entry


def parse_item(entry: JsonObject, key: str, context: JsonObject | None = None) -> Item:
    """Converts an entry under that key of a response; `context` contains fields that the response omits.

    Raises:
        ParseError: a field is missing or has the wrong type, and the message names its path; or the key is not known.
    """
    item_type = ITEM_TYPES.get(key)
    if item_type is None:
        raise ParseError(f"no item has entries of `{key}`: override parse_entry in the spider")
    prepare, entry = _PREPARED.get(item_type), normalized(entry, key)
    item: Any = _convert(prepare(entry) if prepare else entry, item_type)
    for name, value in (context or {}).items():
        if name in item_type.__slots__:
            setattr(item, name, value)
    parsed: Item = item
    return parsed


def parse_ugoira_metadata(response: JsonObject) -> UgoiraMetadata:
    """Converts a response of ugoira/metadata.

    Raises:
        ParseError: a field is missing or has the wrong type; the message names its path.
    """
    return _convert(response.get("ugoira_metadata"), UgoiraMetadata)


def parse_webview_novel(page: bytes, novel_id: int) -> tuple[str, WebviewNovel]:
    """The text of a novel and the other data in its reader page: JSON within a script.

    The ID distinguishes it from lookalikes elsewhere in the page, such as in a title.

    Raises:
        ParseError: the page contains no novel.
    """
    html = page.decode(errors="replace")
    try:
        found = [_object_at(html, match.end()) for match in _NOVEL.finditer(html)]
    except RecursionError as error:
        raise ParseError(f"the reader page contains no novel ({error})") from error
    novels = [novel for novel in found if novel is not None]
    if not novels:
        raise ParseError("the reader page contains no novel")
    matching = [novel for novel in novels if str(novel.get("id")) == str(novel_id)]
    data = parse_json(repaired(json.dumps((matching or novels)[0]).encode()) or b"")
    text = data.pop("text", None)
    if not isinstance(text, str):
        raise ParseError("the reader page contains a novel without text")
    return text, _convert(data, WebviewNovel)


def parse_web_novel(response: bytes, novel_id: int) -> tuple[str, WebviewNovel]:
    """The same, in a response of the website (see api/website).

    Raises:
        ParseError: it contains no novel.
    """
    reader = parse_json(response)
    return reader["text"], _convert(reader["webview"], WebviewNovel)


_NOVEL = re.compile(r"\bnovel:\s*(?=\{)")


def _object_at(html: str, position: int) -> JsonObject | None:
    """The JSON object that begins at that position; None if there is none."""
    try:
        found, _ = json.JSONDecoder().raw_decode(html, position)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _prepared_novel(entry: JsonObject) -> JsonObject:
    """Pixiv sends an empty object as the series of a novel that belongs to none."""
    return entry | {"series": None} if entry.get("series") == {} else entry


def _prepared_preview(entry: JsonObject) -> JsonObject:
    novels = entry.get("novels")
    if not isinstance(novels, list):
        return entry
    return entry | {"novels": [_prepared_novel(novel) if isinstance(novel, dict) else novel for novel in novels]}


def _prepared_marker(entry: JsonObject) -> JsonObject:
    novel = entry.get("novel")
    return entry | {"novel": _prepared_novel(novel)} if isinstance(novel, dict) else entry


_PREPARED: dict[type[Any], Callable[[JsonObject], JsonObject]] = {
    NovelMarker: _prepared_marker,
    Novel: _prepared_novel,
    UserPreview: _prepared_preview,
}


OUR_FIELDS = frozenset({"kind", "ugoira_metadata", "text", "webview", "file_urls", "files", "fetched_at", "source"})
"""Item fields that Pixiv does not send."""


def _convert(entry: Any, item_type: type[ItemT]) -> ItemT:
    if isinstance(entry, dict) and not OUR_FIELDS.isdisjoint(entry):
        entry = {name: value for name, value in entry.items() if name not in OUR_FIELDS}
    try:
        return msgspec.convert(entry, item_type)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ParseError(str(error)) from error

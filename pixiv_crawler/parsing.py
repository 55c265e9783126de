"""JSON of the App API to typed items, one entry at a time, so that one bad entry spoils no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from pixiv_crawler.api.call import JsonObject
from pixiv_crawler.api.enums import FileSize, UnavailableReason
from pixiv_crawler.api.errors import BROKEN_JSON
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import Comment, Illust, UgoiraMetadata, UserDetail

ItemT = TypeVar("ItemT")

# Made once: msgspec would look at the types anew in every call.
_decode = msgspec.json.Decoder().decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer of a listing."""

    entries: list[msgspec.Raw]
    """The entries as Pixiv sent them."""
    next_url: str | None
    """Address of the next listing; None at the end."""


def repaired(body: bytes) -> bytes | None:
    """JSON in which halves of surrogate pairs stand alone, with U+FFFD in their place; None when it is not just that.

    A text cut in the middle of an emoji is written so; strict decoders refuse the whole answer for it.
    """
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


def parse_listing(body: bytes, entries_key: str) -> Listing:
    """Takes an answer apart without looking into its entries.

    Raises:
        ParseError: it is no JSON object with that list.
    """
    try:
        members = _decode_members(body)
        entries = _decode_entries(members[entries_key])
        next_url = msgspec.json.decode(members.get("next_url", b"null"), type=str | None)
    except (*BROKEN_JSON, KeyError) as error:
        raise ParseError(f"the answer is no listing of `{entries_key}` ({error})") from error
    return Listing(entries, next_url)


def parse_json(raw: bytes | msgspec.Raw) -> Any:
    """One entry, or an answer that is one object, as Python's own types.

    Raises:
        ParseError: it is no JSON.
    """
    try:
        return _decode(raw)
    except BROKEN_JSON as error:
        raise ParseError(str(error)) from error


def parse_illust(entry: JsonObject) -> Illust:
    """An entry of any listing of illusts, or the `illust` of a detail.

    Raises:
        ParseError: a field is missing or of the wrong type; the text names its path.
    """
    return _convert(entry, Illust)


def parse_user_detail(answer: JsonObject) -> UserDetail:
    """The answer of user/detail.

    Raises:
        ParseError: a field is missing or of the wrong type; the text names its path.
    """
    return _convert(answer, UserDetail)


def parse_comment(entry: JsonObject) -> Comment:
    """An entry of a listing of comments, of any version.

    Raises:
        ParseError: a field is missing or of the wrong type; the text names its path.
    """
    comment = _convert(entry, Comment)
    parent = entry.get("parent_comment")  # version 1, retired in 2024: `{}` or the comment replied to
    if isinstance(parent, dict) and parent:
        comment.parent_comment_id = parent.get("id")
    return comment


def parse_ugoira_metadata(answer: JsonObject) -> UgoiraMetadata:
    """The answer of ugoira/metadata.

    Raises:
        ParseError: a field is missing or of the wrong type; the text names its path.
    """
    return _convert(answer.get("ugoira_metadata"), UgoiraMetadata)


# Fields that we add to what Pixiv says.
_OUR_FIELDS = frozenset({"kind", "ugoira_metadata", "file_urls", "files", "fetched_at", "source"})


def _convert(entry: Any, item_type: type[ItemT]) -> ItemT:
    if isinstance(entry, dict) and not _OUR_FIELDS.isdisjoint(entry):
        entry = {name: value for name, value in entry.items() if name not in _OUR_FIELDS}
    try:
        return msgspec.convert(entry, item_type)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ParseError(str(error)) from error


# Pixiv shows works that it withholds as pictures of these names (s.pximg.net/common/images/limit_NAME_360.png).
_LIMITS = {
    "limit_sanity_level": UnavailableReason.SANITY_LEVEL,
    # Not viewable in the app; seen for the same works as the one above.
    "limit_unviewable": UnavailableReason.SANITY_LEVEL,
    "limit_mypixiv": UnavailableReason.MYPIXIV,
    "limit_r18": UnavailableReason.R18_HIDDEN,
    # Deleted or private: the answer does not tell which.
    "limit_unknown": UnavailableReason.UNKNOWN,
}


def unavailable(entry: JsonObject) -> tuple[UnavailableReason, JsonObject] | None:
    """Why Pixiv withholds the work of an entry, and what in it says so; None for a work that is shown."""
    user, image = _user_id(entry), _image(entry)
    limited = "/common/images/limit_" in image
    if not limited and user != 0 and entry.get("visible") is not False:
        return None
    evidence = {"visible": entry.get("visible"), "user_id": user, "image": image}
    for name, reason in _LIMITS.items():
        if f"/common/images/{name}" in image:
            return reason, evidence
    return (UnavailableReason.DELETED if user == 0 else UnavailableReason.UNKNOWN), evidence


def _user_id(entry: JsonObject) -> Any:
    user = entry.get("user")
    return user.get("id") if isinstance(user, dict) else None


def _image(entry: JsonObject) -> str:
    for member, key in (("meta_single_page", "original_image_url"), ("image_urls", "large")):
        urls = entry.get(member)
        if isinstance(urls, dict) and isinstance(urls.get(key), str):
            return str(urls[key])
    return ""


def new_fields(entry: JsonObject, item_type: type) -> Iterator[str]:
    """Fields of an entry that its item does not know, by their path, such as `illust.user.badge`.

    A new name may come more than once.
    """
    shape = _shape(item_type)
    return iter(()) if _is_known(entry, shape) else _new_fields(entry, shape, item_type.__name__.lower())


Shape = tuple[frozenset[str], tuple[tuple[str, Any], ...]]
# Fields of version 1 of the comments, which `parse_comment` reads itself.
_READ_ELSEWHERE = {Comment: {"parent_comment"}}


@cache
def _shape(item_type: type) -> Shape:
    """The names that an item knows, and the shapes of the objects and lists of objects in it."""
    hints = get_type_hints(item_type)
    names = {member.name for member in fields(item_type)} | _READ_ELSEWHERE.get(item_type, set())  # type: ignore[arg-type]
    names -= _OUR_FIELDS
    nested = ((name, _nested_type(hint)) for name, hint in hints.items() if name in names)
    return frozenset(names), tuple((name, _shape(inner)) for name, inner in nested if inner)


def _nested_type(hint: Any) -> Any:
    """The dataclass that a type is, may be, or lists; None when there is none."""
    if is_dataclass(hint):
        return hint
    if get_origin(hint) in (list, Union, UnionType):
        return next((inner for inner in map(_nested_type, get_args(hint)) if inner), None)
    return None


def _is_known(entry: JsonObject, shape: Shape) -> bool:
    """Whether nothing in an entry is new: nearly always so, and told in half the time that the paths would take."""
    names, nested = shape
    if not names.issuperset(entry):
        return False
    for name, inner in nested:
        value = entry.get(name)
        if isinstance(value, dict):
            if not _is_known(value, inner):
                return False
        elif isinstance(value, list):
            for member in value:
                if not _is_known(member, inner):
                    return False
    return True


def _new_fields(entry: Any, shape: Shape, path: str) -> Iterator[str]:
    names, nested = shape
    if not entry.keys() <= names:
        yield from (f"{path}.{name}" for name in entry.keys() - names)
    for name, inner in nested:
        value = entry.get(name)
        if isinstance(value, dict):
            yield from _new_fields(value, inner, f"{path}.{name}")
        elif isinstance(value, list):
            for member in value:
                yield from _new_fields(member, inner, f"{path}.{name}")


# A pattern, because taking each address apart would cost more than decoding the whole listing.
_ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?(/|$)", re.IGNORECASE)


def file_urls(illust: Illust, size: FileSize) -> list[str]:
    """Addresses of a work's images in one size, in page order; an animation's stand for its frames.

    There are fewer than `page_count` when Pixiv names no address for a page, or none that can be asked.
    """
    if size is FileSize.NONE:
        return []
    if illust.meta_pages:
        urls = [getattr(page.image_urls, size) for page in illust.meta_pages]
    elif size is FileSize.ORIGINAL:
        urls = [illust.meta_single_page.get("original_image_url")]
    else:
        urls = [getattr(illust.image_urls, size)]
    return [url for url in urls if url and _ADDRESS.match(url)]

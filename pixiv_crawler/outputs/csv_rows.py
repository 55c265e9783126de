"""An item as the cells of one row of a spreadsheet: flat, in words a person can read (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from itemadapter import ItemAdapter

from pixiv_crawler.items import Illust, Item, Novel

Cell = str | int | float
"""What is in a cell; empty for what Pixiv did not say."""

# What a sheet begins with, so that its first columns tell what a row is.
_FIRST = ("kind", "id", "url", "title", "type", "user_id", "user_name", "user_account", "tags", "create_date")
# Of no use in a cell: addresses of small pictures, decoration, and texts longer than the 32,767 characters of a cell.
_LEFT_OUT = frozenset(
    {"image_urls", "meta_single_page", "meta_pages", "profile_image_urls", "cover_image_urls", "ugoira_metadata",
     "seasonal_effect_animation_urls", "event_banners", "request", "text", "webview"}
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What begins a formula; a Japanese Excel takes the wide ones, too."""
# Of the objects in a list one field is told: the first of these that they have.
_TELLING = ("name", "path", "id")


def columns_of(item: Any) -> list[str]:
    """The columns of a sheet that begins with an item: those of its kind, then those of all other kinds that a crawl exports.

    Of an item that is none of ours, there are its own only.
    """
    kinds = get_args(Item) if isinstance(item, Item) else ()
    names = dict.fromkeys([*row_of(item), *(name for kind in kinds for name in _columns(kind))])
    return [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]


def _columns(kind: type[Item]) -> Iterator[str]:
    yield from (name for name, _ in _empty(kind, ""))
    if kind in (Illust, Novel):
        yield "url"
    if kind is Illust:
        yield "image_urls"


def row_of(item: Any) -> dict[str, Cell]:
    """The cells of an item, by the names of their columns.

    Nested objects become columns of their own, `user.name` is `user_name`; the work of a trending tag is its URL. Tags are
    joined by blanks, other lists by "; ".
    """
    cells: dict[str, Cell] = {}
    if isinstance(item, Illust | Novel):
        cells |= dict.fromkeys(_FIRST, "")
        cells["url"] = _page_url(item)
    cells |= _flat(item, "")
    if isinstance(item, Illust):
        cells["image_urls"] = "; ".join(_originals(item))
    return {name: safe(value) for name, value in cells.items()}


def _page_url(work: Illust | Novel) -> str:
    page = f"artworks/{work.id}" if isinstance(work, Illust) else f"novel/show.php?id={work.id}"
    return f"https://www.pixiv.net/{page}"


def _originals(work: Illust) -> Iterator[str]:
    yield from work.meta_single_page.values()
    yield from (page.image_urls.original or page.image_urls.large for page in work.meta_pages)


def _flat(part: Any, prefix: str) -> Iterator[tuple[str, Cell]]:
    own: Any = type(part)
    nested = _nested(own) if is_dataclass(part) else {}
    for name, value in ItemAdapter(part).items():
        if value is None and name in nested:
            yield from _empty(nested[name], f"{prefix}{name}_")
        elif not (is_dataclass(part) and name in _LEFT_OUT):
            yield from _cells(f"{prefix}{name}", value, is_open=not is_dataclass(part))


@cache
def _nested(item_class: Any) -> dict[str, Any]:
    """The fields of a class that hold an object of another, or None."""
    try:
        hints = {name: hint for name, hint in get_type_hints(item_class).items() if name not in _LEFT_OUT}
    except NameError:  # a class of somebody else's, whose hints only a type checker can see
        return {}
    options = {
        name: [one for one in (hint, *get_args(hint)) if is_dataclass(one) and one is not Illust]
        for name, hint in hints.items()
    }
    return {name: found[0] for name, found in options.items() if found and get_origin(hints[name]) is not list}


def _empty(item_class: Any, prefix: str) -> Iterator[tuple[str, Cell]]:
    """The cells of an object that is not there: as many as of one that is."""
    nested = _nested(item_class)
    for name in item_class.__dataclass_fields__:
        if name in nested:
            yield from _empty(nested[name], f"{prefix}{name}_")
        elif name not in _LEFT_OUT:
            yield f"{prefix}{name}", ""


def _cells(name: str, value: Any, *, is_open: bool) -> Iterator[tuple[str, Cell]]:
    """The cells of one field. A mapping in one of our items has whatever keys Pixiv sends, and is one cell."""
    if isinstance(value, Illust | Novel):
        yield name, _page_url(value)
    elif ItemAdapter.is_item(value) and (is_open or not isinstance(value, Mapping)):
        yield from _flat(value, f"{name}_")
    else:
        yield name, _cell(value, " " if name == "tags" else "; ")


def _cell(value: Any, between: str) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple | set | frozenset):
        return between.join(str(_cell(_told(one), ", ")) for one in value if not _has_failed(one))
    if ItemAdapter.is_item(value):
        return _cell(ItemAdapter(value).asdict(), between)
    return str(value)


def _mapping(value: Mapping[Any, Any]) -> str:
    """Plain values as `key=value`; what is nested deeper, such as a rejected entry, as JSON, which programs can read back."""
    if any(isinstance(inner, Mapping | list) for inner in value.values()):
        return msgspec.json.encode(value, enc_hook=lambda inner: ItemAdapter(inner).asdict()).decode()
    return "; ".join(f"{key}={_cell(inner, '')}" for key, inner in value.items())


def _told(value: Any) -> Any:
    """Of an object in a list what tells it."""
    if not ItemAdapter.is_item(value):
        return value
    fields = ItemAdapter(value)
    return next((fields[name] for name in _TELLING if name in fields.field_names()), value)


def _has_failed(value: Any) -> bool:
    return getattr(value, "status", None) == "failed"


def safe(value: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula is shown as text by an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

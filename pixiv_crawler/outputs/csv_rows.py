"""Converts an item to the cells of one CSV row: flat and readable (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from itemadapter import ItemAdapter

from pixiv_crawler.items import Illust, Item, Novel

Cell = str | int | float
"""The value of a cell; empty if Pixiv did not send one."""

# The first columns, so that a reader can identify each row.
_FIRST = ("kind", "id", "url", "title", "type", "user_id", "user_name", "user_account", "tags", "create_date")
# Fields without a column, because they are not useful in a cell: thumbnail URLs, decoration, and texts that may exceed
# the 32,767 characters of a cell.
_LEFT_OUT = frozenset(
    {"image_urls", "meta_single_page", "meta_pages", "profile_image_urls", "cover_image_urls", "ugoira_metadata",
     "seasonal_effect_animation_urls", "event_banners", "request", "text", "webview"}
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Characters that start a formula; a Japanese Excel also accepts the full-width ones."""
# An object in a list is represented by one field: the first of these that it has.
_IDENTIFYING = ("name", "path", "id")


def columns_of(item: Any) -> list[str]:
    """The columns of a file whose first item is `item`: its own, then those of all other item types that a crawl exports.

    An item of a foreign class has only its own columns.
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
    """The cells of an item, by column name.

    Nested objects become separate columns: `user.name` is `user_name`. The work of a trending tag, and the novel of a
    marker, is represented by its URL. Tags are joined by spaces, other lists by "; ".
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
    """The fields of a class whose value is an object of another class, or None."""
    try:
        hints = {name: hint for name, hint in get_type_hints(item_class).items() if name not in _LEFT_OUT}
    except NameError:  # a foreign class whose hints are imported for type checkers only
        return {}
    options = {
        name: [one for one in (hint, *get_args(hint)) if is_dataclass(one) and one not in (Illust, Novel)]
        for name, hint in hints.items()
    }
    return {name: found[0] for name, found in options.items() if found and get_origin(hints[name]) is not list}


def _empty(item_class: Any, prefix: str) -> Iterator[tuple[str, Cell]]:
    """The empty cells of a missing object: the same columns as for an existing one."""
    nested = _nested(item_class)
    for name in item_class.__dataclass_fields__:
        if name in nested:
            yield from _empty(nested[name], f"{prefix}{name}_")
        elif name not in _LEFT_OUT:
            yield f"{prefix}{name}", ""


def _cells(name: str, value: Any, *, is_open: bool) -> Iterator[tuple[str, Cell]]:
    """The cells of one field. A mapping in one of our items has arbitrary keys, so it becomes one cell."""
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
        return between.join(str(_cell(_identifier(one), ", ")) for one in value if not _has_failed(one))
    if ItemAdapter.is_item(value):
        return _cell(ItemAdapter(value).asdict(), between)
    return str(value)


def _mapping(value: Mapping[Any, Any]) -> str:
    """Plain values as `key=value`; nested values, such as a rejected entry, as JSON, which programs can parse."""
    if any(isinstance(inner, Mapping | list) for inner in value.values()):
        return msgspec.json.encode(value, enc_hook=lambda inner: ItemAdapter(inner).asdict()).decode()
    return "; ".join(f"{key}={_cell(inner, '')}" for key, inner in value.items())


def _identifier(value: Any) -> Any:
    """The value that represents an object in a list."""
    if not ItemAdapter.is_item(value):
        return value
    fields = ItemAdapter(value)
    return next((fields[name] for name in _IDENTIFYING if name in fields.field_names()), value)


def _has_failed(value: Any) -> bool:
    return getattr(value, "status", None) == "failed"


def safe(value: Cell) -> Cell:
    """Prefixes a text that a spreadsheet would run as a formula with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

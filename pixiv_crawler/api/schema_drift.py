"""Finds fields and values that are not known: Pixiv adds them without notice, several times a year."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pixiv_crawler.api.call import JsonObject
from pixiv_crawler.api.enums import ILLUST_TYPES, RATINGS, Restrict
from pixiv_crawler.api.parsing import OUR_FIELDS
from pixiv_crawler.items import BookmarkDetail, Illust, Item, Novel


def new_fields(entry: JsonObject, item_type: type) -> Iterator[str]:
    """Paths of the fields of an entry that its item type does not define, such as `illust.user.badge`.

    The same path may occur more than once.
    """
    shape = _shape(item_type)
    return iter(()) if _is_known(entry, shape) else _new_fields(entry, shape, item_type.__name__.lower())


_AI_TYPES = (None, 0, 1, 2)
# The fields whose values decide how an item is treated, with the values that are known.
_KNOWN_VALUES: dict[type, dict[str, tuple[int | str | None, ...]]] = {
    Illust: {"type": ILLUST_TYPES, "x_restrict": RATINGS, "illust_ai_type": _AI_TYPES},
    Novel: {"x_restrict": RATINGS, "novel_ai_type": _AI_TYPES},
    BookmarkDetail: {"restrict": (None, *Restrict)},
}
# A value of any length would be part of the name of a stat.
_LONGEST_VALUE = 50


def new_values(item: Item) -> Iterator[str]:
    """The values of an item that are not known, such as `illust.type=collage`."""
    for name, known in _KNOWN_VALUES.get(type(item), {}).items():
        if (value := getattr(item, name)) not in known:
            yield f"{item.kind}.{name}={str(value)[:_LONGEST_VALUE]}"


Shape = tuple[frozenset[str], tuple[tuple[str, Any], ...]]


@cache
def _shape(item_type: type) -> Shape:
    """The field names of an item type, and the shapes of its nested objects and lists of objects."""
    hints = get_type_hints(item_type)
    names = {member.name for member in fields(item_type)} - OUR_FIELDS
    nested = ((name, _nested_type(hint)) for name, hint in hints.items() if name in names)
    return frozenset(names), tuple((name, _shape(inner)) for name, inner in nested if inner)


def _nested_type(hint: Any) -> Any:
    """The dataclass that a type is, or that is a member of a union or list type; None if there is none."""
    if is_dataclass(hint):
        return hint
    if get_origin(hint) in (list, Union, UnionType):
        return next((inner for inner in map(_nested_type, get_args(hint)) if inner), None)
    return None


def _is_known(entry: JsonObject, shape: Shape) -> bool:
    """Whether an entry has no new fields: nearly always true, and twice as fast to check as collecting the paths."""
    names, nested = shape
    if not names.issuperset(entry):
        return False
    for name, inner in nested:
        value = entry.get(name)
        if isinstance(value, dict):
            if not _is_known(value, inner):
                return False
        elif isinstance(value, list):
            for member in filter(_is_object, value):
                if not _is_known(member, inner):
                    return False
    return True


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _new_fields(entry: Any, shape: Shape, path: str) -> Iterator[str]:
    names, nested = shape
    if not entry.keys() <= names:
        yield from (f"{path}.{name}" for name in entry.keys() - names)
    for name, inner in nested:
        value = entry.get(name)
        if isinstance(value, dict):
            yield from _new_fields(value, inner, f"{path}.{name}")
        elif isinstance(value, list):
            for member in filter(_is_object, value):
                yield from _new_fields(member, inner, f"{path}.{name}")

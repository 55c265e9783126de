"""Finds fields that the items do not define: Pixiv adds fields without notice, several times a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pixiv_crawler.api.call import JsonObject
from pixiv_crawler.api.parsing import OUR_FIELDS
from pixiv_crawler.items import Comment


def new_fields(entry: JsonObject, item_type: type) -> Iterator[str]:
    """Paths of the fields of an entry that its item type does not define, such as `illust.user.badge`.

    The same path may occur more than once.
    """
    shape = _shape(item_type)
    return iter(()) if _is_known(entry, shape) else _new_fields(entry, shape, item_type.__name__.lower())


Shape = tuple[frozenset[str], tuple[tuple[str, Any], ...]]
# Fields of version 1 of the comments, which `parse_item` handles.
_READ_BY_PARSER = {Comment: {"parent_comment"}}


@cache
def _shape(item_type: type) -> Shape:
    """The field names of an item type, and the shapes of its nested objects and lists of objects."""
    hints = get_type_hints(item_type)
    names = {member.name for member in fields(item_type)} | _READ_BY_PARSER.get(item_type, set())  # type: ignore[arg-type]  # they are all dataclasses
    names -= OUR_FIELDS
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

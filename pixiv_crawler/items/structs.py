"""Structs with the fields of items: msgspec decodes them in half the time of dataclasses."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec


def struct_of(item_class: Any, *, forbid_unknown_fields: bool = False) -> type[msgspec.Struct]:
    """A struct with the fields of an item, or of a part of one; unknown fields of its parts are always ignored."""
    types = get_type_hints(item_class, include_extras=True)
    defaults = {
        field.name: msgspec.field(default_factory=field.default_factory)
        if field.default_factory is not MISSING
        else msgspec.field(default=msgspec.NODEFAULT if field.default is MISSING else field.default)
        for field in fields(item_class)
    }
    return msgspec.defstruct(
        item_class.__name__,
        [(name, _with_structs(types[name]), default) for name, default in defaults.items()],
        kw_only=True,
        gc=False,
        forbid_unknown_fields=forbid_unknown_fields,
    )


def _with_structs(type_: Any) -> Any:
    """A type with structs in place of dataclasses."""
    if is_dataclass(type_):
        return struct_of(type_)
    arguments = get_args(type_)
    if (replaced := tuple(map(_with_structs, arguments))) == arguments:
        return type_
    origin = get_origin(type_)
    return Union[replaced] if origin in (UnionType, Union) else origin[replaced]  # noqa: UP007 - of any number of types

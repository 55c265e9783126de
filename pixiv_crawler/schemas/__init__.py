"""JSON Schemas of the exported items, generated from the item classes and their field docstrings.

`python -m pixiv_crawler.schemas` writes the JSON files in this folder, for programs that do not use Python.
"""

import ast
import inspect
import itertools
from pathlib import Path
from typing import Any, get_args

import msgspec

from pixiv_crawler import items
from pixiv_crawler.items import Item

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(item_class: type[Any]) -> dict[str, Any]:
    """The JSON Schema of one kind of item.

    A line contains all fields (null if Pixiv sent no value) and no others.
    """
    schema = msgspec.json.schema(item_class)
    for name, shape in schema["$defs"].items():
        nested = getattr(items, name)
        meanings = _meanings(nested)
        for field, member in shape["properties"].items():
            member["description"] = meanings[field]
            member.pop("default", None)
        shape["required"] = list(shape["properties"])
        shape["additionalProperties"] = False
    return {"$schema": DIALECT, **schema}


def _meanings(item_class: type[Any]) -> dict[str, str]:
    """The docstring below each field of a class."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(item_class)).body if isinstance(node, ast.ClassDef))
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def schemas() -> dict[str, bytes]:
    """File name and content of all schemas."""
    return {f"{_kind(item_class)}.json": _pretty(schema_of(item_class)) for item_class in get_args(Item)}


def _kind(item_class: Any) -> str:
    return str(item_class.__dataclass_fields__["kind"].default)


def _pretty(schema: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def write_schemas(folder: Path) -> None:
    """Writes all schemas into a folder."""
    for name, content in schemas().items():
        (folder / name).write_bytes(content)

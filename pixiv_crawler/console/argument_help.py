"""Describes arguments that are passed with `-a NAME=VALUE`, for a terminal."""

import textwrap
from collections.abc import Iterator
from typing import Any


def described(args: Any) -> Iterator[str]:
    """The arguments of a pydantic model, each with its type, default and meaning."""
    schema = args.model_json_schema()
    yield "Arguments (-a NAME=VALUE):"
    for name, field in args.model_fields.items():
        yield _argument(name, schema["properties"][name], schema, field.description or "")


def _argument(name: str, shape: dict[str, Any], schema: dict[str, Any], meaning: str) -> str:
    default = shape.get("default")
    if isinstance(default, list):
        default = ",".join(map(str, default))
    elif isinstance(default, bool):
        default = str(default).lower()
    requirement = (
        "required" if name in schema.get("required", []) else "" if default is None else f"default: {default}"
    )
    type_ = f"{_type(shape, schema)}{'; ' * bool(requirement)}{requirement}"
    return textwrap.fill(f"  {name} ({type_}): {meaning}", 100, subsequent_indent="      ")


def _type(shape: dict[str, Any], schema: dict[str, Any]) -> str:
    shape = next((kind for kind in shape.get("anyOf", []) if kind.get("type") != "null"), shape)
    if "$ref" in shape:
        shape = schema["$defs"][shape["$ref"].rpartition("/")[2]]
    if "enum" in shape:
        return f"one of {', '.join(map(str, shape['enum']))}"
    if shape.get("type") == "array":
        type_ = _type(shape["items"], schema)
        return type_.replace("one of ", "some of ", 1) if type_.startswith("one of ") else f"list: {type_}"
    return {"integer": "number", "boolean": "true or false"}.get(shape["type"], str(shape.get("format", "text")))

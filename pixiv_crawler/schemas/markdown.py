"""The fields of all lines as Markdown, for the page that analysts read; made from the schemas, which are made from the items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pixiv_crawler import items
from pixiv_crawler.items import Item
from pixiv_crawler.schemas import schema_of

BEGIN = "<!-- fields: made by python -m pixiv_crawler.schemas of the docstrings in pixiv_crawler/items -->\n"
END = "<!-- end of fields -->\n"


def write_fields(page: Path) -> None:
    """Writes the fields between the marks of a page, in place of those that are there.

    Raises:
        ValueError: the page does not have each mark once.
    """
    before, _, after = parts_of(page)
    page.write_text(before + fields() + after, "utf-8")


def parts_of(page: Path) -> tuple[str, str, str]:
    """A page up to the fields, the fields, and what comes after them.

    Raises:
        ValueError: the page does not have each mark once.
    """
    before, rest = page.read_text("utf-8").split(BEGIN)
    old, after = rest.split(END)
    return before + BEGIN, old, END + after


def fields() -> str:
    """A section for each kind of line, then one for each object that lines hold."""
    schemas = [schema_of(item_class) for item_class in get_args(Item)]
    shapes = {name: shape for schema in schemas for name, shape in schema["$defs"].items()}
    outer = [name for name, shape in shapes.items() if "kind" in shape["properties"]]
    inner = [name for name in shapes if name not in outer]
    return "".join(f"\n{section}\n" for name in (*outer, *inner) for section in _sections(name, shapes[name]))


def _sections(name: str, shape: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield _told(shape["description"])
    members = shape["properties"]
    in_line_order = [(field, members[field]) for field in getattr(items, name).__dataclass_fields__]
    rows = [f"| `{field}` | {_type(one)} | {_told(one['description'])} |" for field, one in in_line_order]
    yield "\n".join(["| field | type | meaning |", "|---|---|---|", *rows])


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"anyOf": [one, {"type": "null"}]}:
            return f"{_type(one)} or null"
        case {"enum": values}:
            return " or ".join(f'`"{value}"`' for value in values)
        case {"$ref": address}:
            name = address.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"type": "array", **rest}:
            return f"list of {_type(rest.get('items', {}))}"
        case {"type": "object", "additionalProperties": inner}:
            return f"object of {_type(inner)}"
        case {"type": str(plain)}:
            return {"string": "text"}.get(plain, plain)
    return "JSON"


def _told(docstring: str) -> str:
    """A docstring as one line of Markdown, in JSON's words."""
    line = re.sub(r"\s*\n\s*", " ", docstring).replace("|", r"\|")
    return re.sub(r"\bFalse\b", "false", re.sub(r"\bTrue\b", "true", re.sub(r"\bNone\b", "null", line)))

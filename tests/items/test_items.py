from __future__ import annotations

import ast
import dataclasses
import inspect
from pathlib import Path
from typing import Any, get_args

import pytest

from pixiv_crawler import items

SOURCES = sorted(Path(items.__file__).parent.glob("*.py"))
TREE = {
    node.name: node
    for source in SOURCES
    for node in ast.parse(source.read_text("utf-8")).body
    if isinstance(node, ast.ClassDef)
}
CLASSES = [value for _, value in inspect.getmembers(items, dataclasses.is_dataclass)]
EXPORTED = get_args(items.Item)
NAMES = {item_class.__name__: item_class for item_class in CLASSES}


def undocumented(node: ast.ClassDef) -> list[str]:
    """The fields without a docstring below them."""
    names = []
    for statement, following in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
        if isinstance(statement, ast.AnnAssign):
            text = following.value.value if _is_text(following) else ""
            if not text.strip().endswith("."):
                names.append(ast.unparse(statement.target))
    return names


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def test_every_class_is_exported_by_the_package() -> None:
    assert set(NAMES) == set(TREE)
    assert set(EXPORTED) <= set(CLASSES)


@pytest.mark.parametrize("name", NAMES)
def test_every_class_and_every_field_has_a_docstring(name: str) -> None:
    assert ast.get_docstring(TREE[name])
    assert undocumented(TREE[name]) == []


def test_a_field_without_a_docstring_is_found() -> None:
    node = ast.parse("class A:\n    a: int\n    'Text.'\n    b: int\n    c: int = 0\n    ''").body[0]
    assert isinstance(node, ast.ClassDef)
    assert undocumented(node) == ["b", "c"]


@pytest.mark.parametrize("item_class", CLASSES)
def test_items_have_slots_and_keyword_only_fields(item_class: Any) -> None:
    assert {field.name for field in dataclasses.fields(item_class)} == set(item_class.__slots__)
    assert not hasattr(item_class.__new__(item_class), "__dict__")
    assert all(field.kw_only for field in dataclasses.fields(item_class))
    with pytest.raises(TypeError, match="positional"):
        item_class("by position")


@pytest.mark.parametrize("item_class", EXPORTED)
def test_a_line_starts_with_its_kind_and_ends_with_its_source(item_class: Any) -> None:
    fields = dataclasses.fields(item_class)
    assert fields[0].name == "kind"
    assert [field.name for field in fields[-2:]] == ["fetched_at", "source"]


def test_each_kind_of_line_has_a_unique_name() -> None:
    kinds = [dataclasses.fields(item_class)[0].default for item_class in EXPORTED]
    assert len(set(kinds)) == len(EXPORTED)
    assert all(kinds)

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from pixiv_crawler import schemas as package
from pixiv_crawler.api.parsing import parse_item, parse_ugoira_metadata, parse_webview_novel
from pixiv_crawler.items import (
    File,
    Illust,
    Item,
    Novel,
    Rejected,
    Source,
    Unavailable,
)
from pixiv_crawler.schemas import DIALECT, schema_of, schemas, write_schemas
from tests.entries import ENTRIES, UGOIRA, WEBVIEW, page
from tests.recordings import entries

FOLDER = Path(package.__file__).parent
CLASSES = {str(item_class.__dataclass_fields__["kind"].default): item_class for item_class in get_args(Item)}
SOURCE = Source(endpoint="/v1/any", params={"user_id": 11, "tags[]": ["a"], "restrict": "public"}, position=1)
NESTED = {"user", "source", "tags", "files", "profile", "image_urls"}


def with_source(item: Any) -> Any:
    item.fetched_at, item.source = "2026-01-31T00:00:00+00:00", SOURCE
    return item


def sample_lines() -> Iterator[tuple[str, Any]]:
    """At least one line of every kind, as an exporter writes it."""
    for key, entry, _ in ENTRIES:
        item = with_source(parse_item(deepcopy(entry), key))
        yield item.kind, item
        if isinstance(item, Illust):
            item.ugoira_metadata = parse_ugoira_metadata(UGOIRA)
            item.file_urls = ["https://i.pximg.net/a.zip", "https://i.pximg.net/b.png"]
            item.files = [
                File(url=item.file_urls[0], path="11/a.zip", sha256="ab", size=5, status="downloaded"),
                File(
                    url=item.file_urls[1], path="11/b.png", sha256=None, size=None, status="failed", error="HTTP 404"
                ),
            ]
            yield item.kind, item
        if isinstance(item, Novel):
            item.text, item.webview = parse_webview_novel(page(json.dumps(WEBVIEW)), 55)
            yield item.kind, item
    for type_ in ("illust", "novel", "user"):
        yield "unavailable", with_source(Unavailable(id=5, type=type_, reason="deleted", evidence={"status": 404}))
    for raw in (None, 5, "broken {", [1], {"id": None}):
        yield "rejected", with_source(Rejected(type="illust", error="x", raw=raw))


LINES = [(kind, json.loads(msgspec.json.encode(item))) for kind, item in sample_lines()]


def validator(kind: str) -> jsonschema.Draft202012Validator:
    """A validator of the shipped file, which programs in any language can use."""
    return jsonschema.Draft202012Validator(json.loads((FOLDER / f"{kind}.json").read_bytes()))


@pytest.mark.e2e
def test_the_shipped_files_are_up_to_date() -> None:
    shipped, generated = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}, schemas()
    stale = [name for name in shipped.keys() | generated.keys() if shipped.get(name) != generated.get(name)]
    assert stale == [], "run: python -m pixiv_crawler.schemas"


def test_there_is_a_file_for_every_kind_of_line() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CLASSES)


@pytest.mark.e2e
def test_generating_the_files_is_deterministic(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == schemas()


@pytest.mark.e2e
def test_the_command_restores_a_missing_file(tmp_path: Path) -> None:
    copy = tmp_path / "pixiv_crawler"
    copy.mkdir()
    for path in FOLDER.parent.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".json"):
            target = copy / path.relative_to(FOLDER.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (copy / "schemas" / "illust.json").unlink()
    subprocess.run([sys.executable, "-m", "pixiv_crawler.schemas"], cwd=tmp_path, check=True)
    generated = {path.name: path.read_bytes() for path in (copy / "schemas").glob("*.json")}
    assert generated == schemas()


@pytest.mark.parametrize("kind", CLASSES)
def test_a_schema_is_valid_in_its_dialect(kind: str) -> None:
    schema = json.loads((FOLDER / f"{kind}.json").read_bytes())
    assert schema["$schema"] == DIALECT == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_field_of_every_object_has_a_description(kind: str) -> None:
    schema = schema_of(CLASSES[kind])
    for name, shape in schema["$defs"].items():
        assert shape["description"].endswith("."), name
        for field, member in shape["properties"].items():
            assert member["description"].endswith("."), f"{name}.{field}"
            assert "default" not in member
        assert shape["additionalProperties"] is False
        assert shape["required"] == list(shape["properties"])


def test_there_is_a_sample_line_of_every_kind() -> None:
    assert {kind for kind, _ in LINES} == set(CLASSES)


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_a_line_matches_only_the_schema_of_its_kind(kind: str, line: dict[str, Any]) -> None:
    assert [name for name in CLASSES if validator(name).is_valid(line)] == [kind]


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_a_line_with_a_missing_or_an_additional_field_is_invalid(kind: str, line: dict[str, Any]) -> None:
    check = validator(kind)
    for name in line:
        assert not check.is_valid({other: value for other, value in line.items() if other != name}), name
    assert not check.is_valid(line | {"brand_new": None})
    for name in NESTED & line.keys():
        inner = line[name][0] if isinstance(line[name], list) and line[name] else line[name]
        if isinstance(inner, dict):
            for changed in (inner | {"brand_new": 1}, dict(list(inner.items())[1:])):
                value = [changed] if isinstance(line[name], list) else changed
                assert not check.is_valid(line | {name: value}), name


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("illust", {"id": "77"}),
        ("illust", {"title": None}),
        ("illust", {"kind": "novel"}),
        ("illust", {"tags": [5]}),
        ("illust", {"meta_single_page": {"original_image_url": None}}),
        ("novel", {"series": {}}),
        ("novel", {"webview": {}}),
        ("user", {"profile": None}),
        ("comment", {"user": 5}),
        ("unavailable", {"type": "series"}),
        ("bookmark_detail", {"restrict": 0}),
    ],
)
def test_a_value_of_the_wrong_type_is_invalid(kind: str, changes: dict[str, Any]) -> None:
    line = next(line for name, line in LINES if name == kind)
    assert validator(kind).is_valid(line)
    assert not validator(kind).is_valid(line | changes)


@pytest.mark.e2e
def test_every_recorded_entry_matches_the_schema_of_its_kind(samples: Path) -> None:
    validators = {kind: validator(kind) for kind in CLASSES}
    read = 0
    for name, key, entry in entries(samples):
        item = with_source(parse_item(entry, key))
        line = json.loads(msgspec.json.encode(item))
        assert list(validators[item.kind].iter_errors(line)) == [], name
        read += 1
    assert read > 300

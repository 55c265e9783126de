"""The reference pages are complete, so nothing can be added without documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler import configuration
from pixiv_crawler import settings as project_settings
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.errors import FILE_POLICY, POLICY, WEB_POLICY, Action
from tests.docs.generator import DOCS, load_generator

generate = load_generator()
SPIDERS = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))
PAGES = {path.relative_to(DOCS).as_posix(): path.read_text("utf-8") for path in DOCS.rglob("*.md")}
WRITERS = {"inc_value", "set_value", "max_value", "min_value"}


def first_cells(table: str) -> set[str]:
    """The code spans of the first column."""
    return set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))


@cache
def spider_sections() -> list[str]:
    return re.split(r"^## ", generate.spiders(), flags=re.MULTILINE)


@pytest.mark.parametrize("name", SPIDERS.list())
def test_every_spider_and_every_argument_is_in_the_reference(name: str) -> None:
    section = spider_sections()
    (own,) = (text for text in section if text.startswith(f"`{name}`"))
    documented = first_cells(own)
    if "#shared-arguments" in own:
        documented |= first_cells(generate.shared_arguments())
    assert set(SPIDERS.load(name).Args.model_fields) == documented


def test_every_pixiv_setting_is_in_the_reference_with_its_meaning() -> None:
    own = {name for name in vars(project_settings) if name.startswith("PIXIV_")}
    assert first_cells(generate.settings()) == own


def test_every_setting_that_a_page_names_exists() -> None:
    own = {name for name in vars(project_settings) if name.startswith("PIXIV_")}
    named = {name for text in PAGES.values() for name in re.findall(r"\bPIXIV_[A-Z_]*[A-Z]\b", text)}
    assert named - own == {configuration.FILE_VARIABLE}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def written_stats() -> set[str]:
    """The stats that the code writes, with `*` for placeholders."""
    found = set()
    for call in (call for path in generate.modules() for call in calls(path)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in WRITERS and call.args and (stat := pattern(call.args[0])).startswith("pixiv/"):
            found.add(stat)
    return found


def pattern(node: ast.expr) -> str:
    """A string of the code with `*` for its placeholders."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@pytest.mark.e2e
def test_every_stat_is_in_the_reference() -> None:
    documented = [re.sub(r"\b[A-Z_]{2,}\b|\*", "*", name) for name in first_cells(generate.stats())]
    written = written_stats()
    assert len(written) > 15
    missing = [stat for stat in written if not any(covers(stat, name) for name in documented)]
    assert missing == []


@pytest.mark.e2e
def test_every_meaning_belongs_to_a_stat_that_a_docstring_declares() -> None:
    assert set(generate.STAT_MEANINGS) - {name for name, _, _ in generate.stat_texts()} == set()


def covers(written: str, documented: str) -> bool:
    """Whether a documented name matches a name in the code, or the reverse."""
    as_regex = [re.escape(name).replace(r"\*", ".*") for name in (written, documented)]
    return bool(re.fullmatch(as_regex[0], documented) or re.fullmatch(as_regex[1], written))


@pytest.mark.e2e
def test_every_signal_is_in_the_reference() -> None:
    listed = [name for name, _ in generate.signal_texts()]
    assert len(listed) >= 2
    assert first_cells(generate.signals()) == set(listed)


def test_every_kind_of_error_and_every_action_is_in_the_reference() -> None:
    assert first_cells(generate.error_kinds()) == set(map(str, POLICY))
    assert first_cells(generate.file_error_kinds()) == set(map(str, FILE_POLICY))
    assert first_cells(generate.web_error_kinds()) == set(map(str, WEB_POLICY))
    assert first_cells(generate.actions()) == set(map(str, Action))


def test_every_finish_reason_is_in_the_reference() -> None:
    code = "".join(path.read_text("utf-8") for path in generate.modules())
    found = re.findall(r"(?:CloseSpider|close_soon|end_crawl)\(([^)]*)\)", code)
    reasons = {reason for call in found for reason in re.findall(r'"(\w+)"', call)}
    assert {
        "bad_arguments",
        "disk_full",
        "login_failed",
        "rate_limited",
        "storage_failed",
        "too_many_errors",
    } <= reasons
    assert reasons - first_cells(PAGES["reference/exits.md"]) == set()


def test_every_reason_why_a_work_is_unavailable_is_in_the_reference() -> None:
    assert [reason for reason in UnavailableReason if f"`{reason}`" not in PAGES["reference/exits.md"]] == []


def test_every_generated_part_is_on_a_page() -> None:
    included = {name for text in PAGES.values() for name in re.findall(r"_generated/(\w+)\.md", text)}
    assert included == {part.__name__ for part in generate.PARTS}


def test_a_signal_without_a_docstring_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(generate.MissingMeaningError, match="signal has no docstring below it"):
        generate._docstring_node(None, "signal")

"""The project keeps its own rules: layers, names, and documents that agree with the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler import settings as project_settings
from pixiv_crawler.spiders.base import PixivSpider
from tests.crawling import PROJECT

PACKAGE = PROJECT / "pixiv_crawler"
README = (PROJECT / "README.md").read_text("utf-8")
MODULES = sorted(PACKAGE.rglob("*.py"))

# Who may import whom: only from a later row. Modules of one row do not import each other, except inside of a folder
# that is a subsystem (api, sandbox) or that holds a base class (spiders).
LAYERS = [
    ["commands"],
    ["settings", "addon"],
    ["spiders"],
    ["downloadhandlers", "downloadermiddlewares", "spidermiddlewares", "pipelines", "extensions", "exporters", "logformatter", "itemprocessor"],
    ["books"],
    ["downloads", "filestore"],
    ["filesession"],
    ["journal"],
    ["requests", "readings", "runfolder", "runtally", "wanted", "sidecars", "tables"],
    ["apisession", "signals", "arguments", "drift", "schemas", "gallery"],
    ["novels"],
    ["parsing", "paths", "media", "parts", "tokenfile", "turns", "state", "run", "terminal", "linefiles", "spreadsheet"],
    ["filenames"],
    ["api"],
    ["items", "exceptions", "redaction"],
    ["sandbox"],
]  # fmt: skip
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
SUBSYSTEMS = {
    "api",
    "filenames",
    "gallery",
    "items",
    "media",
    "novels",
    "run",
    "sandbox",
    "schemas",
    "spiders",
    "state",
    "tables",
}


def part_of(module: str) -> str:
    """The file or folder of the package that a module belongs to; empty for the package itself."""
    return module.removeprefix("pixiv_crawler").strip(".").partition(".")[0]


def imported_modules(path: Path) -> Iterator[str]:
    folder = ".".join(path.relative_to(PROJECT).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{folder}.{node.module or ''}" if node.level else node.module or ""
            yield from (f"{module}.{name.name}" for name in node.names) if module == "pixiv_crawler" else [module]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_point_downwards(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part == "__init__":
        return
    for module in imported_modules(path):
        imported = part_of(module) if module.startswith("pixiv_crawler") else ""
        if imported and not (imported == part and part in SUBSYSTEMS):
            assert RANK[part] < RANK[imported], f"{path.name} imports {module}"


@pytest.mark.parametrize(
    "folder", ["api", "sandbox", "items", "exceptions.py", "filenames", "paths.py", "media", "novels", "parsing.py"]
)
def test_facts_know_nothing_of_scrapy(folder: str) -> None:
    paths = [PACKAGE / folder] if folder.endswith(".py") else sorted((PACKAGE / folder).rglob("*.py"))
    imported = {module.partition(".")[0] for path in paths for module in imported_modules(path)}
    assert not imported & {"scrapy", "twisted"}


def test_every_module_and_every_class_of_a_component_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(PACKAGE)) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


SPIDERS = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))


@pytest.mark.parametrize("name", SPIDERS.list())
def test_a_spider_is_named_as_its_file_and_class_and_tells_source_and_example(name: str) -> None:
    spider = SPIDERS.load(name)
    assert issubclass(spider, PixivSpider)
    assert spider.__module__ == f"pixiv_crawler.spiders.{name}"
    assert spider.__name__ == "".join(word.capitalize() for word in name.split("_")) + "Spider"
    assert f"Example: scrapy crawl {name} " in (spider.__doc__ or "")
    assert "Source: GET /" in (spider.__doc__ or "")


def own_settings() -> list[str]:
    return [name for name in vars(project_settings) if name.startswith("PIXIV_")]


def test_the_readme_names_no_setting_that_is_none() -> None:
    assert set(re.findall(r"\bPIXIV_[A-Z_]+\b", README)) <= set(own_settings())


def test_every_setting_is_read_somewhere() -> None:
    code = "".join(path.read_text("utf-8") for path in MODULES if path.name != "settings.py")
    assert [name for name in own_settings() if f'"{name}"' not in code] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    (command,) = re.findall(r"^(python3 -m venv .*pytest.*)$", README, re.MULTILINE)
    assert command in (PROJECT / ".ci" / "run").read_text("utf-8").splitlines()


def test_components_that_settings_name_can_be_loaded() -> None:
    for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS", "ADDONS"):
        for path in getattr(project_settings, name):
            module, _, attribute = path.rpartition(".")
            assert hasattr(import_module(module), attribute)

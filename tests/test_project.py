"""The project follows its own rules: docstrings, names, settings and commands."""

from __future__ import annotations

import ast
import re
from importlib import import_module

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler import settings as project_settings
from pixiv_crawler.spiders.base import PixivSpider
from tests.crawling import PROJECT

PACKAGE = PROJECT / "pixiv_crawler"
README = (PROJECT / "README.md").read_text("utf-8")
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.e2e
def test_every_module_has_a_docstring() -> None:
    undocumented = [
        str(path.relative_to(PACKAGE)) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert undocumented == []


SPIDERS = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))


@pytest.mark.parametrize("name", SPIDERS.list())
def test_a_spider_has_the_name_of_its_file_and_class_a_source_and_an_example(name: str) -> None:
    spider = SPIDERS.load(name)
    assert issubclass(spider, PixivSpider)
    assert spider.__module__ == f"pixiv_crawler.spiders.{name}"
    assert spider.__name__ == "".join(word.capitalize() for word in name.split("_")) + "Spider"
    assert re.search(rf"Example: scrapy crawl {name}(?: -a |$)", spider.__doc__ or "", re.MULTILINE)
    assert "Source: GET /" in (spider.__doc__ or "")


def own_settings() -> list[str]:
    return [name for name in vars(project_settings) if name.startswith("PIXIV_")]


def test_every_setting_in_the_readme_exists() -> None:
    assert set(re.findall(r"\bPIXIV_[A-Z_]+\b", README)) <= set(own_settings())


def test_every_setting_is_used() -> None:
    code = "".join(path.read_text("utf-8") for path in MODULES if path.name != "settings.py")
    assert [name for name in own_settings() if f'"{name}"' not in code] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    (command,) = re.findall(r"^(python3 -m venv .*pytest.*)$", README, re.MULTILINE)
    assert command in (PROJECT / ".ci" / "run").read_text("utf-8").splitlines()


def test_components_in_settings_can_be_imported() -> None:
    for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS", "ADDONS"):
        for path in getattr(project_settings, name):
            module, _, attribute = path.rpartition(".")
            assert hasattr(import_module(module), attribute)

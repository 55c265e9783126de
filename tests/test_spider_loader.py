"""The spider loader knows the same spiders as Scrapy's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler.spider_loader import PixivSpiderLoader

PACKAGE = "pixiv_crawler.spiders"
OTHERS = """
from pixiv_crawler.spiders.user_works import UserWorksSpider

class FirstSpider(UserWorksSpider):
    name = "first"
    allowed_domains = ["first.example"]

class SecondSpider(UserWorksSpider):
    name = "{name}"
"""


def loader(*modules: str) -> PixivSpiderLoader:
    return PixivSpiderLoader.from_settings(BaseSettings({"SPIDER_MODULES": list(modules)}))


def others(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    """A module with two subclasses of a spider of this package, one of them with this name."""
    module = f"spiders_of_{folder.name}"
    (folder / f"{module}.py").write_text(OTHERS.format(name=name), "utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, module, raising=False)
    return module


def test_it_loads_the_spiders_that_the_loader_of_scrapy_finds() -> None:
    expected = SpiderLoader(BaseSettings({"SPIDER_MODULES": [PACKAGE]}))
    found = loader(PACKAGE)
    assert sorted(found.list()) == sorted(expected.list())
    assert all(found.load(name) is expected.load(name) for name in found.list())


def test_spiders_of_other_packages_are_loaded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = loader(PACKAGE, others(tmp_path, monkeypatch, "second"))
    assert {"first", "second", "user_works"} <= set(found.list())
    assert found.load("second").__name__ == "SecondSpider"
    assert found.load("user_works").__module__ == f"{PACKAGE}.user_works"
    assert found.find_by_request(Request("http://first.example/")) == ["first"]


def test_a_spider_with_the_name_of_ours_replaces_it_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = others(tmp_path, monkeypatch, "user_works")
    with pytest.warns(UserWarning, match="several spiders with the same name"):
        found = loader(PACKAGE, module)
    assert found.load("user_works").__name__ == "SecondSpider"
    assert sorted(found.list()) == sorted([*loader(PACKAGE).list(), "first"])


def test_without_our_package_only_other_spiders_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(loader(others(tmp_path, monkeypatch, "second")).list()) == ["first", "second"]


@pytest.mark.parametrize("name", ["user_work", "base", "base_listings", "__init__", "../addon"])
def test_an_unknown_name_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError, match="Spider not found"):
        loader(PACKAGE).load(name)


def test_a_package_with_an_error_raises_it_or_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = others(tmp_path, monkeypatch, "second")
    (tmp_path / f"{module}.py").write_text("import missing_module_of_a_user", "utf-8")
    settings = {"SPIDER_MODULES": [PACKAGE, module]}
    with pytest.raises(ImportError, match="missing_module_of_a_user"):
        PixivSpiderLoader(BaseSettings(settings))
    with pytest.warns(RuntimeWarning, match="Could not load spiders"):
        found = PixivSpiderLoader(BaseSettings(settings | {"SPIDER_LOADER_WARN_ONLY": True}))
    assert issubclass(found.load("works"), Spider)

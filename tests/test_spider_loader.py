"""The spider loader knows the same spiders as Scrapy's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler.sandbox import Sandbox, User, WorkSpec
from pixiv_crawler.spider_loader import PixivSpiderLoader
from tests.crawling import Crawler

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


@pytest.mark.parametrize("name", ["user_work", "base", "base_entries", "base_listings", "__init__", "../addon"])
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


FAULTY = """
from pixiv_crawler.spiders.user_works import UserWorksSpider

class FaultySpider(UserWorksSpider):
    name = "faulty"

    def parse_entry(self, entry, call):
        for number, item in enumerate(super().parse_entry(entry, call)):
            if item.id % 5 == 0:
                raise KeyError("colour")
            yield {"own": item.id} if item.id % 5 == 1 else item
"""


def test_a_mistake_in_a_spider_of_another_package_costs_the_entry_and_its_own_items_are_left_to_feeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crawl: Crawler, sandbox: Sandbox
) -> None:
    sandbox.add_user(User(3001, "多作な人", "many", tuple(WorkSpec("illust") for _ in range(40))))
    works = [work.id for work in sandbox.world.listing(3001)]
    module = f"faulty_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(FAULTY, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    settings = {"SPIDER_MODULES": f"{PACKAGE},{module}"}
    done = crawl("faulty", user_id=3001, files="none", settings=settings)
    wrong = [id_ for id_ in works if id_ % 5 == 0]
    assert [line["id"] for line in done.lines("illusts")] == [id_ for id_ in works if id_ % 5 > 1]
    assert [failure["id"] for failure in done.report["failures"]] == wrong != []
    assert {line["error"] for line in done.lines("rejected")} == {"KeyError: 'colour'"}
    assert (done.status, done.report["finish_reason"]) == (3, "finished")

"""Loads the spiders: those of this package one at a time, because a crawl needs one of them."""

import builtins
from importlib import import_module
from pkgutil import iter_modules
from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.spider import iter_spider_classes

_PACKAGE = "pixiv_crawler.spiders"


class PixivSpiderLoader:
    """Scrapy's spider loader, except that a spider of `pixiv_crawler.spiders` is imported when it is loaded.

    Each of them has the name of its file; modules without a spider begin with `base`. If a spider of the user has the
    name of one of ours, Scrapy's loader loads all of them: it warns, and uses the one that comes last in
    SPIDER_MODULES.

    Settings: SPIDER_MODULES, SPIDER_LOADER_WARN_ONLY.
    """

    def __init__(self, settings: BaseSettings) -> None:
        modules = settings.getlist("SPIDER_MODULES")
        others = [module for module in modules if module != _PACKAGE]
        self._own = _own_names() if _PACKAGE in modules else []
        self._loader = _scrapy_loader(settings, others)
        if not {*self._own}.isdisjoint(self._loader.list()):
            self._own, self._loader = [], _scrapy_loader(settings, modules)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        return cls(settings)

    def load(self, spider_name: str) -> type[Spider]:
        """The class of a spider.

        Raises:
            KeyError: there is no spider of this name.
        """
        if spider_name not in self._own:
            return self._loader.load(spider_name)
        (spider_class,) = iter_spider_classes(import_module(f"{_PACKAGE}.{spider_name}"))
        return spider_class

    def list(self) -> builtins.list[str]:
        """The names of all spiders."""
        return [*self._own, *self._loader.list()]

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """The names of the spiders that handle a request."""
        return [name for name in self.list() if self.load(name).handles_request(request)]


def _own_names() -> list[str]:
    modules = iter_modules(import_module(_PACKAGE).__path__)
    return [module.name for module in modules if not module.name.startswith("base")]


def _scrapy_loader(settings: BaseSettings, modules: list[str]) -> SpiderLoader:
    warn_only = settings.getbool("SPIDER_LOADER_WARN_ONLY")
    return SpiderLoader(BaseSettings({"SPIDER_MODULES": modules, "SPIDER_LOADER_WARN_ONLY": warn_only}))

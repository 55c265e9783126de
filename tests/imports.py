"""Imports what a crawl needs: processes that are forked from one that has imported this start at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from scrapy.settings import BaseSettings, Settings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.misc import load_object, walk_modules


def _components(value: Any) -> Iterable[str]:
    """The paths in the value of a setting that may be those of classes."""
    if isinstance(value, str):
        yield from [value] if value.startswith(("scrapy.", "twisted.", "pixiv_crawler.")) else []
    elif isinstance(value, dict | BaseSettings):
        for one in (*value.keys(), *value.values()):
            yield from _components(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _components(one)


_settings = Settings()
_settings.setmodule("pixiv_crawler.settings")
SpiderLoader(_settings)
for _package in ("scrapy.commands", "pixiv_crawler.commands", "pixiv_crawler.media"):
    walk_modules(_package)
for _path in _components(_settings):
    with suppress(ImportError, NameError, ValueError):
        load_object(_path)

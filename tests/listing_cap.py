"""Crawls with a smaller listing cap than Pixiv's, so that tests of the cap need tens of works instead of thousands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scrapy.settings import BaseSettings

from pixiv_crawler.api import search_partitions
from pixiv_crawler.spiders import search, user_works  # noqa: F401  the modules that read the cap must be imported

PIXIVS_CAP = search_partitions.MAX_OFFSET
SMALL_CAP = 50
"""Like Pixiv's, not a multiple of the 30 entries of a listing: the offset 60, which follows 30, is rejected."""


class ListingCapAddon:
    """Replaces the cap in the crawler, which has no setting for it."""

    def update_settings(self, settings: BaseSettings) -> None:
        replace_cap(settings.getint("TEST_LISTING_CAP"))


@contextmanager
def listing_cap_restored() -> Iterator[None]:
    """Restores the cap after a crawl in this process."""
    try:
        yield
    finally:
        replace_cap(PIXIVS_CAP)


def replace_cap(cap: int) -> None:
    """Replaces it in each module that has imported it."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("pixiv_crawler.api", "pixiv_crawler.spiders")) and hasattr(module, "MAX_OFFSET"):
            module.MAX_OFFSET = cap


def listing_cap_settings(cap: int) -> dict[str, Any]:
    """The settings of a crawl against a sandbox with this cap."""
    if cap == PIXIVS_CAP:
        return {}
    addons = {"pixiv_crawler.addon.PixivAddon": 100, "tests.listing_cap.ListingCapAddon": 200}
    return {"ADDONS": json.dumps(addons), "TEST_LISTING_CAP": cap}

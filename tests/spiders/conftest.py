from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler
from tests.listing_cap import SMALL_CAP


@pytest.fixture
def capped() -> Iterator[Sandbox]:
    """A simulated Pixiv with a smaller listing cap than Pixiv's."""
    with Sandbox(listing_cap=SMALL_CAP) as sandbox:
        yield sandbox


@pytest.fixture
def crawl_capped(capped: Sandbox, tmp_path: Path) -> Crawler:
    """Runs spiders against `capped`; they know its cap."""
    return Crawler(capped, tmp_path)

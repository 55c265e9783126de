"""Crawler objects that run in this process without a command."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import Settings

from pixiv_crawler.spiders.user_works import UserWorksSpider


def make_crawler(data: Path, **settings: Any) -> Crawler:
    """A crawler of `user_works` with the project's settings, which starts its own simulated Pixiv."""
    merged = Settings()
    merged.setmodule("pixiv_crawler.settings", priority="project")
    merged.update(
        {
            "TWISTED_REACTOR_ENABLED": False,  # a reactor cannot be started twice in a process
            "PIXIV_SANDBOX": True,
            "PIXIV_DATA_DIR": str(data),
            "LOG_ENABLED": False,
            **{name: _merged(merged[name], value) for name, value in settings.items()},
        },
        priority="cmdline",
    )
    return Crawler(UserWorksSpider, merged)


def _merged(before: Any, value: Any) -> Any:
    """Merges a dictionary, such as EXTENSIONS, into that of the project."""
    return {**before, **value} if isinstance(value, dict) and before else value


def crawl(data: Path, *, settings: dict[str, Any] | None = None, **arguments: Any) -> Crawler:
    """Runs a crawl to its end; returns its crawler."""
    crawler = make_crawler(data, **(settings or {}))
    asyncio.run(crawler.crawl_async(**{"user_id": "1008", "files": "none"} | arguments))
    return crawler

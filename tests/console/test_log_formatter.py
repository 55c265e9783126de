"""Records that no handler would use are not created."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response

from pixiv_crawler.console.log_formatter import ShortLogFormatter

URL = "https://i.pximg.net/1.jpg"


@pytest.mark.parametrize(("level", "is_logged"), [(logging.DEBUG, True), (logging.INFO, False)])
def test_responses_and_items_are_only_logged_at_debug_level(
    monkeypatch: pytest.MonkeyPatch, level: int, is_logged: bool
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [logging.Handler(level)])
    formatter, spider = ShortLogFormatter(), Spider("name")
    lines: list[Any] = [
        formatter.crawled(Request(URL), Response(URL), spider),
        formatter.scraped({"id": 1}, Response(URL), spider),
    ]
    assert [line is not None for line in lines] == [is_logged] * 2

"""How far a crawl is: a line in the log now and then, and a live display on a terminal."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter, deque
from typing import Any

from rich.console import Group
from rich.text import Text
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.log import get_scrapy_root_handler

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.console.live_display import LiveDisplay, live_display
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.run.failures import expected

logger = logging.getLogger(__name__)

# Seconds between two drawings of the display: figures that run, on a slow line too.
REFRESH_SECONDS = 0.25
# Seconds over which the speed of downloads is taken: a large file counts when it is whole, all at once.
SPEED_SECONDS = 20

# Stats of entries that were dropped.
_DROPPED = ("pixiv/filters/", "pixiv/once/", "pixiv/maxworks/", "pixiv/new_only/known")
# Kinds of lines whose word has no other plural.
_UNCOUNTED = {"illust_series", "novel_series", "unavailable", "rejected"}


class ProgressExtension:
    """Tells how far a crawl is, what it waits for, and how long it will take where a total is known.

    The log gets a line every LOGSTATS_INTERVAL seconds. Where the log goes to a terminal, or nowhere from a terminal,
    a live display stands below it.

    Settings: LOGSTATS_INTERVAL (0: no line). Stats: pixiv/expected. Stats read: pixiv/files/*, pixiv/requests/*,
    pixiv/lost/count, and of what was dropped pixiv/filters/*, pixiv/once/*, pixiv/maxworks/*, pixiv/new_only/known.
    """

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._name = spider.name
        self._max_works = getattr(spider.args, "max_works", None) or 0
        self._stats = crawler.stats
        self._session = ApiSession.of(crawler)
        self._interval = crawler.settings.getfloat("LOGSTATS_INTERVAL")
        self._started = time.monotonic()
        # Of a run that goes on: how far it had come. The stats that are counted anew are `lost` and `files`.
        before = Journal.of(crawler).run.counts
        self._lines: Counter[str] = Counter(before.get("lines", {}))
        self._files_before: Counter[str] = Counter(before.get("files", {}))
        self._works_before = _works(self._lines)
        self._seen_before = _seen(self._lines, before.get("stats", {}))
        self._listing = ""
        samples = math.ceil(SPEED_SECONDS / REFRESH_SECONDS)
        self._speeds: deque[tuple[float, int, int]] = deque([self._sample()], maxlen=samples)
        self._log_call = create_looping_call(self._log)
        self._refresh_call = create_looping_call(self._refresh)
        self._display: LiveDisplay | None = None
        self._is_over = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ProgressExtension:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        extension = cls(crawler)
        connect = crawler.signals.connect
        connect(extension.spider_opened, signals.spider_opened)
        connect(extension.request_reached_downloader, signals.request_reached_downloader)
        connect(extension.item_scraped, signals.item_scraped)
        connect(extension.expected, expected)
        connect(extension.spider_closed, signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        if self._interval > 0:
            self._log_call.start(self._interval, now=False)
        # Not before: Scrapy sets up its log handler anew for each crawl.
        self._display = live_display(get_scrapy_root_handler(), self._figures)
        if self._display:
            self._display.start()
            self._refresh_call.start(REFRESH_SECONDS)

    def request_reached_downloader(self, request: Request) -> None:
        is_listing = (
            request.cb_kwargs.get("index") is not None
        )  # what belongs to one work passes too quickly to be read
        if is_listing and (call := api_call(request)):
            self._listing = _words(call)

    def item_scraped(self, item: Any) -> None:
        self._lines[getattr(item, "kind", type(item).__name__)] += 1

    def expected(self, entries: int) -> None:
        self._stats.inc_value("pixiv/expected", entries)

    def spider_closed(self) -> None:
        self._is_over = True
        for call in (self._log_call, self._refresh_call):
            if call.running:
                call.stop()
        if self._display:
            self._display.stop()

    def _log(self) -> None:
        logger.info("%s", "; ".join([self._collected, self._downloaded, *self._outlook]))

    def _refresh(self) -> None:
        assert self._display
        self._speeds.append(self._sample())
        self._display.refresh()

    def _sample(self) -> tuple[float, int, int]:
        return time.monotonic(), self._files("downloaded"), self._files("bytes")

    def _figures(self) -> Group:
        """The display; always of four lines, so that the log above it does not jump."""
        elapsed = f"running for {_duration(time.monotonic() - self._started)}"
        lines = [
            Text.assemble((self._name, "bold"), f" {self._listing}"),
            Text(self._collected),
            Text(f"{self._downloaded}; {self._speed}"),
            Text("; ".join([elapsed, *self._outlook]), style="yellow" if self._session.waiting else ""),
        ]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Group(*lines)

    @property
    def _collected(self) -> str:
        others = [f"{n} {_plural(kind)}" for kind, n in self._lines.items() if kind not in ("illust", "novel")]
        lost = self._stats.get_value("pixiv/lost/count", 0)
        requests = _sum(self._stats.get_stats(), "pixiv/requests/")
        return f"{', '.join([f'{_works(self._lines)} works', *others])}; {requests} API requests; {lost} lost"

    @property
    def _downloaded(self) -> str:
        counts = ", ".join(f"{self._files(status)} {status}" for status in ("downloaded", "kept", "failed"))
        return f"files: {counts}; {self._files('bytes') / 1e6:.1f} MB received"

    @property
    def _speed(self) -> str:
        (first, files, size), (last, files_now, size_now) = self._speeds[0], self._speeds[-1]
        seconds = max(last - first, REFRESH_SECONDS)
        return f"{(files_now - files) / seconds:.1f} files/s, {(size_now - size) / seconds / 1e6:.1f} MB/s"

    @property
    def _outlook(self) -> list[str]:
        """What the crawl waits for, and how long it will take, as far as either is known."""
        if self._is_over:
            return []
        outlook, wait = [], 0.0
        if waiting := self._session.waiting:
            why, wait = waiting
            seconds = f" {math.ceil(wait)} s" if wait else ""
            outlook.append(f"waiting{seconds}: {why}" if why else f"waiting{seconds}")
        if (left := self._seconds_left()) is not None:
            outlook.append(f"about {_duration(left + wait)} left")
        return outlook

    def _seconds_left(self) -> float | None:
        """At the pace so far; None when no total is known, or nothing is left of it."""
        elapsed = time.monotonic() - self._started
        works, seen = _works(self._lines), _seen(self._lines, self._stats.get_stats())
        totals = [
            (self._max_works - works, works - self._works_before),
            (self._stats.get_value("pixiv/expected", 0) - seen, seen - self._seen_before),
        ]
        return min((elapsed / done * left for left, done in totals if left > 0 and done > 0), default=None)

    def _files(self, what: str) -> int:
        count: int = self._stats.get_value(f"pixiv/files/{what}", 0)
        return self._files_before[what] + count


def _works(lines: Counter[str]) -> int:
    return lines["illust"] + lines["novel"]


def _seen(lines: Counter[str], stats: dict[str, Any]) -> int:
    """The entries of listings that have been dealt with: what became a line, and what was dropped."""
    return _works(lines) + lines["unavailable"] + lines["rejected"] + _sum(stats, *_DROPPED)


def _sum(stats: dict[str, Any], *prefixes: str) -> int:
    return sum(value for name, value in stats.items() if name.startswith(prefixes))


def _words(call: ApiCall) -> str:
    """A call for people to read: as it is, not escaped, but for what would upset a terminal."""
    words = " ".join([call.path, *(f"{name}={value}" for name, value in call.params.items())])
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def _plural(kind: str) -> str:
    return (kind if kind in _UNCOUNTED else f"{kind}s").replace("_", " ")


def _duration(seconds: float) -> str:
    """As people say it: 40 s, 12 min, 3 h 20 min."""
    if seconds < 60:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"

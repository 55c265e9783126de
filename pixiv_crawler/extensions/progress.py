"""Shows the progress of a crawl: a log line at intervals, and a live display on a terminal."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.log import get_scrapy_root_handler

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.console import terminal
from pixiv_crawler.console.live_display import LiveDisplay, live_display
from pixiv_crawler.console.printing import say
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.http.shared import Component
from pixiv_crawler.http.web_session import WebSession
from pixiv_crawler.run.closing import is_closing
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.signals import run_opened
from pixiv_crawler.run.state import StatValue
from pixiv_crawler.run.stats import CheckpointStats, total

if TYPE_CHECKING:
    from rich.console import Group

logger = logging.getLogger(__name__)

# Seconds between two updates of the display: short enough that the figures move even on a slow connection.
REFRESH_SECONDS = 0.25
# Seconds over which the download speed is averaged: a large file is counted all at once, when it is complete.
SPEED_SECONDS = 20
# Letters of the bar that shows how much is done.
BAR_WIDTH = 20

_WORKS = ("pixiv/lines/illust", "pixiv/lines/novel")
# The entries of listings that became a line, and those that were dropped.
_SEEN = (
    *_WORKS,
    "pixiv/lines/unavailable",
    "pixiv/lines/rejected",
    "pixiv/filters/",
    "pixiv/duplicates/",
    "pixiv/max_works/",
    "pixiv/new_only/known",
)


class ProgressExtension(Component):
    """Shows what was collected, what the crawl waits for, and how long it will take if the total is known.

    The log gets a line every LOGSTATS_INTERVAL seconds. A live display is shown below the log if the log goes to a
    terminal, and alone on the terminal if logging is disabled.

    Settings: LOGSTATS_INTERVAL (0: no line). Stats read: pixiv/lines/*, pixiv/files/*, pixiv/downloads/*,
    pixiv/requests/*, pixiv/failed/count, pixiv/expected, and those of what was dropped: pixiv/filters/*,
    pixiv/duplicates/*, pixiv/max_works/*, pixiv/new_only/known.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        spider: Any = crawler.spider
        self._crawler, self._name, self._given = crawler, spider.name, spider.given
        self._max_works = getattr(spider.args, "max_works", None) or 0
        self._stats = CheckpointStats.of(crawler)
        self._session = ApiSession.of(crawler)
        self._website = WebSession.of(crawler)
        self._interval = crawler.settings.getfloat("LOGSTATS_INTERVAL")
        self._started = time.monotonic()
        self._listing = ""
        samples = math.ceil(SPEED_SECONDS / REFRESH_SECONDS)
        self._samples: deque[tuple[float, int, int]] = deque([self._sample()], maxlen=samples)
        self._log_call = create_looping_call(self._log)
        self._refresh_call = create_looping_call(self._refresh)
        self._display: LiveDisplay | None = None
        self._has_ended = False
        connect = crawler.signals.connect
        connect(self.run_opened, run_opened)
        connect(self.request_reached_downloader, signals.request_reached_downloader)
        connect(self.spider_closed, signals.spider_closed)

    def run_opened(self) -> None:
        if self._interval > 0:
            self._log_call.start(self._interval, now=False)
        if terminal.shows_summary(self._crawler.settings):
            say(*terminal.header(self._name, self._given, Run.of(self._crawler).folder.path), is_error=True)
        # The display cannot be created earlier: Scrapy creates a new log handler for each crawl.
        self._display = live_display(get_scrapy_root_handler(), self._figures)
        if self._display:
            self._display.start()
            self._refresh_call.start(REFRESH_SECONDS)

    def request_reached_downloader(self, request: Request) -> None:
        # Requests for the extras of a single work follow each other too quickly to be read.
        if request.cb_kwargs.get("index") is not None and (call := api_call(request)):
            self._listing = _description(call)

    def spider_closed(self) -> None:
        self._has_ended = True
        for call in (self._log_call, self._refresh_call):
            if call.running:
                call.stop()
        if self._display:
            self._display.stop()

    def _log(self) -> None:
        logger.info("%s", "; ".join([self._collected, self._downloaded, *self._outlook]))

    def _refresh(self) -> None:
        assert self._display
        self._samples.append(self._sample())
        self._display.refresh()

    def _sample(self) -> tuple[float, int, int]:
        return time.monotonic(), self._count("pixiv/downloads/count"), self._count("pixiv/downloads/bytes")

    def _figures(self) -> Group:
        """The display; always four lines, so that the log above it does not jump."""
        from rich.console import Group  # only a crawl on a terminal imports rich
        from rich.text import Text

        elapsed = f"running for {_duration(time.monotonic() - self._started)}"
        style = "yellow" if self._session.waiting else ""
        lines = [
            Text.assemble((self._name, "bold"), f" {self._listing}"),
            Text(self._collected),
            Text(f"{self._downloaded}; {self._speed}"),
            Text(f"{self._bar}  ".lstrip() + "; ".join([elapsed, *self._outlook]), style=style),
        ]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Group(*lines)

    def _count(self, stat: str) -> int:
        return int(self._stats.get_value(stat, 0))

    @property
    def _collected(self) -> str:
        kinds = self._stats.by_name("pixiv/lines/")
        works, requests = self._stats.total(*_WORKS), self._stats.total("pixiv/requests/")
        others = {kind: count for kind, count in kinds.items() if kind not in ("illust", "novel")}
        collected = terminal.listed({"work": works} | others)
        return f"{collected}; {requests} API requests; {self._count('pixiv/failed/count')} failed"

    @property
    def _downloaded(self) -> str:
        counts = ", ".join(
            f"{count} {status}"
            for status in ("downloaded", "kept", "damaged", "failed")
            if (count := self._count(f"pixiv/files/{status}")) or status != "damaged"
        )
        return f"files: {counts}; {self._count('pixiv/downloads/bytes') / 1e6:.1f} MB received"

    @property
    def _speed(self) -> str:
        (start, files, size), (now, files_now, size_now) = self._samples[0], self._samples[-1]
        seconds = max(now - start, REFRESH_SECONDS)
        return f"{(files_now - files) / seconds:.1f} files/s, {(size_now - size) / seconds / 1e6:.1f} MB/s"

    @property
    def _outlook(self) -> list[str]:
        """What the crawl waits for, and how long it will take, as far as either is known."""
        if self._has_ended:
            return []
        outlook, wait = ["stopping, Ctrl-C again ends at once"] if is_closing(self._crawler) else [], 0.0
        if waiting := self._session.waiting or self._website.waiting:
            reason, wait = waiting
            seconds = f" {math.ceil(wait)} s" if wait else ""
            outlook.append(f"waiting{seconds}: {reason}" if reason else f"waiting{seconds}")
        if (left := self._seconds_left()) is not None:
            outlook.append(f"about {_duration(left + wait)} left")
        return outlook

    @property
    def _bar(self) -> str:
        """The share of the work that is done; empty if no total is known, or if everything is done."""
        share = max((self._progress(*stats)[0] / all_ for all_, stats in self._totals), default=1.0)
        done = int(share * BAR_WIDTH)
        return "" if share >= 1 or self._has_ended else f"{'━' * done}{'╌' * (BAR_WIDTH - done)} {share:.0%}"

    def _seconds_left(self) -> float | None:
        """The estimate at the average speed of this part of the run; None if no total is known, or if nothing is left."""
        elapsed = time.monotonic() - self._started
        speeds = [
            (all_ - now, now - before) for all_, stats in self._totals for now, before in [self._progress(*stats)]
        ]
        return min((elapsed / done * left for left, done in speeds if left > 0 and done > 0), default=None)

    @property
    def _totals(self) -> list[tuple[int, tuple[str, ...]]]:
        """The totals that are known, each with the stats that count towards it."""
        totals = [(self._max_works, _WORKS), (self._count("pixiv/expected"), _SEEN)]
        return [(all_, stats) for all_, stats in totals if all_]

    def _progress(self, *stats: str) -> tuple[int, int]:
        """The sum of these stats now, and at the start of this part of the run."""
        before: Mapping[str, StatValue] = self._stats.loaded
        return self._stats.total(*stats), total(before, *stats)


def _description(call: ApiCall) -> str:
    """A readable description of an API call, without characters that could control the terminal."""
    words = " ".join([call.path, *(f"{name}={value}" for name, value in call.params.items())])
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def _duration(seconds: float) -> str:
    """A readable duration, such as 40 s, 12 min or 3 h 20 min."""
    if seconds < 60:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"

"""The pauses of a login: what Pixiv imposes on one run, by a rate limit or an error, applies to all runs with that login."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import msgspec
from scrapy.crawler import Crawler

from pixiv_crawler.api.classification import BROKEN_JSON
from pixiv_crawler.api.errors import LONGEST_PAUSE_SECONDS
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.paced_session import PacedSession
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import shared
from pixiv_crawler.http.token_store import login_file
from pixiv_crawler.layout.regular_files import read_regular, regular_only

logger = logging.getLogger(__name__)

_LIMITED = "Pixiv limits the rate"
_RETRYING = "retrying after an error"


class _Pause(msgspec.Struct, frozen=True):
    """The last pause of a login."""

    number: int = 0
    """How many pauses because of a rate limit there were since the last valid response, this one included."""
    seconds: float = 0.0
    until: float = 0.0
    """When it ends, in seconds since 1970 (UTC)."""
    why: str = _LIMITED


class RateLimit:
    """The pauses of a login, in the file that also paces its requests (see `RateLock`).

    Runs do not lock the file: if two of them write it at once, one record is lost, which costs one more refused
    request. If it cannot be written, this run keeps its pauses to itself.
    """

    def __init__(self, path: Path, session: PacedSession) -> None:
        self.path = path
        self._session = session
        self._known = _Pause()
        """The last pause that this run has started or joined."""
        self._is_shared = True

    @classmethod
    def of(cls, crawler: Crawler) -> RateLimit:
        """The rate limit of the login that a crawler uses."""

        def create() -> RateLimit:
            servers = Servers.of(crawler)
            token_file = login_file(servers.refresh_token, servers.token_file)
            return cls(token_file.with_name(f"{token_file.name}.pace"), ApiSession.of(crawler))

        return shared(crawler, cls, create)

    @property
    def pauses(self) -> int:
        """Number of pauses since the last valid response; 0 if the last one ended an hour ago."""
        last = self._read()
        return last.number if time.time() < last.until + LONGEST_PAUSE_SECONDS else 0

    def pause(self, seconds: float) -> None:
        """Holds back the API requests of all runs."""
        self._session.pause(seconds, _LIMITED)
        self._write(_Pause(self.pauses + 1, seconds, time.time() + seconds))

    def back_off(self, seconds: float) -> None:
        """Holds back the API requests of all runs before one that failed is sent again."""
        self._session.pause(seconds, _RETRYING)
        last, until = self._read(), time.time() + seconds
        if until > last.until:
            self._write(_Pause(last.number, seconds, until, _RETRYING))

    def join(self) -> bool:
        """Joins a pause that another run has started; returns whether there is one."""
        last = self._read()
        if last.until == self._known.until:
            return False
        self._known = last
        # At most its length, because the clock may have been set back.
        seconds = min(last.seconds, last.until - time.time())
        if seconds <= 0:
            return False
        self._session.pause(seconds, last.why)
        if last.why == _LIMITED:
            logger.warning(
                "Pixiv limits the rate of another run with this login: no API request for %.3g seconds", seconds
            )
        return True

    def end(self) -> None:
        """Records a valid response: the next pause is short again."""
        last = self._read()
        # The request was sent before a pause that this run does not know yet.
        if last.number and last.until == self._known.until:
            self._write(_Pause())

    def _read(self) -> _Pause:
        if not self._is_shared:
            return self._known
        try:
            return msgspec.json.decode(read_regular(self.path), type=_Pause)
        except (OSError, *BROKEN_JSON):
            return self._known

    def _write(self, pause: _Pause) -> None:
        self._known = pause
        try:
            with open(self.path, "wb", opener=regular_only) as file:
                file.write(msgspec.json.encode(pause))
        except OSError:
            self._is_shared = False

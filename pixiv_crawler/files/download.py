"""Gets one file of an image host whole onto the disk, as a part: repeats, pauses, and goes on after a break."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Response

from pixiv_crawler.api.errors import FILE_POLICY, Action, ErrorKind, classify_file, retry_after
from pixiv_crawler.exceptions import FileError, StoppedError
from pixiv_crawler.files.partial import Part, StorageError, discard, sha256_of
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.http.requests import RECEIVED, file_request, kind_of_exception
from pixiv_crawler.media import problem_of

logger = logging.getLogger(__name__)

# A try that brought so much does not count: however often a line breaks, a file comes to its end.
_PROGRESS_BYTES = 16 * 1024


class DownloadError(FileError):
    """A file that the image host did not give, or not whole."""

    def __init__(self, message: str, kind: ErrorKind, *, was_answered: bool = True) -> None:
        super().__init__(message)
        self.action = FILE_POLICY.get(kind, Action.FAIL)
        self.was_answered = was_answered
        """Whether the image host answered at all."""


class _MisfitError(FileError):
    """What came is no end for the part that is there, which was thrown away."""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole file, still a part."""

    part: Path
    sha256: str
    size: int
    is_resumed: bool
    """Whether it came in several answers."""


class Downloads:
    """Asks for files until they are whole.

    Settings: RETRY_ENABLED, RETRY_TIMES, PIXIV_API_DELAY (the first wait), PIXIV_IMAGE_URL.
    Stats: pixiv/files/repeated, pixiv/files/resumed.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._session = FileSession.of(crawler)
        self._max_repeats = settings.getint("RETRY_TIMES") if settings.getbool("RETRY_ENABLED") else 0
        self._first_wait = settings.getfloat("PIXIV_API_DELAY")
        self._image_url = settings["PIXIV_IMAGE_URL"]

    async def get(self, url: str, place: Path) -> Received:
        """The file of that address, whole; its part lies at `place`.

        Raises:
            DownloadError: it cannot be had now; what came of it is gone.
            StoppedError: the crawl is being stopped; what came of it is left for when the run goes on.
            StorageError: our own disk failed.
        """
        with self._session.file():
            return await self._get(url, place)

    async def _get(self, url: str, place: Path) -> Received:
        repeats, most = 0, _size(place)
        while True:
            try:
                received = await self._try_anew(url, place)
                self._session.answered()
                return received
            except DownloadError as error:
                if error.action is Action.PAUSE:
                    continue
                # More than ever was there: a host that begins anew each time brings the same again.
                if (size := _size(place)) - most >= _PROGRESS_BYTES:
                    repeats, most = 0, size
                if error.action is not Action.RETRY or repeats == self._max_repeats:
                    await self._give_up(error, place)
                await self._wait(url, error, repeats)
                repeats += 1

    async def _try_anew(self, url: str, place: Path) -> Received:
        """Asks once; from the beginning once more, when the part that was there was of no use."""
        try:
            return await self._try(url, place)
        except _MisfitError as error:
            logger.info("%s: %s; beginning anew", url, error)
        try:
            return await self._try(url, place)
        except _MisfitError as error:
            raise DownloadError(str(error), ErrorKind.NO_RESPONSE) from error

    async def _give_up(self, error: DownloadError, place: Path) -> NoReturn:
        if not error.was_answered:
            await self._session.unanswered()
        discard(place)
        raise error

    async def _wait(self, url: str, error: DownloadError, repeats: int) -> None:
        seconds = self._first_wait * 2**repeats
        logger.info("%s: %s; asking again in %.3g seconds", url, error, seconds)
        self._crawler.stats.inc_value("pixiv/files/repeated")
        await self._session.sleep(seconds)

    async def _try(self, url: str, place: Path) -> Received:
        self._session.check()
        part = Part.find(place)
        received = await self._left(part) if part and part.is_whole else await self._ask(url, place, part)
        if (problem := await self._session.in_thread(problem_of, received.part)) is None:
            return received
        discard(place)
        if received.is_resumed:
            raise _MisfitError(f"the file put together {problem}")
        raise DownloadError(f"the file {problem}", ErrorKind.NO_RESPONSE)

    async def _left(self, part: Part) -> Received:
        """What a killed run had in hand, whole, and had not stored yet."""
        sha256 = await self._session.in_thread(sha256_of, part.path)
        return Received(part.path, sha256, part.size, is_resumed=True)

    async def _ask(self, url: str, place: Path, part: Part | None) -> Received:
        request = file_request(url, place, self._image_url)
        request.meta["dont_retry"] = request.meta["handle_httpstatus_all"] = True
        request.headers.update(part.range_headers() if part else {})
        sent = time.monotonic()
        response = await self._response(request)
        if response.status == 429:
            self._session.limited(sent, _seconds(response))
            self._session.check()
        self._check_status(request, response, place)
        found = request.meta[RECEIVED]
        if found["is_resumed"]:
            self._crawler.stats.inc_value("pixiv/files/resumed")
        return Received(Path(found["part"]), found["sha256"], found["size"], found["is_resumed"])

    @staticmethod
    def _check_status(request: Request, response: Response, place: Path) -> None:
        status = response.status
        if RECEIVED in request.meta:
            return
        if "Range" in request.headers and status in (206, 416):
            discard(place)
            raise _MisfitError("the image host has no end for the part that is there")
        kind = classify_file(status) or ErrorKind.NO_RESPONSE  # a range, for one, that nobody asked for
        raise DownloadError(f"Pixiv's image host answered HTTP {status}", kind)

    async def _response(self, request: Request) -> Response:
        try:
            assert self._crawler.engine is not None
            return await self._crawler.engine.download_async(request)
        except (StoppedError, StorageError):
            raise
        except Exception as error:
            kind = kind_of_exception(error) or ErrorKind.UNKNOWN
            if FILE_POLICY[kind] is Action.STOP:
                self._session.stop(f"Pixiv's image host cannot be asked: {error}")
            told = f"{type(error).__name__}: {error}"
            was_answered = isinstance(error, ResponseDataLossError) or kind is not ErrorKind.NO_RESPONSE
            raise DownloadError(told, kind, was_answered=was_answered) from error


def _size(place: Path) -> int:
    part = Part.find(place)
    return part.size if part else 0


def _seconds(response: Response) -> float | None:
    """How long the image host asks to wait; None when it does not tell."""
    return retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), datetime.now(UTC))

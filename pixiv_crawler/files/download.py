"""Downloads one file completely: retries, waits during pauses, and resumes interrupted downloads."""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import Headers, Response

from pixiv_crawler.api.classification import classify_file
from pixiv_crawler.api.errors import FILE_POLICY, MISDIRECTED, Action, ErrorKind, retry_after
from pixiv_crawler.exceptions import FileError, StoppedError
from pixiv_crawler.files.partial import PartialFile, StorageError, discard, sha256_of
from pixiv_crawler.files.session import DownloadError, FileSession
from pixiv_crawler.files.verification import Download, Verification
from pixiv_crawler.http.requests import RECEIVED, file_request, kind_of_exception
from pixiv_crawler.http.servers import Servers

logger = logging.getLogger(__name__)

# An attempt that received this much resets the retry count, so that even an unstable connection completes a file.
_PROGRESS_BYTES = 16 * 1024


class _CannotResumeError(FileError):
    """The response does not continue the partial file, which was discarded."""


class FileDownloader:
    """Requests files until they are complete and valid, or until two complete transfers contained the same invalid file.

    Settings: RETRY_ENABLED, RETRY_TIMES, PIXIV_API_DELAY (the first wait).
    Stats: pixiv/downloads/retried, pixiv/downloads/resumed, pixiv/downloads/probes.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._session = FileSession.of(crawler)
        self._max_retries = settings.getint("RETRY_TIMES") if settings.getbool("RETRY_ENABLED") else 0
        self._first_wait = settings.getfloat("PIXIV_API_DELAY")
        self._servers = Servers.of(crawler)

    async def download(self, url: str, prefix: Path, pixels: tuple[int, int] | None = None) -> Download:
        """Downloads a file completely; `prefix` is the path prefix of its partial file, `pixels` the size of the image.

        Raises:
            FileError: the URL is not on Pixiv's image hosts.
            DownloadError: the file is not available; its partial file is kept only if the image host did not respond.
            StoppedError: the crawl is stopping; the partial file is kept for when the run is resumed.
            StorageError: the local disk failed.
        """
        verification = Verification(pixels)
        self._servers.check_image_url(url)
        retries, partial = 0, PartialFile.find(prefix)
        largest_size = partial.size if partial else 0
        while True:
            try:
                return await self._attempt_from_start_if_needed(url, prefix, partial, verification)
            except DownloadError as error:
                if error.action is Action.PAUSE:
                    continue
                partial = PartialFile.find(prefix)
                # Compared with the largest size so far: a host that always starts over resends the same bytes.
                if partial and partial.size - largest_size >= _PROGRESS_BYTES:
                    retries, largest_size = 0, partial.size
                if error.action is not Action.RETRY or retries == self._max_retries:
                    if error.had_response:
                        discard(prefix)
                    raise
                await self._wait(url, error, retries)
                retries += 1

    async def _attempt_from_start_if_needed(
        self, url: str, prefix: Path, partial: PartialFile | None, verification: Verification
    ) -> Download:
        """One attempt, followed by a second one from the first byte if the partial file could not be resumed."""
        try:
            return await self._attempt(url, prefix, partial, verification)
        except _CannotResumeError as error:
            logger.info("%s: %s; downloading it from the start", url, error)
        try:
            return await self._attempt(url, prefix, None, verification)
        except _CannotResumeError as error:
            raise DownloadError(str(error), ErrorKind.NO_RESPONSE) from error

    async def _wait(self, url: str, error: DownloadError, retries: int) -> None:
        seconds = self._first_wait * 2**retries
        logger.info("%s: %s; retrying in %.3g seconds", url, error, seconds)
        self._crawler.stats.inc_value("pixiv/downloads/retried")
        await self._session.sleep(seconds)

    async def _attempt(
        self, url: str, prefix: Path, partial: PartialFile | None, verification: Verification
    ) -> Download:
        self._session.check()
        if partial and partial.is_complete:
            download = await self._completed_earlier(partial)
        else:
            download = await self._request(url, prefix, partial)
        verdict = await self._session.in_thread(verification.verdict, download)
        if verdict.is_final:
            return replace(download, problem=verdict.problem and f"the file {verdict.problem}")
        discard(prefix)
        if download.is_resumed:
            raise _CannotResumeError(f"the resumed file {verdict.problem}")
        raise DownloadError(f"the file {verdict.problem}", ErrorKind.NO_RESPONSE)

    async def _completed_earlier(self, partial: PartialFile) -> Download:
        """A file that a killed run downloaded completely but did not store."""
        sha256 = await self._session.in_thread(sha256_of, partial.path)
        return Download(partial.path, sha256, partial.size, is_resumed=True)

    async def _request(self, url: str, prefix: Path, partial: PartialFile | None) -> Download:
        request = file_request(url, prefix, self._servers.image_url)
        request.meta["dont_retry"] = request.meta["handle_httpstatus_all"] = True
        if partial and (range_headers := partial.range_headers()):
            request.headers.update(range_headers)
        elif partial:
            discard(prefix)
        sent = time.monotonic()
        response = await self._response(request)
        if response.status == 429:
            self._session.rate_limited(sent, _retry_after_seconds(response))
            self._session.check()
        self._check_status(request, response, prefix)
        received = request.meta[RECEIVED]
        if received["is_resumed"]:
            self._crawler.stats.inc_value("pixiv/downloads/resumed")
        return Download(path=Path(received.pop("part")), **received)

    def _check_status(self, request: Request, response: Response, prefix: Path) -> None:
        status = response.status
        if RECEIVED in request.meta:
            return
        if "Range" in request.headers and status in (206, 416):
            discard(prefix)
            raise _CannotResumeError("the image host did not continue the partial file")
        kind = classify_file(status) or ErrorKind.NO_RESPONSE  # such as a range that was not requested
        if kind is ErrorKind.MISDIRECTED:
            self._session.stop(kind, f"Pixiv's image host cannot be used: {MISDIRECTED}")
        raise DownloadError(f"Pixiv's image host returned HTTP {status}", kind)

    async def last_modified(self, url: str) -> str | None:
        """When a file at Pixiv was last changed, according to the image host; None if it does not say so.

        Raises:
            StoppedError: the crawl is stopping.
        """
        try:
            return (await self._headers(url)).get("Last-Modified")
        except DownloadError:
            return None

    async def is_served(self, url: str, size: int) -> bool:
        """Whether the image host still has a file of that size; after a transient error, it is asked once more.

        Raises:
            DownloadError: the error did not pass.
            StoppedError: the crawl is stopping.
        """
        self._crawler.stats.inc_value("pixiv/downloads/probes")
        try:
            headers = await self._headers(url)
        except DownloadError:
            await self._session.sleep(self._first_wait * 2**self._max_retries)
            headers = await self._headers(url)
        return headers.get("Content-Length") == str(size)

    async def _headers(self, url: str) -> Mapping[str, str]:
        """The headers with which the image host would send a file; none if it would not.

        Raises:
            DownloadError: there was no response, or a server error.
        """
        request = file_request(url, Path(), self._servers.image_url).replace(method="HEAD")
        request.meta["dont_retry"] = request.meta["handle_httpstatus_all"] = True
        response = await self._response(request)
        if (kind := classify_file(response.status)) is ErrorKind.SERVER_ERROR:
            raise DownloadError(f"Pixiv's image host returned HTTP {response.status}", kind)
        headers = response.headers if response.status == 200 else Headers()
        return {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in headers.items() if values}

    async def _response(self, request: Request) -> Response:
        try:
            assert self._crawler.engine is not None
            return await self._crawler.engine.download_async(request)
        except (StoppedError, StorageError):
            raise
        except Exception as error:
            kind = kind_of_exception(error) or ErrorKind.UNKNOWN
            if FILE_POLICY[kind] is Action.STOP:
                self._session.stop(kind, f"Pixiv's image host cannot be used: {error}")
            had_response = isinstance(error, ResponseDataLossError) or kind is not ErrorKind.NO_RESPONSE
            raise DownloadError(f"{type(error).__name__}: {error}", kind, had_response=had_response) from error


def _retry_after_seconds(response: Response) -> float | None:
    return retry_after((response.headers.get("Retry-After") or b"").decode("latin-1"), datetime.now(UTC))

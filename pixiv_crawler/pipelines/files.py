"""Downloads the files that belong to an item."""

import asyncio
import logging
import shutil
from contextlib import suppress
from typing import Any, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.media import FileInfoOrError, MediaPipeline
from twisted.python.failure import Failure as TwistedFailure

from pixiv_crawler.api.errors import Action, ErrorKind
from pixiv_crawler.api.image_urls import split_url
from pixiv_crawler.exceptions import FileError, StateError, StoppedError
from pixiv_crawler.files.download import FileDownloader
from pixiv_crawler.files.partial import StorageError, discard
from pixiv_crawler.files.plan import FileCandidate, FileRequest
from pixiv_crawler.files.session import DownloadError, FileSession
from pixiv_crawler.files.store import AvailableFile, FileStore, failed_file
from pixiv_crawler.files.verification import Download
from pixiv_crawler.items import File
from pixiv_crawler.pipelines.base import postponing
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.failures import record_failure
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.signals import run_ending
from pixiv_crawler.run.state import Failure

logger = logging.getLogger(__name__)

_MAX_PROBES = 3
# meta: the file that a request is for.
_FILE_REQUEST = "pixiv_file_request"


class WorkFilesPipeline(FilesPipeline):
    """Downloads the files of an item, such as the pages of a work, and fills in `files`; a file is complete or absent.

    A valid file that exists is kept without a request, unless the artist has replaced it; so is one that Pixiv itself
    has damaged, until its URL or Last-Modified changes. A file that no longer exists is downloaded in the next smaller
    size. What could not be downloaded stays in `files` with the reason, and is recorded as failed. When the crawl is
    ending, items that lack files are postponed until the run is resumed.

    It replaces Scrapy's `_process_request`, which holds each body in memory and each result for the whole crawl, and
    supports neither partial files nor a crawl that is ending.

    Settings: FILES_STORE, PIXIV_FILE_PATH, PIXIV_NOVEL_PATH. Ends the crawl: disk_full, refused_everywhere,
    storage_failed, too_many_errors.
    Stats: pixiv/downloads/count, pixiv/downloads/bytes, pixiv/downloads/smaller, pixiv/downloads/damaged (files that
    Pixiv itself has damaged).
    """

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        require_run(crawler)
        super().__init__(store_uri, crawler=crawler)
        self._crawler = crawler
        self._session = FileSession.of(crawler)
        self._downloader = FileDownloader(crawler)
        self._store = FileStore.of(crawler)
        self._downloads: dict[str, asyncio.Task[AvailableFile]] = {}
        """By key, so that a file in two listings is requested once."""
        self._received: dict[str, dict[str, int]] = {}
        """The URL and the size of the last valid file from each host, which may not be stored yet."""
        self._damaged: dict[str, str] = {}
        """The URLs of damaged files, by SHA-256."""
        crawler.signals.connect(self._run_ending, run_ending)

    def close_spider(self) -> None:
        self._session.close()

    def _run_ending(self, reason: str) -> None:
        """Removes the partial files of a finished run; a resumed run continues them."""
        if reason == "finished":
            folder = self._store.partial_folder
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # other runs have partial files there
                folder.parent.rmdir()
                folder.parent.parent.rmdir()

    async def process_item(self, item: Any) -> Any:  # type: ignore[override]  # Scrapy's second argument is deprecated
        with postponing(self._crawler):
            if user := getattr(item, "user", None):
                await self._store.load_names(user)
            if cause := self._store.plan.missing(item):
                record_failure(self._crawler, Failure("file", item.id, cause), item)
            return await super().process_item(item)

    def get_media_requests(self, item: Any, info: MediaPipeline.SpiderInfo) -> list[Request]:
        """One request for each file in the requested size; sets `file_urls` to their URLs.

        They stand for their files: `FileDownloader` creates the requests that are sent.
        """
        requests = self._store.plan.requests_for(item)
        if requests:
            item.file_urls = [request.candidates[0].url for request in requests]
        return [self._request(request) for request in requests]

    def _request(self, file: FileRequest) -> Request:
        meta = {_FILE_REQUEST: file, "verbatim_url": True}  # it is not sent
        try:
            return Request(file.candidates[0].url, meta=meta)
        except ValueError:  # the URL is invalid, so the download fails
            return Request("about:invalid", meta=meta)

    def file_path(
        self,
        request: Request,
        response: Response | None = None,
        info: MediaPipeline.SpiderInfo | None = None,
        *,
        item: Any = None,
    ) -> str:
        """The path of a file in the store, as far as its URL determines it."""
        file: FileRequest = request.meta[_FILE_REQUEST]
        return file.candidates[0].path

    async def _process_request(self, request: Request, info: MediaPipeline.SpiderInfo, item: Any) -> Any:
        return await self._file(item, request.meta[_FILE_REQUEST])

    def item_completed(self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo) -> Any:
        if results:
            item.files = [_file_or_error(result) for result in results]
        return item

    async def _file(self, item: Any, request: FileRequest) -> File:
        """The result of one file: of the first candidate that is available."""
        failed: tuple[FileCandidate, FileError] | None = None
        for candidate in request.candidates:
            try:
                found = await self._download_once(candidate)
            except (StorageError, StateError):
                raise
            except FileError as error:
                failed = failed or (candidate, error)
                if not _may_next_succeed(error, request):
                    break
            else:
                stored = next((one for one in request.candidates if one.url == found.url), candidate)
                if failed and request.is_fallback_a_failure:
                    self._crawler.stats.inc_value("pixiv/downloads/smaller")
                    self._record_failure(item, *failed, f"; the size {stored.size_name} was stored instead")
                return found.as_file(stored)
        assert failed is not None
        if isinstance(failed[1], DownloadError) and _may_concern_others(failed[1], request):
            # All pages of a work are gone together, so they count once.
            is_gone = failed[1].action is Action.SMALLER_SIZE
            file = f"work {_id_of(item)}" if is_gone else request.candidates[0].key
            url = failed[0].url
            try:
                await self._session.failed(failed[1], file, lambda: self._is_host_working(url))
            except StoppedError:
                Checkpoint.of(self._crawler).postpone_refused(item)
                raise
        self._record_failure(item, *failed)
        return failed_file(*failed)

    async def _is_host_working(self, url: str) -> bool:
        """Whether the host of a file still has one of the last files that any run downloaded from it; some may be gone."""
        host, state = _host_of(url), Run.of(self._crawler).state
        stored = {file.url: file.size_bytes for file in await state.newest_downloads(host, _MAX_PROBES)}
        with suppress(DownloadError):
            for known, size in (self._received.get(host, {}) | stored).items():
                if await self._downloader.is_served(known, size):
                    return True
        return False

    def _record_failure(self, item: Any, candidate: FileCandidate, error: FileError, addition: str = "") -> None:
        record_failure(self._crawler, Failure("file", _id_of(item), f"{error}{addition}", candidate.url), item)

    async def _download_once(self, candidate: FileCandidate) -> AvailableFile:
        if (task := self._downloads.get(candidate.key)) is None:
            task = self._downloads[candidate.key] = asyncio.create_task(self._download(candidate))
            task.add_done_callback(lambda _: self._downloads.pop(candidate.key))
        return await task

    async def _download(self, candidate: FileCandidate) -> AvailableFile:
        found = await self._store.find(candidate)
        if found and not await self._is_changed(found):
            return found
        prefix = self._store.partial_prefix(candidate)
        download = await self._downloader.download(candidate.url, prefix, candidate.pixels)
        if download.problem:
            await self._check_damaged(download, candidate)
            logger.warning("%s is damaged at Pixiv, and kept as it is: %s", candidate.url, download.problem)
            self._crawler.stats.inc_value("pixiv/downloads/damaged")
        else:
            self._session.file_received()
            self._received[_host_of(candidate.url)] = {candidate.url: download.size}
        found = await self._store.put(
            download.path,
            candidate,
            download.sha256,
            problem=download.problem,
            last_modified=download.last_modified,
        )
        self._crawler.stats.inc_value("pixiv/downloads/count")
        self._crawler.stats.inc_value("pixiv/downloads/bytes", download.size)
        return found

    async def _check_damaged(self, download: Download, candidate: FileCandidate) -> None:
        """Checks that the image host has not sent the same damaged file for another one, too.

        Raises:
            DownloadError: it has: such a file is a placeholder.
        """
        # Before the query, during which another download may end.
        url = self._damaged.setdefault(download.sha256, candidate.url)
        state = Run.of(self._crawler).state
        if url != candidate.url or await state.is_damaged_elsewhere(download.sha256, candidate.url, candidate.key):
            discard(self._store.partial_prefix(candidate))
            raise DownloadError(
                f"Pixiv's image host returned the same damaged file for several URLs: {download.problem}",
                ErrorKind.UNKNOWN,
            )

    async def _is_changed(self, found: AvailableFile) -> bool:
        """Whether Pixiv may have replaced a file that it had damaged in an earlier run."""
        if not found.problem or not found.last_modified or found.is_new:
            return False
        last_modified = await self._downloader.last_modified(found.url)
        return last_modified not in (None, found.last_modified)


def _file_or_error(result: FileInfoOrError) -> File:
    """The result of a file.

    Raises:
        Exception: whatever kept it from having one; the item must not continue as if it were complete.
    """
    is_file, found = result
    if is_file:
        return cast("File", found)
    error = cast("TwistedFailure", found).value
    assert error is not None
    raise error


def _host_of(url: str) -> str:
    """The beginning of a URL, up to its path."""
    parts = split_url(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _id_of(item: Any) -> int:
    """The ID of the work, or of the user."""
    return int(getattr(item, "id", None) or item.user.id)


def _may_concern_others(error: DownloadError, request: FileRequest) -> bool:
    """Whether the image host may refuse every file; a single image that is gone says nothing about the others."""
    return error.action is not Action.SMALLER_SIZE or len(request.candidates) > 1


def _may_next_succeed(error: FileError, request: FileRequest) -> bool:
    """Whether a smaller size may be available; False if the image host does not respond at all.

    A smaller size that is as good as the requested one is kept permanently, so it is used only if it is the only one.
    """
    if not isinstance(error, DownloadError):
        return False
    return error.action is Action.SMALLER_SIZE or (
        request.is_fallback_a_failure and error.action is Action.RETRY and error.had_response
    )

"""Downloads the files that belong to an item."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.media import FileInfoOrError, MediaPipeline
from twisted.python.failure import Failure

from pixiv_crawler.api.errors import Action
from pixiv_crawler.exceptions import FileError, StateError, StoppedError
from pixiv_crawler.files.download import DownloadError, FileDownloader
from pixiv_crawler.files.partial import StorageError, partial_prefix
from pixiv_crawler.files.plan import FileCandidate, FileRequest
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.store import AvailableFile, FileStore, failed_file
from pixiv_crawler.http.requests import file_request
from pixiv_crawler.items import File
from pixiv_crawler.layout import paths
from pixiv_crawler.run.checkpoint import Journal, Postponed
from pixiv_crawler.run.failures import Loss, lose, run_ending

# meta: the file that a request is for.
_ASK = "pixiv_ask"


class WorkFilesPipeline(FilesPipeline):
    """Downloads what belongs to an item, such as the pages of a work, and fills in `files`; a file is whole or not there.

    A file that is there and whole is kept without a request, unless the artist has replaced it. One that is gone is had
    in the next smaller size. What could not be had stays in `files` with its reason, and is reported as lost. When the
    crawl is ending, items whose files are not all there are left for when the run goes on.

    Scrapy's own way of asking is replaced (`_process_request`): it holds each body in memory, and each result for the
    whole crawl, and knows neither parts nor the end of a crawl.

    Settings: FILES_STORE, PIXIV_FILE_PATH, PIXIV_NOVEL_PATH, PIXIV_DATA_DIR. Ends the crawl: disk_full, storage_failed.
    Stats: pixiv/files/downloaded, pixiv/files/kept, pixiv/files/failed, pixiv/files/smaller, pixiv/files/bytes.
    """

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        super().__init__(store_uri, crawler=crawler)
        spider: Any = crawler.spider
        self._crawler = crawler
        self._image_url = crawler.settings["PIXIV_IMAGE_URL"]
        self._parts = paths.parts_folder(Path(crawler.settings["PIXIV_DATA_DIR"]), spider.name, spider.job)
        self._session = FileSession.of(crawler)
        self._downloader = FileDownloader(crawler)
        self._store = FileStore.of(crawler)
        self._under_way: dict[str, asyncio.Task[AvailableFile]] = {}
        """By key: a file that two listings name is asked for once."""
        crawler.signals.connect(self._run_ending, run_ending)

    def close_spider(self) -> None:
        self._session.close()

    def _run_ending(self, reason: str) -> None:
        """Removes the parts of a finished run; one that goes on goes on with them."""
        if reason == "finished" and Journal.of(self._crawler).is_complete:
            shutil.rmtree(self._parts, ignore_errors=True)
            with suppress(OSError):  # other runs have parts there
                self._parts.parent.rmdir()
                self._parts.parent.parent.rmdir()

    def get_media_requests(self, item: Any, info: MediaPipeline.SpiderInfo) -> list[Request]:
        """One request for each file, in the size asked for; `file_urls` has their addresses from now on."""
        asks = self._store.plan.requests_for(item)
        if asks:
            item.file_urls = [ask.candidates[0].url for ask in asks]
        return [self._request(ask) for ask in asks]

    def _request(self, ask: FileRequest) -> Request:
        best = ask.candidates[0]
        request = file_request(best.url, self._place(best), self._image_url)
        request.meta[_ASK] = ask
        return request

    def _place(self, wanted: FileCandidate) -> Path:
        return partial_prefix(self._parts, wanted.key, wanted.url)

    def file_path(
        self,
        request: Request,
        response: Response | None = None,
        info: MediaPipeline.SpiderInfo | None = None,
        *,
        item: Any = None,
    ) -> str:
        """Where the file of a request lies below the store, as far as its address tells."""
        ask: FileRequest = request.meta[_ASK]
        return ask.candidates[0].path

    async def _process_request(self, request: Request, info: MediaPipeline.SpiderInfo, item: Any) -> Any:
        return await self._file(item, request.meta[_ASK])

    def item_completed(self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo) -> Any:
        if results:
            item.files = [_file(result) for result in results]
        return item

    async def _file(self, item: Any, ask: FileRequest) -> File:
        """What became of one file: in the best choice that is to be had."""
        lost: tuple[FileCandidate, FileError] | None = None
        for wanted in ask.candidates:
            try:
                found = await self._once(wanted)
            except (StorageError, StateError) as error:
                Journal.of(self._crawler).stop_for(error.__cause__ if isinstance(error.__cause__, OSError) else error)
                raise
            except FileError as error:
                lost = lost or (wanted, error)
                if not _is_less_worth_a_try(error, ask):
                    break
            else:
                had = next((one for one in ask.candidates if one.url == found.url), wanted)
                return self._had(item, had, found, lost if ask.is_fallback_a_failure else None)
        assert lost is not None
        self._crawler.stats.inc_value("pixiv/files/failed")
        self._lose(item, *lost)
        return failed_file(*lost)

    def _had(
        self, item: Any, wanted: FileCandidate, found: AvailableFile, lost: tuple[FileCandidate, FileError] | None
    ) -> File:
        file = found.as_file(wanted)
        self._crawler.stats.inc_value(f"pixiv/files/{file.status}")
        if lost:
            self._crawler.stats.inc_value("pixiv/files/smaller")
            self._lose(item, *lost, but=f"; its size {wanted.size_name} is there instead")
        return file

    def _lose(self, item: Any, wanted: FileCandidate, error: FileError, but: str = "") -> None:
        id_ = getattr(item, "id", None) or item.user.id
        lose(self._crawler, Loss("file", id_, f"{error}{but}", wanted.url), item)

    async def _once(self, wanted: FileCandidate) -> AvailableFile:
        if (task := self._under_way.get(wanted.key)) is None:
            task = self._under_way[wanted.key] = asyncio.create_task(self._get(wanted))
            task.add_done_callback(lambda _: self._under_way.pop(wanted.key))
        return replace(await task)

    async def _get(self, wanted: FileCandidate) -> AvailableFile:
        if found := await self._store.find(wanted):
            return found
        received = await self._downloader.download(wanted.url, self._place(wanted))
        found = await self._store.put(received.path, wanted, received.sha256)
        self._crawler.stats.inc_value("pixiv/files/bytes", received.size)
        return found


def _file(result: FileInfoOrError) -> File:
    """What became of a file; an item that lacks one because the crawl is ending is left for when it goes on."""
    is_file, found = result
    if is_file:
        return cast("File", found)
    error = cast("Failure", found).value
    assert error is not None
    if isinstance(error, StoppedError | StorageError | StateError):
        raise Postponed(str(error)) from error
    raise error  # of ours: the item must not go on as if it were whole


def _is_less_worth_a_try(error: FileError, ask: FileRequest) -> bool:
    """Where nobody answers, a smaller size would not be had either.

    Where a smaller one is as good as what was asked for, it is kept for good: so only when there is none but it.
    """
    if not isinstance(error, DownloadError):
        return False
    return error.action is Action.SMALLER_SIZE or (
        ask.is_fallback_a_failure and error.action is Action.RETRY and error.had_response
    )

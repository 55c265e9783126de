"""Downloads the files of a work."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.media import FileInfoOrError, MediaPipeline
from twisted.python.failure import Failure

from pixiv_crawler import paths
from pixiv_crawler.api.enums import FileSize
from pixiv_crawler.api.errors import Action
from pixiv_crawler.downloads import DownloadError, Downloads
from pixiv_crawler.exceptions import FileError, StateError, StoppedError
from pixiv_crawler.filesession import FileSession
from pixiv_crawler.filestore import FileStore
from pixiv_crawler.items import File, Illust
from pixiv_crawler.journal import Journal, Postponed
from pixiv_crawler.parsing import page_urls
from pixiv_crawler.parts import StorageError, part_place
from pixiv_crawler.requests import file_request
from pixiv_crawler.signals import Loss, lose, run_ending

# meta: the page of a work that a request is for, and the address that Pixiv gave.
_PAGE = "pixiv_page"

_Status = Literal["downloaded", "kept", "failed"]

# Those that show all of a page, as the square one does not.
_SMALLER = {FileSize.ORIGINAL: (FileSize.LARGE, FileSize.MEDIUM), FileSize.LARGE: (FileSize.MEDIUM,)}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file of a work, in one of its sizes."""

    url: str
    path: str
    """Below the files."""
    place: Path
    """Of its part."""
    size_name: Any
    """As in `File`."""


class WorkFilesPipeline(FilesPipeline):
    """Downloads `file_urls` to `PIXIV_FILE_PATH` and fills in `files`; a file is there whole or not at all.

    A file that is there and whole is kept without a request, unless the artist has replaced it. One that is gone is had
    in the next smaller size. What could not be had stays in `files` with its reason, and is reported as lost. When the
    crawl is ending, works whose files are not all there are left for when the run goes on.

    Scrapy's own way of asking is replaced (`_process_request`): it holds each body in memory, and each result for the
    whole crawl, and knows neither parts nor the end of a crawl.

    Settings: FILES_STORE, PIXIV_FILE_PATH, PIXIV_DATA_DIR. Ends the crawl: disk_full, storage_failed.
    Stats: pixiv/files/downloaded, pixiv/files/kept, pixiv/files/failed, pixiv/files/smaller, pixiv/files/bytes.
    """

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        super().__init__(store_uri, crawler=crawler)
        data_dir = Path(crawler.settings["PIXIV_DATA_DIR"])
        spider: Any = crawler.spider
        self._crawler = crawler
        self._image_url = crawler.settings["PIXIV_IMAGE_URL"]
        self._template = paths.FilePathTemplate(crawler.settings["PIXIV_FILE_PATH"])
        self._parts = paths.parts_folder(data_dir, spider.name, spider.job)
        self._size = FileSize(getattr(getattr(spider, "args", None), "files", FileSize.ORIGINAL))
        self._session = FileSession.of(crawler)
        self._downloads = Downloads(crawler)
        self._store = FileStore(crawler, Path(store_uri))
        self._under_way: dict[str, asyncio.Task[File]] = {}
        """By path: a file that two works or two listings name is asked for once."""
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
        """One request for each of `file_urls`, in the size asked for."""
        if not isinstance(item, Illust):
            return []
        found = page_urls(item, self._size)
        pages = [page for page, _ in found] if len(found) == len(item.file_urls) else range(len(item.file_urls))
        return [self._request(item, page, url) for page, url in zip(pages, item.file_urls, strict=True)]

    def _request(self, work: Illust, page: int, url: str) -> Request:
        request = file_request(url, part_place(self._parts, work.id, page, url), self._image_url)
        request.meta[_PAGE] = {"page": page, "url": url}
        return request

    def file_path(
        self,
        request: Request,
        response: Response | None = None,
        info: MediaPipeline.SpiderInfo | None = None,
        *,
        item: Any = None,
    ) -> str:
        """Where the file of a request lies below the store."""
        return self._path(item, **request.meta[_PAGE], size=self._size)

    async def _process_request(self, request: Request, info: MediaPipeline.SpiderInfo, item: Any) -> Any:
        return await self._file(item, **request.meta[_PAGE])

    def item_completed(self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo) -> Any:
        if isinstance(item, Illust):
            item.files = [_file(result) for result in results]
        return item

    async def _file(self, work: Illust, page: int, url: str) -> File:
        """What became of one file: in the size asked for, else in the next smaller one that is to be had."""
        lost: tuple[_Wanted, FileError] | None = None
        for wanted in self._sizes(work, page, url):
            try:
                file = await self._once(wanted)
            except (StorageError, StateError) as error:
                Journal.of(self._crawler).stop_for(error.__cause__ if isinstance(error.__cause__, OSError) else error)
                raise
            except FileError as error:
                lost = lost or (wanted, error)
                if not _is_smaller_worth_a_try(error):
                    break
            else:
                self._crawler.stats.inc_value(f"pixiv/files/{file.status}")
                if lost:
                    self._crawler.stats.inc_value("pixiv/files/smaller")
                    self._lose(work, *lost, but=f"; its size {wanted.size_name} is there instead")
                return replace(file)
        assert lost is not None
        return self._failed(work, *lost)

    def _failed(self, work: Illust, wanted: _Wanted, error: FileError) -> File:
        self._crawler.stats.inc_value("pixiv/files/failed")
        self._lose(work, wanted, error)
        return _described(wanted, "failed", error=str(error))

    def _lose(self, work: Illust, wanted: _Wanted, error: FileError, but: str = "") -> None:
        lose(self._crawler, Loss("file", work.id, f"{error}{but}", wanted.url))

    def _sizes(self, work: Illust, page: int, url: str) -> Iterator[_Wanted]:
        is_zip = urlsplit(url).path.endswith(".zip")
        yield self._wanted(work, page, url, self._size, "zip" if is_zip else str(self._size))
        for size in _SMALLER.get(self._size, ()) if not is_zip else ():
            if smaller := dict(page_urls(work, size)).get(page):
                yield self._wanted(work, page, smaller, size, str(size))

    def _wanted(self, work: Illust, page: int, url: str, size: FileSize, size_name: str) -> _Wanted:
        path = self._path(work, page, url, size)
        return _Wanted(url, path, part_place(self._parts, work.id, page, url), size_name)

    def _path(self, work: Illust, page: int, url: str, size: FileSize) -> str:
        # A smaller size is another file: it must not be kept in place of an original, nor an original in its place.
        folder = "" if size is FileSize.ORIGINAL else f"{size}/"
        return folder + self._template.path(work, page, url)

    async def _once(self, wanted: _Wanted) -> File:
        if (task := self._under_way.get(wanted.path)) is None:
            task = self._under_way[wanted.path] = asyncio.create_task(self._get(wanted))
            task.add_done_callback(lambda _: self._under_way.pop(wanted.path))
        return await task

    async def _get(self, wanted: _Wanted) -> File:
        if found := await self._store.find(wanted.path, wanted.url):
            status: _Status = "downloaded" if found.is_new else "kept"
            return _described(wanted, status, sha256=found.sha256, size=found.size)
        received = await self._downloads.get(wanted.url, wanted.place)
        await self._store.put(received.part, wanted.path, wanted.url, received.sha256)
        self._crawler.stats.inc_value("pixiv/files/bytes", received.size)
        return _described(wanted, "downloaded", sha256=received.sha256, size=received.size)


def _file(result: FileInfoOrError) -> File:
    """What became of a file; a work that lacks one because the crawl is ending is left for when it goes on."""
    is_file, found = result
    if is_file:
        return cast("File", found)
    error = cast("Failure", found).value
    assert error is not None
    if isinstance(error, StoppedError | StorageError | StateError):
        raise Postponed(str(error)) from error
    raise error  # of ours: the work must not go on as if it were whole


def _is_smaller_worth_a_try(error: FileError) -> bool:
    """Where nobody answers, a smaller size would not be had either."""
    if not isinstance(error, DownloadError):
        return False
    return error.action is Action.SMALLER or (error.action is Action.REPEAT and error.was_answered)


def _described(
    wanted: _Wanted, status: _Status, *, sha256: str | None = None, size: int | None = None, error: str | None = None
) -> File:
    return File(
        url=wanted.url,
        path=wanted.path,
        sha256=sha256,
        size=size,
        status=status,
        error=error,
        size_name=wanted.size_name,
    )

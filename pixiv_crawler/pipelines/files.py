"""Downloads the files of a work."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.media import FileInfo, FileInfoOrError, MediaPipeline
from twisted.python.failure import Failure

from pixiv_crawler import paths
from pixiv_crawler.api.enums import FileSize
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.items import File, Illust
from pixiv_crawler.media import problem_of
from pixiv_crawler.requests import DOWNLOAD_TO, RECEIVED, file_request
from pixiv_crawler.signals import Loss, lose

logger = logging.getLogger(__name__)


_PASSING = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)


class PassingFileError(FileError):
    """A file that may be had a little later."""


class WorkFilesPipeline(FilesPipeline):
    """Downloads `file_urls` to `PIXIV_FILE_PATH` and fills in `files`; a file is there whole or not at all.

    The download handler writes a body into the run's folder of parts and looks whether it is whole; here it is brought
    under its name. A file that is there and whole is kept without a request; a broken one is replaced. A file that
    could not be had stays in `files` with its reason, and is reported as lost.

    Settings: FILES_STORE, PIXIV_FILE_PATH, PIXIV_IMAGE_URL, PIXIV_DATA_DIR.
    Stats: pixiv/files/downloaded, pixiv/files/kept, pixiv/files/broken, pixiv/files/failed, pixiv/files/bytes.
    """

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        super().__init__(store_uri, crawler=crawler)
        self._folder = Path(store_uri)
        self._template = paths.FilePathTemplate(crawler.settings["PIXIV_FILE_PATH"])
        settings = crawler.settings
        self._max_repeats = settings.getint("RETRY_TIMES") if settings.getbool("RETRY_ENABLED") else 0
        self._first_wait = settings.getfloat("PIXIV_API_DELAY")
        self._passing_statuses = set(map(int, settings.getlist("RETRY_HTTP_CODES")))
        self._image_url = crawler.settings["PIXIV_IMAGE_URL"]
        self._parts = _parts_folder(self._folder, crawler)
        size = getattr(getattr(crawler.spider, "args", None), "files", FileSize.ORIGINAL)
        # A smaller size is another file: it must not be kept in place of an original, nor an original in its place.
        self._size_folder = "" if size == FileSize.ORIGINAL else f"{size}/"

    async def close_spider(self) -> None:
        """Removes what unfinished downloads left behind."""
        await asyncio.to_thread(shutil.rmtree, self._parts, ignore_errors=True)

    def get_media_requests(self, item: Any, info: MediaPipeline.SpiderInfo) -> list[Request]:
        if not isinstance(item, Illust):
            return []
        return [self._request(item, page, url) for page, url in enumerate(item.file_urls)]

    def _request(self, work: Illust, page: int, url: str) -> Request:
        request = file_request(url, self._parts / f"{work.id}_{page}.part", self._image_url)
        request.meta["pixiv_file"] = {"url": url, "path": self._size_folder + self._template.path(work, page, url)}
        return request

    async def media_to_download(  # type: ignore[override]
        self, request: Request, info: MediaPipeline.SpiderInfo, *, item: Any = None
    ) -> FileInfo | None:
        """Keeps a file that is there and whole; a look at its end costs less than asking Pixiv."""
        target = self._target(request)
        try:
            problem = await asyncio.to_thread(problem_of, target)
        except OSError:
            return None
        if problem is None:
            size = (await asyncio.to_thread(target.stat)).st_size
            return self._info(request, "kept", size=size)
        logger.warning("%s of an earlier run %s: downloading it again", target, problem)
        self.crawler.stats.inc_value("pixiv/files/broken")
        return None

    async def _check_media_to_download(self, request: Request, info: MediaPipeline.SpiderInfo, item: Any) -> FileInfo:
        request.meta["dont_retry"] = True
        try:
            for repeats in range(self._max_repeats):
                try:
                    return await super()._check_media_to_download(request, info, item)
                except PassingFileError as error:
                    wait = self._first_wait * 2**repeats
                    logger.info("%s: %s; asking again in %.3g seconds", request.url, error, wait)
                    self.crawler.stats.inc_value("pixiv/files/repeated")
                    await asyncio.sleep(wait)
            return await super()._check_media_to_download(request, info, item)
        except FileError as error:
            with suppress(OSError):
                await asyncio.to_thread(Path(request.meta[DOWNLOAD_TO]).unlink, missing_ok=True)
            lose(self.crawler, Loss("file", item.id, str(error), request.meta["pixiv_file"]["url"]))
            return self._info(request, "failed", error=str(error))

    def media_failed(self, failure: Failure, request: Request, info: MediaPipeline.SpiderInfo) -> NoReturn:
        if isinstance(failure.value, FileError):
            raise failure.value
        error = PassingFileError if isinstance(failure.value, _PASSING) else FileError
        raise error(f"{type(failure.value).__name__}: {failure.value}")

    async def media_downloaded(
        self, response: Response, request: Request, info: MediaPipeline.SpiderInfo, *, item: Any = None
    ) -> FileInfo:
        if response.status != 200:
            error = PassingFileError if response.status in self._passing_statuses else FileError
            raise error(f"Pixiv's image host answered HTTP {response.status}")
        received = response.meta.get(RECEIVED) or await self._receive(response, request)
        try:
            await asyncio.to_thread(_store, Path(request.meta[DOWNLOAD_TO]), self._target(request))
        except OSError as error:
            raise FileError(f"the file could not be stored ({error.strerror})") from error
        self.crawler.stats.inc_value("pixiv/files/bytes", received["size"])
        return self._info(request, "downloaded", **received)

    @staticmethod
    async def _receive(response: Response, request: Request) -> dict[str, Any]:
        """Writes a body that came encoded, which is decoded in memory."""
        part = Path(request.meta[DOWNLOAD_TO])
        await asyncio.to_thread(part.parent.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(part.write_bytes, response.body)
        if (problem := await asyncio.to_thread(problem_of, part)) is not None:
            raise PassingFileError(f"the file {problem}")
        return {"sha256": hashlib.sha256(response.body).hexdigest(), "size": len(response.body)}

    def item_completed(self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo) -> Any:
        if isinstance(item, Illust):
            item.files = [_file(result) for result in results]
        return item

    def _cache_result_and_execute_waiters(
        self, result: FileInfo | Failure, fp: bytes, info: MediaPipeline.SpiderInfo
    ) -> None:
        super()._cache_result_and_execute_waiters(result, fp, info)
        # Scrapy would remember every file of the crawl; ours are known by their place on disk.
        del info.downloaded[fp]

    def _target(self, request: Request) -> Path:
        path: str = request.meta["pixiv_file"]["path"]
        return self._folder / path

    def _info(self, request: Request, status: str, **details: Any) -> FileInfo:
        self.crawler.stats.inc_value(f"pixiv/files/{status}")
        info: Any = {**request.meta["pixiv_file"], "status": status, **details}
        return cast("FileInfo", info)


def _file(result: FileInfoOrError) -> File:
    ok, value = result
    if not ok:
        assert isinstance(value, Failure)
        value.raiseException()  # an error of ours: the item must not go on as if it were whole
    details: dict[str, Any] = {"sha256": None, "size": None} | dict(value)  # type: ignore[arg-type]
    return File(**details)


def _parts_folder(files: Path, crawler: Crawler) -> Path:
    """Where parts lie: beside the files, unless these are on another disk, where a rename could not reach them."""
    data_dir = Path(crawler.settings["PIXIV_DATA_DIR"])
    base = data_dir if data_dir.stat().st_dev == files.stat().st_dev else files
    spider: Any = crawler.spider
    return paths.parts_folder(base, spider.name, spider.job)


def _store(part: Path, target: Path) -> None:
    """Brings a whole file under its name, so that a power cut leaves it whole or away."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    with suppress(PermissionError):  # Windows opens no folders
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

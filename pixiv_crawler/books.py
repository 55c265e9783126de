"""Novels as files: what each is made of, and how it comes into the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from scrapy.crawler import Crawler

from pixiv_crawler import paths
from pixiv_crawler.api.enums import NovelFormat
from pixiv_crawler.filesession import FileSession
from pixiv_crawler.filestore import FileStore, Found
from pixiv_crawler.items import File, Novel, NovelSeries
from pixiv_crawler.novels import write_novel, write_series
from pixiv_crawler.parts import part_place, sha256_of, storing
from pixiv_crawler.wanted import Wanted, embedded_key, is_cover, series_file

# Changes when novels are written in another way, so that they are written anew.
_EDITION = b"1"


class Books:
    """Writes novels, unless they are there as they are.

    Raises (on every call):
        FileError: a file cannot be written; `StorageError` when the disk is full or broken.
        StateError: the state database failed.
        StoppedError: the crawl is being stopped.
    """

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._crawler = crawler
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)
        self._parts = paths.parts_folder(Path(crawler.settings["PIXIV_DATA_DIR"]), spider.name, spider.job)

    async def novel(self, novel: Novel, as_format: NovelFormat) -> tuple[Wanted, Found]:
        """The novel in one format, with the images among its `files`."""
        wanted = self._store.wanted.novel_file(novel, as_format, _digest([novel], novel.files))
        pictures = self._pictures(novel.files)
        return wanted, await self._there(wanted, lambda part: write_novel(novel, as_format, *pictures, part))

    async def series(self, series: NovelSeries, novels: list[Novel]) -> tuple[Wanted, Found]:
        """The novels of a series as one EPUB."""
        files = [file for novel in novels for file in novel.files]
        wanted = series_file(series, _digest([series, *novels], files))
        images, _ = self._pictures(files)
        _, cover = self._pictures(novels[0].files)
        return wanted, await self._there(wanted, lambda part: write_series(series, novels, images, cover, part))

    def _pictures(self, files: Iterable[File]) -> tuple[Mapping[str, Path], Path | None]:
        """The images that texts show, by their keys, and the cover."""
        there = [file for file in files if file.status != "failed"]
        images = {key: self._store.place(file.path) for file in there if (key := embedded_key(file.path))}
        return images, next((self._store.place(file.path) for file in there if is_cover(file.path)), None)

    async def _there(self, wanted: Wanted, write: Callable[[Path], None]) -> Found:
        if found := await self._store.find(wanted):
            return found
        part = part_place(self._parts, wanted.key, wanted.url).with_suffix(".part")
        sha256 = await self._session.in_thread(_written, write, part)
        found = await self._store.put(part, wanted, sha256)
        self._crawler.stats.inc_value("pixiv/files/made")
        return found


def _written(write: Callable[[Path], None], part: Path) -> str:
    with storing():
        part.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        return sha256_of(part)


def _digest(made_of: Iterable[Novel | NovelSeries], files: Iterable[File]) -> str:
    """Changes when something does that readers see."""
    digest = hashlib.sha256(_EDITION)
    for one in made_of:
        shown = {name: getattr(one, name) for name in ("id", "title", "caption", "user")}
        if isinstance(one, Novel):
            shown |= {name: getattr(one, name) for name in ("text", "tags", "series", "create_date")}
        digest.update(msgspec.json.encode(shown))
    digest.update(
        msgspec.json.encode([file.sha256 for file in files if embedded_key(file.path) or is_cover(file.path)])
    )
    return digest.hexdigest()[:16]

"""Novels as files: what each is made of, and how it comes into the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.exceptions import FileError, StateError
from pixiv_crawler.files.partial import StorageError, part_place, sha256_of, storing
from pixiv_crawler.files.plan import Wanted, embedded_key, is_cover, series_file
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.store import FileStore, Found, failed_file
from pixiv_crawler.items import File, Novel, NovelSeries
from pixiv_crawler.layout import paths
from pixiv_crawler.novels import about_novel, about_series, embedded_images, write_novel, write_series
from pixiv_crawler.options import NovelFormat
from pixiv_crawler.run.failures import Loss, lose

# Changes when novels are written in another way, so that they are written anew.
_EDITION = b"1"


class Books:
    """Writes novels, unless they are there as they are; what cannot be written is lost.

    Stats: pixiv/files/made, pixiv/files/failed.

    Raises (on every call):
        StorageError: the disk is full or broken.
        StateError: the state database failed.
        StoppedError: the crawl is being stopped.
    """

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        self._crawler = crawler
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)
        self._parts = paths.parts_folder(Path(crawler.settings["PIXIV_DATA_DIR"]), spider.name, spider.job)

    async def novel(self, novel: Novel, as_format: NovelFormat) -> File:
        """What became of the novel in one format, with the images among its `files`."""
        wanted = self._store.wanted.novel_file(novel, as_format, _digest(_shown(novel), novel.files))
        pictures = self._pictures(novel.files)
        return await self._file(novel, wanted, lambda part: write_novel(novel, as_format, *pictures, part))

    async def series(self, series: NovelSeries, novels: list[Novel]) -> File:
        """What became of the novels of a series as one EPUB."""
        files = [file for novel in novels for file in novel.files]
        about = about_series(series, map(about_novel, novels))
        wanted = series_file(series, _digest([about, *map(_shown, novels)], files))
        images, _ = self._pictures(files)
        _, cover = self._pictures(novels[0].files)
        return await self._file(series, wanted, lambda part: write_series(series, novels, images, cover, part))

    def _pictures(self, files: Iterable[File]) -> tuple[Mapping[str, Path], Path | None]:
        """The images that texts show, by their keys, and the cover."""
        there = [file for file in files if file.status != "failed"]
        images = {key: self._store.place(file.path) for file in there if (key := embedded_key(file.path))}
        return images, next((self._store.place(file.path) for file in there if is_cover(file.path)), None)

    async def _file(self, item: Novel | NovelSeries, wanted: Wanted, write: Callable[[Path], None]) -> File:
        try:
            found = await self._store.find(wanted) or await self._made(wanted, write)
        except (StorageError, StateError):
            raise
        except FileError as error:
            self._crawler.stats.inc_value("pixiv/files/failed")
            what = item.kind.replace("_", " ")
            lose(
                self._crawler,
                Loss("file", item.id, f"no {wanted.size_name} of the {what} ({error})", wanted.url),
                item,
            )
            return failed_file(wanted, error)
        return found.as_file(wanted)

    async def _made(self, wanted: Wanted, write: Callable[[Path], None]) -> Found:
        part = part_place(self._parts, wanted.key, wanted.url).with_suffix(".part")
        sha256 = await self._session.in_thread(_written, write, part)
        found = await self._store.put(part, wanted, sha256)
        self._crawler.stats.inc_value("pixiv/files/made")
        return found


def _written(write: Callable[[Path], None], part: Path) -> str:
    with storing():
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(part)
        except OSError:
            raise
        except Exception as error:  # whatever it was, the novel itself is whole
            raise FileError(f"{type(error).__name__}: {error}") from error
        return sha256_of(part)


def _shown(novel: Novel) -> tuple[object, ...]:
    """What readers see of a novel, but for the images themselves."""
    return about_novel(novel), novel.text, embedded_images(novel)


def _digest(shown: Iterable[object], files: Iterable[File]) -> str:
    """Changes when something does that readers see."""
    pictures = [file.sha256 for file in files if embedded_key(file.path) or is_cover(file.path)]
    digest = hashlib.sha256(_EDITION)
    for one in (*shown, pictures):
        digest.update(repr(one).encode())
    return digest.hexdigest()[:16]

"""Generates files from novels and puts them into the store."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from scrapy.crawler import Crawler

from pixiv_crawler.exceptions import FileError, StateError
from pixiv_crawler.files.partial import StorageError, sha256_of, storage_errors
from pixiv_crawler.files.plan import FileCandidate, embedded_key, is_cover, series_file
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.store import AvailableFile, FileStore, failed_file
from pixiv_crawler.items import File, Novel, NovelSeries
from pixiv_crawler.novels import write_novel, write_series
from pixiv_crawler.novels.embedded import embedded_images
from pixiv_crawler.novels.metadata import about_novel, about_series
from pixiv_crawler.options import NovelFormat
from pixiv_crawler.run.failures import record_failure
from pixiv_crawler.run.state import Failure

# Incremented when the format of the files changes, so that existing files are regenerated.
_EDITION = b"2"


class NovelFiles:
    """Generates the files of novels, unless they are up to date; a file that cannot be generated is a failure.

    Stats: pixiv/store/generated.

    Raises (on every call):
        StorageError: the disk is full or failing.
        StateError: the state database failed.
        StoppedError: the crawl is stopping.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)

    async def novel(self, novel: Novel, format_: NovelFormat) -> File:
        """The file of a novel in one format; contains the images among the `files` of the novel."""
        candidate = self._store.plan.novel_file(novel, format_, _digest(_visible_content(novel), novel.files))
        images = self._images(novel.files)
        return await self._file(novel, candidate, lambda path: write_novel(novel, format_, *images, path))

    async def series(self, series: NovelSeries, novels: list[Novel]) -> File:
        """The novels of a series as one EPUB file."""
        files = [file for novel in novels for file in novel.files]
        about = about_series(series, map(about_novel, novels))
        candidate = series_file(series, _digest([about, *map(_visible_content, novels)], files))
        images, _ = self._images(files)
        covers = {novel.id: cover for novel in novels if (cover := self._images(novel.files)[1])}
        return await self._file(series, candidate, lambda path: write_series(series, novels, images, covers, path))

    def _images(self, files: Iterable[File]) -> tuple[Mapping[str, Path], Path | None]:
        """The embedded images by key, and the cover."""
        paths_ = [file.path for file in files if file.status != "failed"]
        images = {key: self._store.local_path(path) for path in paths_ if (key := embedded_key(path))}
        return images, next((self._store.local_path(path) for path in paths_ if is_cover(path)), None)

    async def _file(self, item: Novel | NovelSeries, candidate: FileCandidate, write: Callable[[Path], None]) -> File:
        try:
            available = await self._store.find(candidate) or await self._generate(candidate, write)
        except (StorageError, StateError):
            raise
        except FileError as error:
            message = f"the {candidate.size_name} file of the {item.kind.replace('_', ' ')} was not generated: {error}"
            record_failure(self._crawler, Failure("file", item.id, message, candidate.url), item)
            return failed_file(candidate, error)
        return available.as_file(candidate)

    async def _generate(self, candidate: FileCandidate, write: Callable[[Path], None]) -> AvailableFile:
        partial = self._store.partial_prefix(candidate).with_suffix(".part")
        sha256 = await self._session.in_thread(_write, write, partial)
        available = await self._store.put(partial, candidate, sha256)
        self._crawler.stats.inc_value("pixiv/store/generated")
        return available


def _write(write: Callable[[Path], None], path: Path) -> str:
    """Writes a file and returns its hash."""
    with storage_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(path)
        except OSError:
            raise
        except Exception as error:  # whatever the cause, the novel itself is valid
            raise FileError(f"{type(error).__name__}: {error}") from error
        return sha256_of(path)


def _visible_content(novel: Novel) -> tuple[object, ...]:
    """What readers see of a novel, except for the images themselves."""
    return about_novel(novel), novel.text, embedded_images(novel)


def _digest(content: Iterable[object], files: Iterable[File]) -> str:
    """Identifies what readers see: the visible content and the images."""
    images = [file.sha256 for file in files if embedded_key(file.path) or is_cover(file.path)]
    digest = hashlib.sha256(_EDITION)
    for value in (*content, images):
        digest.update(repr(value).encode())
    return digest.hexdigest()[:16]

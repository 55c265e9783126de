"""Generates a page that shows the collected works; a browser opens it as a local file, without network access.

lines.py finds the newest line of each work, works.py its files, pictures.py generates thumbnails, columns.py collects
what filters need, and page.py writes the page. If the process is killed, the next run continues its work; the page names
the new data last.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import track

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.atomic_write import make_folder
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.outputs.gallery import page
from pixiv_crawler.outputs.gallery.collections import Collection, Collections
from pixiv_crawler.outputs.gallery.columns import Columns
from pixiv_crawler.outputs.gallery.lines import FileEntry, Lines, WorkKey, work_key
from pixiv_crawler.outputs.gallery.pictures import Pictures
from pixiv_crawler.outputs.gallery.records import Line, NovelLine
from pixiv_crawler.outputs.gallery.social import Comments, Profiles
from pixiv_crawler.outputs.gallery.works import Work, shown_work

__all__ = ["Gallery", "make_gallery"]

# Identify our page, also before it is complete, so that other files are never overwritten.
_GENERATOR = b'<meta name="generator" content="pixiv_crawler gallery">'
_MARKER = ".pixiv-crawler-gallery"
_LOCK = ".lock"
SHARD_WORKS = 500
"""The page loads the details of this many works at a time."""
# More than a large screen shows, so that the page appears before it has loaded the columns.
_FIRST_WORKS = 60


@dataclass(slots=True, kw_only=True)
class Gallery:
    """The generated page."""

    index: Path
    """The page to open."""
    works: int
    authors: int
    without_files: int
    """Number of illusts without files."""
    unreadable_lines: int
    failed_images: int
    """Number of files for which no thumbnail or animation could be generated."""


def make_gallery(data_dir: Path, folder: Path) -> Gallery:
    """Generates the page in `folder`, or updates it.

    Raises:
        SettingError: the data folder does not exist, or the other one contains something else.
        WorkerError: a worker process was killed.
        OSError: a folder cannot be read or written.
    """
    if not data_dir.is_dir():
        raise SettingError(f"PIXIV_DATA_DIR {data_dir} does not exist; run a crawl first, or set it to another folder")
    _check_folder(folder)
    make_folder(folder)
    try:
        with FileLock(folder / _LOCK, timeout=0):
            (folder / _MARKER).touch()
            return _make(data_dir, folder)
    except Timeout:
        raise SettingError(f"another {PROGRAM} gallery is writing to {folder}; wait until it has finished") from None


def _check_folder(folder: Path) -> None:
    index = folder / page.INDEX
    existing = {path.name for path in folder.iterdir()} if folder.exists() else set()
    is_ours = _GENERATOR in read_regular(index) if index.exists() else _MARKER in existing
    if existing - {_LOCK} and not is_ours:
        raise SettingError(
            f"{folder} is not a folder of {PROGRAM} gallery; pass a new or an empty folder with --output"
        )


def _make(data_dir: Path, folder: Path) -> Gallery:
    lines = Lines(data_dir)
    builder = _Builder(data_dir, folder)
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    keys = track(lines.keys(), "Works", console=console, transient=True)
    # The page finds a work by its number, so every shard but the last one is full, even if lines have disappeared.
    found = filter(None, map(lines.read, keys))
    with builder.pictures:
        finish_shard: Callable[[], None] = lambda: None
        while next_shard := builder.begin_shard(islice(found, SHARD_WORKS)):
            finish_shard()
            finish_shard = next_shard
        finish_shard()
    builder.finish(lines.collections)
    return Gallery(
        index=folder / page.INDEX,
        works=len(builder.columns),
        authors=len(list(builder.columns.authors)),
        without_files=builder.without_files,
        unreadable_lines=lines.unreadable,
        failed_images=builder.pictures.failed,
    )


class _Builder:
    """Writes the page shard by shard; only the columns, and the works of two shards, are in memory."""

    def __init__(self, data_dir: Path, folder: Path) -> None:
        self.columns = Columns()
        self.without_files = 0
        self._folder = folder
        self._files_dir = paths.files_folder(data_dir)
        self.pictures = Pictures(self._files_dir, folder)
        self._profiles = Profiles(data_dir, self._files_dir)
        self._comments = Comments(data_dir)
        self._numbers: dict[WorkKey, int] = {}
        self._shards: list[str] = []
        self._newest: deque[Work] = deque(maxlen=_FIRST_WORKS)
        self._current: dict[str, set[str]] = {name: set() for name in page.FOLDERS}
        for name in page.FOLDERS:
            make_folder(folder / name)

    def begin_shard(self, lines: Iterable[tuple[Line, list[FileEntry]]]) -> Callable[[], None] | None:
        """Begins to generate the pictures of works; the result waits for these, and writes the shard. None: no works."""
        works = [self._work(*found) for found in lines]
        for work in works:
            self._numbers[work_key(work.line)] = len(self._numbers)
        return partial(self._finish_shard, works, self.pictures.begin(works)) if works else None

    def _finish_shard(self, works: Sequence[Work], finish_pictures: Callable[[], None]) -> None:
        finish_pictures()
        for work in works:
            self.columns.add(work)
            self.without_files += work.type != "novel" and not work.files and not work.archive
            self._keep(thumbs=work.thumbnail, animations=work.animation, novels=work.text, comments=work.talk)
        self._newest.extend(works)
        self._shards.append(self._script("s", [page.row(work) for work in works]))

    def finish(self, collections: Collections) -> None:
        values = {
            "program": PROGRAM,
            "count": len(self.columns),
            "shardWorks": SHARD_WORKS,
            "shards": self._shards,
            "collections": [self._collection(collection) for collection in collections],
            "index": self._script("x", self.columns.content(self._write_profiles())),
        }
        page.write_start(self._folder, _files_url(self._files_dir, self._folder), values, [*self._newest][::-1])
        page.write_static_files(self._folder)
        for name, current in self._current.items():
            page.remove_outdated(self._folder / name, current)

    def _work(self, line: Line, files: Sequence[FileEntry]) -> Work:
        work = shown_work(line, files, self._files_dir)
        if isinstance(line, NovelLine):
            page.write_novel(work, line, self._folder / "novels")
        if comments := self._comments.find(work_key(line)):
            work.talk = page.write_script(self._folder / "comments", work.key, comments)
        return work

    def _collection(self, collection: Collection) -> list[Any]:
        numbers = [self._numbers[key] for key in collection.works if key in self._numbers]
        return [collection.id, collection.title, len(numbers), self._script("c", numbers)]

    def _write_profiles(self) -> dict[int, str]:
        found = {id_: profile for id_ in self.columns.authors if (profile := self._profiles.find(id_))}
        names = {
            id_: page.write_script(self._folder / "authors", f"u{id_}", profile) for id_, profile in found.items()
        }
        self._current["authors"].update(names.values())
        return names

    def _script(self, prefix: str, value: Any) -> str:
        name = page.write_script(self._folder / "data", prefix, value)
        self._keep(data=name)
        return name

    def _keep(self, **names: str) -> None:
        for folder, name in names.items():
            self._current[folder].add(name)


def _files_url(files_dir: Path, folder: Path) -> str:
    """The URL of the files relative to the page, so that both can be moved together."""
    try:
        path = os.path.relpath(files_dir, folder)
    except ValueError:  # there is no relative path between two drives on Windows
        return files_dir.as_uri() + "/"
    return quote(Path(path).as_posix()) + "/"

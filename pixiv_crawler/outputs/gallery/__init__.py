"""Generates a page that shows the collected works; a browser opens it as a local file, without network access.

lines.py finds the newest line of each work, works.py its files, pictures.py generates thumbnails, and page.py writes
the page. If the process is killed, the next run continues its work; index.html is written last.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.atomic_write import make_folder
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.outputs.gallery import page
from pixiv_crawler.outputs.gallery.lines import Lines, NovelLine
from pixiv_crawler.outputs.gallery.pictures import generate_images
from pixiv_crawler.outputs.gallery.works import Work, in_order, shown_work

__all__ = ["Gallery", "make_gallery"]

# Identifies our page, so that other files are never overwritten.
_GENERATOR = b'<meta name="generator" content="pixiv_crawler gallery">'


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
        SettingError: the data folder does not exist, or the other one contains another page.
        WorkerError: a worker process was killed.
        OSError: a folder cannot be read or written.
    """
    if not data_dir.is_dir():
        raise SettingError(f"PIXIV_DATA_DIR {data_dir} does not exist; run a crawl first, or set it to another folder")
    _check_folder(folder)
    make_folder(folder)
    try:
        with FileLock(folder / ".lock", timeout=0):
            return _make(data_dir, folder)
    except Timeout:
        raise SettingError(f"another {PROGRAM} gallery is writing to {folder}; wait until it has finished") from None


def _check_folder(folder: Path) -> None:
    index = folder / page.INDEX
    if index.exists() and _GENERATOR not in read_regular(index):
        raise SettingError(
            f"{folder} contains an index.html that {PROGRAM} gallery did not write; pass another folder with --output"
        )


def _make(data_dir: Path, folder: Path) -> Gallery:
    files_dir = paths.files_folder(data_dir)
    novels = folder / "novels"
    make_folder(novels)
    lines = Lines(data_dir)
    works = in_order(_works(lines, files_dir, novels))
    failed = generate_images(works, files_dir, folder)
    page.write_data(works, _files_url(files_dir, folder), folder / "works.js")
    page.write_static_files(folder)
    page.remove_outdated(folder / "thumbs", (work.thumbnail for work in works))
    page.remove_outdated(folder / "animations", (work.animation for work in works))
    page.remove_outdated(novels, (work.text for work in works))
    return Gallery(
        index=folder / page.INDEX,
        works=len(works),
        authors=len({work.line.user.id for work in works}),
        without_files=sum(work.type != "novel" and not work.files and not work.archive for work in works),
        unreadable_lines=lines.unreadable,
        failed_images=failed,
    )


def _works(lines: Lines, files_dir: Path, novels: Path) -> Iterator[Work]:
    for line, index in lines:
        work = shown_work(line, index, files_dir)
        if isinstance(line, NovelLine):
            page.write_novel(work, line, novels)
        yield work


def _files_url(files_dir: Path, folder: Path) -> str:
    """The URL of the files relative to the page, so that both can be moved together."""
    try:
        path = os.path.relpath(files_dir, folder)
    except ValueError:  # there is no relative path between two drives on Windows
        return files_dir.as_uri() + "/"
    return quote(Path(path).as_posix()) + "/"

"""A page to look at what was collected: opens in a browser as a file, and asks no network for anything.

lines.py finds the newest line of each work, works.py the files that are there, pictures.py makes small pictures, page.py
writes it all. A run that is killed leaves a folder on which the next one goes on; index.html comes last.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.outputs.gallery import page
from pixiv_crawler.outputs.gallery.lines import Lines, NovelLine
from pixiv_crawler.outputs.gallery.pictures import add_pictures
from pixiv_crawler.outputs.gallery.works import Work, in_order, shown_work

__all__ = ["Gallery", "make_gallery"]

# Stands in the page, so that one of someone else's is never overwritten.
_OURS = b'<meta name="generator" content="pixiv_crawler gallery">'


@dataclass(slots=True, kw_only=True)
class Gallery:
    """What was made."""

    index: Path
    """The page to open."""
    works: int
    authors: int
    without_files: int
    """Illusts of which no file is there."""
    unreadable_lines: int
    failed_pictures: int
    """Files of which no small picture or preview could be made."""


def make_gallery(data_dir: Path, folder: Path) -> Gallery:
    """Makes the page in `folder`, or brings it up to date.

    Raises:
        SettingError: the data folder is not there, or the other is not ours to write to.
        WorkerError: a process that makes pictures was ended from outside.
        OSError: a folder cannot be read or written.
    """
    if not data_dir.is_dir():
        raise SettingError(f"PIXIV_DATA_DIR {data_dir} is not there; crawl first, or give another")
    _check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            return _make(data_dir, folder)
    except Timeout:
        raise SettingError(f"another scrapy gallery is writing to {folder}; wait for it") from None


def _check_folder(folder: Path) -> None:
    index = folder / page.INDEX
    if index.exists() and _OURS not in index.read_bytes():
        raise SettingError(f"{folder} holds a page that is no gallery of ours; give another folder by --output")


def _make(data_dir: Path, folder: Path) -> Gallery:
    files_dir = paths.files_folder(data_dir)
    novels = folder / "novels"
    novels.mkdir(exist_ok=True)
    lines = Lines(data_dir)
    works = in_order(_works(lines, files_dir, novels))
    failed = add_pictures(works, files_dir, folder)
    page.write_data(works, _address(files_dir, folder), folder / "works.js")
    page.write_parts(folder)
    page.remove_others(folder / "thumbs", (work.thumbnail for work in works))
    page.remove_others(folder / "animations", (work.animation for work in works))
    page.remove_others(novels, (work.text for work in works))
    return Gallery(
        index=folder / page.INDEX,
        works=len(works),
        authors=len({work.line.user.id for work in works}),
        without_files=sum(work.type != "novel" and not work.files and not work.archive for work in works),
        unreadable_lines=lines.unreadable,
        failed_pictures=failed,
    )


def _works(lines: Lines, files_dir: Path, novels: Path) -> Iterator[Work]:
    for line, place in lines:
        work = shown_work(line, place, files_dir)
        if isinstance(line, NovelLine):
            page.write_novel(work, line, novels)
        yield work


def _address(files_dir: Path, folder: Path) -> str:
    """The address of the files as seen from the page, relative, so that both can be moved together."""
    try:
        way = os.path.relpath(files_dir, folder)
    except ValueError:  # Windows knows no way from one drive to another
        return files_dir.as_uri() + "/"
    return quote(Path(way).as_posix()) + "/"

"""The databases in which other programs record what they have downloaded."""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path, PurePath
from typing import Any

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.other_programs import Page, Program

_GALLERY_DL = "SELECT entry FROM archive"
# pixiv123.jpg, pixiv123_p01.jpg: bookmarks, rankings and searches have other entries, in which the page is not separate.
_ENTRY = re.compile(r"pixiv([0-9]{1,18})(?:_p([0-9]{1,4}))?\.\w+")
# The name of a work with pages is that of its last page.
_PIXIVUTIL2 = (
    "SELECT image_id, page, save_name FROM pixiv_manga_image UNION ALL SELECT image_id, 0, save_name "
    "FROM pixiv_master_image WHERE image_id NOT IN (SELECT image_id FROM pixiv_manga_image)"
)
# A program that is just writing is done within that time.
_WAIT_SECONDS = 1.0


class Archive:
    """What a program has recorded: the pages, and for PixivUtil2 the names of their files."""

    def __init__(self) -> None:
        self.pages: set[Page] = set()
        self._by_name: dict[str, list[tuple[tuple[str, ...], Page]]] = defaultdict(list)

    @classmethod
    def read(cls, program: Program, path: Path) -> "Archive":
        """Reads a database completely, without changing it.

        Raises:
            ArgumentError: it is locked or damaged, or it is not that of the program.
        """
        archive = cls()
        if program is Program.GALLERY_DL:
            archive.pages.update(_entries(_rows(path, _GALLERY_DL)))
        elif program is Program.PIXIVUTIL2:
            for work_id, page, name in _rows(path, _PIXIVUTIL2):
                if isinstance(work_id, int) and isinstance(page, int) and isinstance(name, str) and name != "N/A":
                    archive._add(Page(work_id, page), name)
        else:
            raise ArgumentError(f"{program} has no archive that could be read: leave out --archive")
        return archive

    def _add(self, page: Page, name: str) -> None:
        self.pages.add(page)
        parts = tuple(re.split(r"[/\\]", name))
        self._by_name[parts[-1]].append((parts, page))

    def page_of(self, path: PurePath) -> Page | None:
        """The page whose file has that path relative to some folder; None if it is unknown or ambiguous."""
        known = self._by_name.get(path.name, [])
        pages = {page for parts, page in known if parts[-len(path.parts) :] == path.parts} or {
            page for _, page in known
        }
        return pages.pop() if len(pages) == 1 else None


def _entries(rows: Iterable[tuple[Any, ...]]) -> Iterator[Page]:
    for (entry,) in rows:
        if found := _ENTRY.fullmatch(str(entry)):
            yield Page(int(found[1]), int(found[2] or 0))


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    try:
        url = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(url, uri=True, timeout=_WAIT_SECONDS)) as connection:
            return connection.execute(query).fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise ArgumentError(
            f"the archive {path} cannot be read ({error}): end the program that uses it, or pass another one with --archive"
        ) from error

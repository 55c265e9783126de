"""Comic archives with ComicInfo.xml, for Komga, Kavita, LANraragi and Mihon.

Each work, or each series with `per=series`, is one archive, whose pages are the original files, not compressed. An
animation is one page: the animation as WebP, APNG or GIF, or a WebP generated from its ZIP. Every archive is in a folder
of its series; a work without a series is a series of its own. A work that lacks a page is not exported, nor is its series.
Filters select series, too: a work has its number, and an archive of a series its works, from all that was collected of it.
"""

import hashlib
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from pixiv_crawler.argument_types import Word, one_of
from pixiv_crawler.items import Illust, Series, Work
from pixiv_crawler.layout.safe_names import clean, sanitize, truncate
from pixiv_crawler.media.animation.formats import generate_animation
from pixiv_crawler.media.decoding import image_size
from pixiv_crawler.outputs.export.arguments import ExportArgs
from pixiv_crawler.outputs.export.comic_info import PageInfo, comic_info
from pixiv_crawler.outputs.export.selection import SelectedWork, Selection, StoredFile, type_of
from pixiv_crawler.outputs.export.target import Target
from pixiv_crawler.outputs.work_lines import WorkKey

TYPES = ("illust", "manga", "ugoira")
# Incremented when archives are written differently, so that existing ones are replaced.
_VERSION = "1"
_NAME_BYTES = 150
# A constant, so that an archive of the same pages has the same bytes in every run.
_TIME = (1980, 1, 1, 0, 0, 0)


class Unit(StrEnum):
    """What an archive contains."""

    WORK = "work"
    SERIES = "series"


class Args(ExportArgs):
    """The arguments of this format."""

    per: Annotated[Unit, one_of(Unit)] = Field(
        Unit.WORK, description="Write an archive for each work, or for each series with all its works as chapters."
    )
    language: Word | None = Field(
        None, description="The language of the works, such as `ja`; Pixiv does not say it. Default: none."
    )

    @property
    def folder_kind(self) -> str:
        return f"per={self.per}" if self.per is Unit.SERIES else ""


class _Chapter(NamedTuple):
    """A work of a series; they are in the order of publication, as no listing says their position."""

    create_date: str
    id: int
    title: str
    series: Series


@dataclass(frozen=True, slots=True)
class _Book:
    """An archive to be written."""

    path: str
    key: str
    works: Sequence[WorkKey]
    """In the order of publication."""
    number: int = 1
    """Its position in the series."""
    is_series: bool = False
    """Whether it contains all works of a series."""


def export(selection: Selection, target: Target, args: Args) -> None:
    """Writes an archive for each work or series without a missing page."""
    for book in list(_books(selection, args.per)):
        read = selection.read_known if book.is_series else selection.read
        selected = [one for key in book.works if (one := read(key))]
        images = [_images(one) for one in selected]
        if lacking := [one.work.id for one, files in zip(selected, images, strict=True) if one.missing or not files]:
            if book.is_series:  # not all of its works are selected, and named therefore
                target.problems.append(f"{book.path} was not written: illust {lacking[0]} has not all files")
            continue
        describe = partial(
            comic_info,
            [one.work for one in selected if isinstance(one.work, Illust)],
            number=book.number,
            is_series_book=book.is_series,
            language=args.language,
        )
        pages = [
            _Page(file, one.work, number)
            for one, files in zip(selected, images, strict=True)
            for number, file in enumerate(files)
        ]
        source = [_VERSION.encode(), describe([]), *((page.file.record.sha256 or "").encode() for page in pages)]
        target.put(
            book.path, hashlib.sha256(b"\0".join(source)).hexdigest(), partial(_write, pages, describe), book.key
        )


def _books(selection: Selection, per: Unit) -> Iterator[_Book]:
    """The archives of the selected works, or of their series."""
    chosen: dict[int, _Chapter] = {}
    for selected in selection.of_types(TYPES):
        work = selected.work
        if selected.files and not _images(selected):
            selection.missing.append(
                f"illust {work.id} is stored neither as an image nor as ZIP: crawl it with ugoira=zip"
            )
        if work.series:
            chosen[work.id] = _Chapter(work.create_date, work.id, work.title, work.series)
        else:
            name = _name(f"{work.id} {work.title}")
            yield _Book(f"{name}/{name}.cbz", f"illust {work.id}", [WorkKey("illust", work.id)])
    for chapters in _series(selection, chosen):
        series = chapters[-1].series
        folder, keys = _name(f"{series.title} ({series.id})"), [WorkKey("illust", one.id) for one in chapters]
        if per is Unit.SERIES:
            yield _Book(f"{folder}/{folder}.cbz", f"series {series.id}", keys, is_series=True)
            continue
        for number, (key, one) in enumerate(zip(keys, chapters, strict=True), 1):
            if one.id in chosen:
                yield _Book(f"{folder}/{_name(f'{one.id} {one.title}')}.cbz", f"illust {one.id}", [key], number)


def _series(selection: Selection, chosen: Mapping[int, _Chapter]) -> list[list[_Chapter]]:
    """All known chapters of each series of which one is chosen."""
    found: dict[int, dict[int, _Chapter]] = defaultdict(dict)
    for one in chosen.values():
        found[one.series.id][one.id] = one
    for work in selection.known_works() if found else ():
        if work.series and work.series.id in found and work.id not in chosen and type_of(work) in TYPES:
            found[work.series.id][work.id] = _Chapter(work.create_date, work.id, work.title, work.series)
    return [sorted(chapters.values(), key=lambda one: (one.create_date, one.id)) for chapters in found.values()]


def _name(text: str) -> str:
    return sanitize(truncate(clean(text), _NAME_BYTES))


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of an archive."""

    file: StoredFile
    """An image, or the ZIP of an animation."""
    work: Work
    number: int
    """Its number in the work, from 0."""


def _images(selected: SelectedWork) -> list[StoredFile]:
    if selected.pages:
        return [page.file for page in selected.pages]
    animation = selected.animation or selected.archive
    return [animation] if animation else []


def _write(pages: Sequence[_Page], describe: Callable[[Sequence[PageInfo]], bytes], part: Path) -> None:
    """Writes an archive.

    Raises:
        FileError: a file has another content than when it was stored, or an animation cannot be generated.
    """
    works = {page.work.id for page in pages}
    infos = []
    with zipfile.ZipFile(part, "w") as archive:
        for index, page in enumerate(pages, 1):
            bookmark = page.work.title if page.number == 0 and len(works) > 1 else ""
            if page.file.ext == ".zip":
                content = _animation(page, part.with_name("animation.webp"))
                archive.writestr(zipfile.ZipInfo(f"{index:04}.webp", _TIME), content)
                infos.append(PageInfo(len(content), bookmark=bookmark))
                continue
            member = zipfile.ZipInfo(f"{index:04}{page.file.ext}", _TIME)
            member.file_size = page.file.size  # decides whether it needs the format for large files
            with archive.open(member, "w") as copy:
                for chunk in page.file.chunks():
                    copy.write(chunk)
            width, height = image_size(page.file.path) or (None, None)
            infos.append(PageInfo(page.file.size, width, height, bookmark))
        archive.writestr(zipfile.ZipInfo("ComicInfo.xml", _TIME), describe(infos))


def _animation(page: _Page, temporary: Path) -> bytes:
    metadata = page.work.ugoira_metadata if isinstance(page.work, Illust) else None
    generate_animation(page.file.path, metadata.frames if metadata else [], "webp", temporary)
    content = temporary.read_bytes()
    temporary.unlink()
    return content

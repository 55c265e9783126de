"""Lines to what the page shows of a work."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pixiv_crawler.outputs.gallery.lines import File, Frame, IllustLine, Line, NovelLine, Place
from pixiv_crawler.outputs.gallery.texts import plain_text

# Largest first: of a page that is there in two sizes the larger one is shown.
_SIZES = ["original", "large", "medium", "square_medium"]
_PAGE = re.compile(r"_(?:p|ugoira)([0-9]{1,6})[^/]*$")
# In which formats animations are made; the first that is there is shown. Those repeat that are no videos, and of a GIF
# neither colours nor times are right.
_MOVING = ["webp", "apng", "mp4", "webm", "gif"]
_IN_NOVEL = re.compile(r"novel_images/[0-9]+_(uploadedimage|pixivimage)_([0-9-]+)\.\w+")
_STILLS = frozenset({".jpg", ".jpeg", ".png", ".apng", ".gif", ".webp"})
_FILMS = frozenset({".mp4", ".webm"})
# Changes when pictures are made in another way, so that old ones are made anew.
_VERSION = 2


@dataclass(slots=True)
class Stored:
    """A file that is there."""

    path: str
    """Below the folder of files, with `/` between its parts."""
    url: str
    """The address it came from."""
    stamp: str
    """Another one when the file is another one: made of path, size and time."""

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters."""
        return PurePosixPath(self.path).suffix.lower()


@dataclass(slots=True, kw_only=True)
class Work:
    """One work as the page shows it."""

    key: str
    """`i` or `n` and the ID."""
    line: Line
    """Its newest line, without a novel's text."""
    caption: str
    """Plain text."""
    files: list[Stored] = field(default_factory=list)
    """Pictures and films that a browser shows, in order; the frames of an animation, when they are files."""
    archive: Stored | None = None
    """ZIP of an animation's frames; looked for when there is no file to make a small picture of."""
    documents: list[Stored] = field(default_factory=list)
    """Files that are named, and opened elsewhere: those of a novel, and further animations."""
    images: dict[str, str] = field(default_factory=dict)
    """The images that the text of a novel shows: paths by the marks in the text, without brackets."""
    thumbnail: str = ""
    """Name of the small picture; empty when there is none."""
    animation: str = ""
    """Name of the animation that was made of the ZIP; empty when there is none."""
    text: str = ""
    """Name of the script that holds a novel's text; empty when there is none."""

    @property
    def type(self) -> str:
        """`illust`, `manga`, `ugoira` or `novel`."""
        return self.line.type if isinstance(self.line, IllustLine) else "novel"

    @property
    def ai(self) -> int:
        """0 unknown, 1 not made by AI, 2 made by AI."""
        line = self.line
        return (line.illust_ai_type if isinstance(line, IllustLine) else line.novel_ai_type) or 0

    @property
    def picture(self) -> Stored | None:
        """What its small picture is made of: a page, or the ZIP of an animation."""
        files = (*self.files, *self.documents)
        return next((file for file in files if file.suffix in _STILLS), None) or self.archive

    @property
    def frames(self) -> list[Frame]:
        """The frames of an animation."""
        told = self.line.ugoira_metadata if isinstance(self.line, IllustLine) else None
        return told.frames if told else []

    @property
    def film(self) -> list[tuple[int, int]]:
        """Of an animation whose frames are files: number of the file, and milliseconds; of others nothing."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(frame.file for frame in self.frames))}
        if len(self.files) < 2 or len(numbers) != len(self.files):
            return []
        return [(numbers[frame.file], frame.delay) for frame in self.frames]


def shown_work(line: Line, place: Place, files_dir: Path) -> Work:
    """What is shown of a work, with the files that are there now."""
    work = Work(
        key=f"{'n' if isinstance(line, NovelLine) else 'i'}{line.id}", line=line, caption=plain_text(line.caption)
    )
    if isinstance(line, NovelLine):
        _set_novel(work, place, files_dir)
    elif line.type == "ugoira":
        _set_animation(work, place, files_dir)
    else:
        pages = _best(((_page(told, at), told, time) for time, at, told in place.files.values()), files_dir)
        # An artist may have taken pages away since an older line.
        work.files = [file for page, file in pages if _is_shown(file) and page < max(line.page_count, 1)]
    return work


def digest(*parts: object) -> str:
    """A short name for what is made of these."""
    return hashlib.blake2b("\0".join(map(str, (_VERSION, *parts))).encode(), digest_size=6).hexdigest()


def in_order(works: Iterable[Work]) -> list[Work]:
    """Newest first, as the page opens."""
    return sorted(works, key=lambda work: (work.line.create_date, work.key), reverse=True)


def _set_novel(work: Work, place: Place, files_dir: Path) -> None:
    stored = [file for _, _, told in place.files.values() if (file := _stored(told, files_dir))]
    # Its text may show pictures of its own; the cover is what stands for it.
    covers = [file for file in stored if "novel-cover" in file.url and file.suffix in _STILLS]
    work.files = covers[:1]
    work.documents = [file for file in stored if not _is_shown(file)]
    marks = {file.path: _IN_NOVEL.fullmatch(file.path) for file in stored if _is_shown(file)}
    work.images = {f"{mark[1]}:{mark[2]}": path for path, mark in marks.items() if mark}


def _set_animation(work: Work, place: Place, files_dir: Path) -> None:
    """As a file that moves, else as its frames, else by its ZIP."""
    told = list(place.files.values())
    made = _best(((_MOVING.index(file.size_name), file, time) for time, _, file in told if _moves(file)), files_dir)
    if moving := [file for _, file in made if _is_shown(file)]:
        work.files, work.documents = moving[:1], moving[1:]
    else:
        stills = (entry for entry in told if not _moves(entry[2]) and not _is_zip(entry[2]))
        frames = _best(((_page(file, at), file, time) for time, at, file in stills), files_dir)
        work.files = [file for _, file in frames if _is_shown(file)]
    if not work.picture:
        archives = _best(((at, file, time) for time, at, file in told if _is_zip(file)), files_dir)
        work.archive = next((file for _, file in archives), None)


def _best(told: Iterable[tuple[int, File, float]], files_dir: Path) -> list[tuple[int, Stored]]:
    """One file of each page, of those that are there: the largest size, and of that the one told last, in page order.

    `told` gives the page of each file, what was told of it, and when.
    """
    chosen: dict[int, tuple[tuple[int, float], Stored]] = {}
    for page, file, time in told:
        rank = (-_SIZES.index(file.size_name) if file.size_name in _SIZES else 0, time)
        if (page not in chosen or rank > chosen[page][0]) and (stored := _stored(file, files_dir)):
            chosen[page] = (rank, stored)
    return [(page, chosen[page][1]) for page in sorted(chosen)]


def _page(told: File, position: int) -> int:
    found = _PAGE.search(told.url.partition("?")[0])
    return int(found[1]) if found else position


def _moves(told: File) -> bool:
    return told.size_name in _MOVING


def _is_zip(told: File) -> bool:
    return told.path.lower().endswith(".zip")


def _is_shown(file: Stored) -> bool:
    return file.suffix in _STILLS or file.suffix in _FILMS


def _stored(told: File, files_dir: Path) -> Stored | None:
    if any(part in ("", ".", "..") for part in told.path.split("/")) or "\\" in told.path or "\0" in told.path:
        return None  # a line of someone else's may lead out of the folder
    try:
        found = os.stat(files_dir / told.path)  # noqa: PTH116 - asked of every page
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stored(told.path, told.url, digest(told.path, found.st_size, found.st_mtime_ns))

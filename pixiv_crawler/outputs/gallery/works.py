"""Converts lines to the works shown on the page."""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pixiv_crawler.outputs.gallery.lines import FileEntry, work_key
from pixiv_crawler.outputs.gallery.records import File, Frame, IllustLine, Line, NovelLine
from pixiv_crawler.outputs.gallery.texts import plain_text

# Largest first: if a page exists in two sizes, the larger one is shown.
_SIZES = ["original", "large", "medium", "square_medium"]
_PAGE = re.compile(r"_(?:p|ugoira)([0-9]{1,6})[^/]*$")
# Formats of animations; the first one that exists is shown. Image formats come first because they loop; GIF comes last
# because its colours and delays are inexact.
_ANIMATION_FORMATS = ["webp", "apng", "mp4", "webm", "gif"]
_NOVEL_IMAGE = re.compile(r"novel_images/[0-9]+_(uploadedimage|pixivimage)_([0-9-]+)\.\w+")
_IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".apng", ".gif", ".webp"})
_VIDEO_SUFFIXES = frozenset({".mp4", ".webm"})
# Incremented when thumbnails are generated differently, so that existing ones are regenerated.
_VERSION = 2
_COVER_RATIO = 0.712
# Wider and taller images are cropped in the grid.
_RATIOS = (0.4, 3.0)


@dataclass(slots=True)
class StoredFile:
    """A file that exists."""

    path: str
    """Relative to the folder of files, with `/` as the separator."""
    url: str
    """The URL it was downloaded from."""
    version: str
    """Changes with the file: derived from its path, size and time."""

    @property
    def suffix(self) -> str:
        """The lower-case extension of its name."""
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
    files: list[StoredFile] = field(default_factory=list)
    """Images and videos that a browser can show, in order; the frames of an animation if they are separate files."""
    archive: StoredFile | None = None
    """ZIP archive of the frames of an animation; only set if no other file can be used for a thumbnail."""
    documents: list[StoredFile] = field(default_factory=list)
    """Files that are only linked: those of a novel, and further formats of an animation."""
    images: dict[str, str] = field(default_factory=dict)
    """The images embedded in the text of a novel: paths by the keys in the text, without brackets."""
    thumbnail: str = ""
    """Name of the thumbnail; empty if there is none."""
    animation: str = ""
    """Name of the animation generated from the ZIP archive; empty if there is none."""
    text: str = ""
    """Name of the script that contains the text of a novel; empty if there is none."""
    talk: str = ""
    """Name of the script that contains the comments; empty if there are none."""

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
    def ratio(self) -> float:
        """Width divided by height; that of a book cover for a novel, 1 if it is unknown."""
        line = self.line
        if isinstance(line, NovelLine):
            return _COVER_RATIO
        ratio = line.width / line.height if line.width > 0 and line.height > 0 else 1.0
        return round(min(max(ratio, _RATIOS[0]), _RATIOS[1]), 3)

    @property
    def thumbnail_source(self) -> StoredFile | None:
        """The file for the thumbnail: a page, or the ZIP archive of an animation."""
        files = (*self.files, *self.documents)
        return next((file for file in files if file.suffix in _IMAGE_SUFFIXES), None) or self.archive

    @property
    def frames(self) -> list[Frame]:
        """The frames of an animation."""
        metadata = self.line.ugoira_metadata if isinstance(self.line, IllustLine) else None
        return metadata.frames if metadata else []

    @property
    def film(self) -> list[tuple[int, int]]:
        """For an animation whose frames are separate files: file number and milliseconds of each frame; otherwise empty."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(frame.file for frame in self.frames))}
        if len(self.files) < 2 or len(numbers) != len(self.files):
            return []
        return [(numbers[frame.file], frame.delay) for frame in self.frames]


def shown_work(line: Line, files: Sequence[FileEntry], files_dir: Path) -> Work:
    """The work with those files that exist now."""
    work = Work(key="{}{}".format(*work_key(line)), line=line, caption=plain_text(line.caption))
    if isinstance(line, NovelLine):
        _set_novel(work, files, files_dir)
    elif line.type == "ugoira":
        _set_animation(work, files, files_dir)
    else:
        pages = _best(((_page(file, at), file, time) for time, at, file in files), files_dir)
        # The artist may have removed pages since an older line.
        work.files = [file for page, file in pages if _is_shown(file) and page < max(line.page_count, 1)]
    return work


def digest(*parts: object) -> str:
    """A short name for a file generated from these values."""
    return hashlib.blake2b("\0".join(map(str, (_VERSION, *parts))).encode(), digest_size=6).hexdigest()


def _set_novel(work: Work, entries: Sequence[FileEntry], files_dir: Path) -> None:
    files = [stored for _, _, file in entries if (stored := stored_file(file, files_dir))]
    # The text may contain other images; the cover represents the novel.
    covers = [file for file in files if "novel-cover" in file.url and file.suffix in _IMAGE_SUFFIXES]
    work.files = covers[:1]
    work.documents = [file for file in files if not _is_shown(file)]
    keys = {file.path: _NOVEL_IMAGE.fullmatch(file.path) for file in files if _is_shown(file)}
    work.images = {f"{key[1]}:{key[2]}": path for path, key in keys.items() if key}


def _set_animation(work: Work, files: Sequence[FileEntry], files_dir: Path) -> None:
    """Shows an animation as a file, otherwise as its frames, otherwise with its ZIP archive."""
    animations = _best(
        ((_ANIMATION_FORMATS.index(file.size_name), file, time) for time, _, file in files if _is_animation(file)),
        files_dir,
    )
    if shown := [file for _, file in animations if _is_shown(file)]:
        work.files, work.documents = shown[:1], shown[1:]
    else:
        stills = (entry for entry in files if not _is_animation(entry[2]) and not _is_zip(entry[2]))
        frames = _best(((_page(file, at), file, time) for time, at, file in stills), files_dir)
        work.files = [file for _, file in frames if _is_shown(file)]
    if not work.thumbnail_source:
        archives = _best(((at, file, time) for time, at, file in files if _is_zip(file)), files_dir)
        work.archive = next((file for _, file in archives), None)


def _best(files: Iterable[tuple[int, File, float]], files_dir: Path) -> list[tuple[int, StoredFile]]:
    """The best existing file of each page, in page order: the largest size, then the newest line.

    `files` contains the page of each file, the file, and the time of its line.
    """
    chosen: dict[int, tuple[tuple[int, float], StoredFile]] = {}
    for page, file, time in files:
        rank = (-_SIZES.index(file.size_name) if file.size_name in _SIZES else 0, time)
        if (page not in chosen or rank > chosen[page][0]) and (stored := stored_file(file, files_dir)):
            chosen[page] = (rank, stored)
    return [(page, chosen[page][1]) for page in sorted(chosen)]


def _page(file: File, position: int) -> int:
    match = _PAGE.search(file.url.partition("?")[0])
    return int(match[1]) if match else position


def _is_animation(file: File) -> bool:
    return file.size_name in _ANIMATION_FORMATS


def _is_zip(file: File) -> bool:
    return file.path.lower().endswith(".zip")


def _is_shown(file: StoredFile) -> bool:
    return file.suffix in _IMAGE_SUFFIXES or file.suffix in _VIDEO_SUFFIXES


def stored_file(file: File, files_dir: Path) -> StoredFile | None:
    """The file if it exists; None otherwise."""
    if any(part in ("", ".", "..") for part in file.path.split("/")) or "\\" in file.path or "\0" in file.path:
        return None  # a foreign line could contain a path outside the folder
    try:
        status = os.stat(files_dir / file.path)  # noqa: PTH116 - called for every page
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return StoredFile(file.path, file.url, digest(file.path, status.st_size, status.st_mtime_ns))

"""Which files belong to an item: where each is to be had, and where it lies below `data/files`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pixiv_crawler.api import image_urls
from pixiv_crawler.api.image_urls import page_urls
from pixiv_crawler.items import Illust, IllustSeries, Novel, NovelSeries, UserDetail
from pixiv_crawler.layout.filenames import FilePathTemplate, Names, NovelPathTemplate
from pixiv_crawler.novels import embedded_images
from pixiv_crawler.options import Extra, FileSize, NovelFormat, UgoiraFormat

# Those that show all of a page, as the square one does not.
_SMALLER = {FileSize.ORIGINAL: (FileSize.LARGE, FileSize.MEDIUM), FileSize.LARGE: (FileSize.MEDIUM,)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file at one address."""

    url: str
    path_as: Callable[[str | None], str]
    """Its path, with the extension that its content tells; None for that of its address."""
    size_name: str
    """As in `File`."""
    key: str
    """Tells it from all other files, whatever it and its artist are called at the time."""
    page: int = 0
    """Which page of a work it is, from 0."""
    uploaded_at: datetime | None = None
    """When the artist uploaded it; None when nobody knows."""
    content_type: str | None = None
    """What it is; None for images, whose content tells."""

    @property
    def path(self) -> str:
        """The path, as far as its address tells the extension."""
        return self.path_as(None)

    @property
    def can_be_verified(self) -> bool:
        """Whether it is an image or a ZIP, so that a broken one can be told."""
        return self.content_type is None or self.content_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class Ask:
    """A file that is asked for, at the addresses at which it may be had, the best first."""

    choices: tuple[Wanted, ...]
    is_less_a_loss: bool = False
    """Whether any but the first is less than what was asked for."""


class WantedFiles:
    """What the arguments of a spider want of items."""

    def __init__(self, args: Any, file_path: str, novel_path: str, *, spider: str, job: str, names: Names) -> None:
        """Settings and names of the run.

        Raises:
            SettingError: a template that cannot be used.
        """
        run = {"spider": spider, "job": job}
        self._size = FileSize(getattr(args, "files", FileSize.ORIGINAL))
        self._ugoira: list[UgoiraFormat] = getattr(args, "ugoira", [UgoiraFormat.ZIP])
        self._novel: list[NovelFormat] = getattr(args, "novel", None) or []
        self._extras = set(getattr(args, "extras", None) or [])
        self._images = FilePathTemplate(file_path, names=names, **run)
        self._novels = NovelPathTemplate(novel_path, names=names, **run)
        # Files named by another template are others, and so are those of another run where its name is in theirs.
        own = [value for name, value in run.items() if f"{{{name}" in f"{file_path}{novel_path}"]
        self._family = hashlib.sha256("\0".join([file_path, novel_path, *own]).encode()).hexdigest()[:12]

    @property
    def animations(self) -> list[UgoiraFormat]:
        """The formats that are made of an animation's ZIP."""
        return [one for one in self._ugoira if one not in (UgoiraFormat.ZIP, UgoiraFormat.FRAMES)]

    @property
    def with_frames(self) -> bool:
        """Whether the images of which Pixiv made an animation are wanted."""
        return UgoiraFormat.FRAMES in self._ugoira

    @property
    def novel_formats(self) -> list[NovelFormat]:
        """As what files novels are wanted."""
        return self._novel

    @property
    def with_zip(self) -> bool:
        """Whether the ZIP of an animation is wanted for itself."""
        return UgoiraFormat.ZIP in self._ugoira

    def of(self, item: Any) -> list[Ask]:
        """The files that are wanted of an item, as Pixiv has them."""
        match item:
            case Illust(ugoira_metadata=None):
                return [self._page(item, page, url) for page, url in _pages(item, self._size)]
            case Illust():
                return [self._part_of_animation(item, url) for url in item.file_urls]
            case Novel():
                return self._of_novel(item)
            case UserDetail():
                return self._of_user(item)
            case IllustSeries() if item.cover_image_urls and Extra.COVER in self._extras:
                return _extra(image_urls.cover_choices(item.cover_image_urls.medium), f"series/{item.id}/cover")
            case _:
                return []

    def animation(self, work: Illust, kind: UgoiraFormat) -> Wanted:
        """An animation that is made of the ZIP."""
        assert work.ugoira_metadata is not None
        url = work.ugoira_metadata.zip_urls.medium
        type_ = "video" if kind in (UgoiraFormat.MP4, UgoiraFormat.WEBM) else "image"
        return self._wanted(work, 0, url, str(kind), ext=f".{kind}", content_type=f"{type_}/{kind}")

    def novel_file(self, novel: Novel, as_format: NovelFormat, digest: str) -> Wanted:
        """A novel as a file; `digest` changes when what it is made of does."""
        return Wanted(
            url=f"https://www.pixiv.net/novel/show.php?id={novel.id}#{digest}",
            path_as=lambda _: self._novels.path(novel, f".{as_format}"),
            size_name=str(as_format),
            key=f"{self._family} novel {novel.id} {as_format}",
            uploaded_at=_date(novel.create_date),
            content_type=_BOOK_TYPES[as_format],
        )

    def _page(self, work: Illust, page: int, url: str) -> Ask:
        smaller = [(size, dict(page_urls(work, size)).get(page)) for size in _SMALLER.get(self._size, ())]
        choices = [(self._size, url), *((size, found) for size, found in smaller if found)]
        # A smaller size is another file: it must not be kept in place of an original, nor an original in its place.
        folders = {size: "" if size is FileSize.ORIGINAL else f"{size}/" for size, _ in choices}
        wanted = [self._wanted(work, page, found, str(size), folder=folders[size]) for size, found in choices]
        return Ask(tuple(wanted), is_less_a_loss=True)

    def _part_of_animation(self, work: Illust, url: str) -> Ask:
        if not image_urls.is_zip(url):
            frame = self._wanted(work, image_urls.frame_number(url), url, "original", kind="frame")
            return Ask((replace(frame, path_as=lambda real: self._frame_path(work, frame, real)),))
        assert work.ugoira_metadata is not None
        # Not every animation has the large one; Pixiv names the one that is there.
        urls = dict.fromkeys([url, work.ugoira_metadata.zip_urls.medium])
        return Ask(tuple(self._wanted(work, 0, one, image_urls.zip_size(one), kind="zip") for one in urls))

    def _frame_path(self, work: Illust, frame: Wanted, real: str | None) -> str:
        """Under Pixiv's own name, in a folder for frames: hundreds of them would hide the works."""
        folder = PurePosixPath(self._images.path(work, 0, frame.url)).parent
        ext = real or PurePosixPath(urlsplit(frame.url).path).suffix.lower()
        return str("frames" / folder / f"{work.id}_ugoira{frame.page}{ext}")

    def _wanted(
        self,
        work: Illust,
        page: int,
        url: str,
        size_name: str,
        *,
        kind: str = "",
        folder: str = "",
        ext: str | None = None,
        content_type: str | None = None,
    ) -> Wanted:
        return Wanted(
            url=url,
            path_as=lambda real: folder + self._images.path(work, page, url, real or ext),
            size_name=size_name,
            key=f"{self._family} illust {work.id} {page} {kind or size_name}",
            page=page,
            uploaded_at=image_urls.uploaded_at(url) or _date(work.create_date),
            content_type=content_type,
        )

    def _of_novel(self, novel: Novel) -> list[Ask]:
        asks: list[Ask] = []
        if self._novel or Extra.COVER in self._extras:
            asks += _extra(image_urls.cover_choices(novel.image_urls.large), f"novel_covers/{novel.id}")
        if self._novel:
            for image in embedded_images(novel):
                name = f"{novel.id}_{image.key.replace(':', '_')}"
                asks += _extra([image.url] if image.url else [], f"novel_images/{name}")
        return asks

    def _of_user(self, detail: UserDetail) -> list[Ask]:
        asks: list[Ask] = []
        if Extra.AVATAR in self._extras:
            urls = image_urls.avatar_choices(detail.user.profile_image_urls.medium)
            asks += _extra(urls, f"users/{detail.user.id}/avatar")
        if Extra.BACKGROUND in self._extras and detail.profile.background_image_url:
            urls = image_urls.cover_choices(detail.profile.background_image_url)
            asks += _extra(urls, f"users/{detail.user.id}/background")
        return asks


def series_file(series: NovelSeries, digest: str) -> Wanted:
    """A series of novels as one EPUB; `digest` changes when what it is made of does."""
    path = f"novel_series/{series.id}.epub"
    return Wanted(
        url=f"https://www.pixiv.net/novel/series/{series.id}#{digest}",
        path_as=lambda _: path,
        size_name="epub",
        key=path,
        content_type=_BOOK_TYPES[NovelFormat.EPUB],
    )


def embedded_key(file_path: str) -> str | None:
    """Which image of a text a file is, by its path; None when it is none."""
    found = re.fullmatch(r"novel_images/[0-9]+_(uploadedimage|pixivimage)_([0-9-]+)\.\w+", file_path)
    return f"{found[1]}:{found[2]}" if found else None


def is_cover(file_path: str) -> bool:
    """Whether a file is the cover of a novel, by its path."""
    return file_path.startswith("novel_covers/")


def _extra(urls: list[str], stem: str) -> list[Ask]:
    """An image beside the works, in the best choice; nothing when there is none."""
    *originals, last = urls or [""]
    choices = [_choice(url, stem, "original") for url in originals]
    is_smaller = originals or "-master/" in urlsplit(last).path
    return [Ask((*choices, _choice(last, stem, "large" if is_smaller else "original")))] if urls else []


def _choice(url: str, stem: str, size_name: str) -> Wanted:
    ext_of_url = PurePosixPath(urlsplit(url).path).suffix.lower()
    return Wanted(
        url=url,
        path_as=lambda ext: stem + (ext or ext_of_url),
        size_name=size_name,
        key=stem,
        uploaded_at=image_urls.uploaded_at(url),
    )


def _pages(work: Illust, size: FileSize) -> list[tuple[int, str]]:
    """The pages of a work with their addresses; a pipeline of the user's may have changed what is asked for."""
    found = page_urls(work, size)
    if len(found) == len(work.file_urls):
        return [(page, url) for (page, _), url in zip(found, work.file_urls, strict=True)]
    return list(enumerate(work.file_urls))


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


_BOOK_TYPES = {
    NovelFormat.TXT: "text/plain",
    NovelFormat.HTML: "text/html",
    NovelFormat.EPUB: "application/epub+zip",
}

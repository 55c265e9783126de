"""Plans which files belong to an item, the URLs to download each from, and its path below `data/files`."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from pathlib import PurePosixPath
from typing import Any

from pixiv_crawler.api import image_urls
from pixiv_crawler.api.image_urls import novel_page_url, page_urls, split_url
from pixiv_crawler.items import File, Illust, IllustSeries, Novel, NovelSeries, UserDetail, Work
from pixiv_crawler.layout.filenames import FilePathTemplate, Names, NovelPathTemplate
from pixiv_crawler.layout.safe_names import MAX_PART_BYTES, extension
from pixiv_crawler.options import Extra, FileSize, NovelFormat, UgoiraFormat

# The fields of templates that are properties of a run.
_RUN_FIELDS = ("spider", "job")
# Sizes that show the complete page; square_medium is cropped.
_SMALLER = {FileSize.ORIGINAL: (FileSize.LARGE, FileSize.MEDIUM), FileSize.LARGE: (FileSize.MEDIUM,)}


@dataclass(frozen=True, slots=True)
class FileCandidate:
    """One file that could be stored, and its URL."""

    url: str
    path_with_ext: Callable[[str | None], str]
    """Returns its path with the given extension (that of its content); None: with the extension in its URL."""
    size_name: str
    """As in `File`."""
    key: str
    """Identifies the file, independently of the current names of the work and the user; the last word is its template."""
    page: int = 0
    """Page of the work, from 0."""
    uploaded_at: datetime | None = None
    """When the user uploaded it; None if unknown."""
    created_at: datetime | None = None
    """When the user published its work, which no upload of it precedes; None if unknown."""
    content_type: str | None = None
    """Its media type; None for images, where the content determines it."""
    pixels: tuple[int, int] | None = None
    """Width and height of the image; None if they are unknown."""

    @property
    def path(self) -> str:
        """Its path, with the extension in its URL."""
        return self.path_with_ext(None)

    def path_like(self, path: str) -> str:
        """Its path, with the extension of another path, which its content has."""
        ext = extension(path)
        return self.path if extension(self.path) == ext else self.path_with_ext(ext)

    @property
    def is_verifiable(self) -> bool:
        """Whether it is an image or a ZIP archive, of which invalid files can be detected."""
        return self.content_type is None or self.content_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class FileRequest:
    """A requested file, with the candidates to try in order."""

    candidates: tuple[FileCandidate, ...]
    is_fallback_a_failure: bool = False
    """Whether storing any candidate but the first one is reported as a failure, such as a smaller size."""


class FilePlan:
    """Determines the files of each item according to the arguments of the spider."""

    def __init__(
        self,
        args: Any,
        file_path: str,
        novel_path: str,
        *,
        spider: str,
        job: str,
        names: Names,
        max_bytes: int = MAX_PART_BYTES,
    ) -> None:
        """`file_path` and `novel_path` are the path templates; `names` returns the stored names of a user.

        Raises:
            SettingError: a template is not valid.
        """
        run = {"spider": spider, "job": job}
        self._size = FileSize(getattr(args, "files", FileSize.ORIGINAL))
        self._ugoira: list[UgoiraFormat] = getattr(args, "ugoira", [UgoiraFormat.ZIP])
        self._novel: list[NovelFormat] = getattr(args, "novel", None) or []
        self._extras = set(getattr(args, "extras", None) or [])
        self._images = FilePathTemplate(file_path, names=names, max_bytes=max_bytes, **run)
        self._novels = NovelPathTemplate(novel_path, names=names, max_bytes=max_bytes, **run)
        self._images_id, self._novels_id = (template_id(text, **run) for text in (file_path, novel_path))
        self.is_of_run = uses_run(file_path + novel_path)
        """Whether the paths contain the name of the run, so that other runs have files of their own."""

    @property
    def animation_formats(self) -> list[UgoiraFormat]:
        """The requested formats that are generated from the ZIP archive of an animation."""
        return [format_ for format_ in self._ugoira if format_ not in (UgoiraFormat.ZIP, UgoiraFormat.FRAMES)]

    @property
    def wants_frames(self) -> bool:
        """Whether the original images of an animation are requested."""
        return UgoiraFormat.FRAMES in self._ugoira

    @property
    def novel_formats(self) -> list[NovelFormat]:
        """The requested file formats of novels."""
        return self._novel

    @property
    def wants_zip(self) -> bool:
        """Whether the ZIP archive of an animation is requested."""
        return UgoiraFormat.ZIP in self._ugoira

    def missing(self, item: Any) -> str:
        """Which files of an item cannot be requested; empty if all can."""
        if not isinstance(item, Illust) or self._size is FileSize.NONE:
            return ""
        found = len(page_urls(item, self._size))
        return "" if found == item.page_count else f"Pixiv returned URLs for {found} of its {item.page_count} images"

    def requests_for(self, item: Any) -> list[FileRequest]:
        """The files of an item to download from Pixiv."""
        match item:
            case Illust(ugoira_metadata=None):
                return self._pages(item)
            case Illust():
                return [self._animation_file(item, url) for url in item.file_urls]
            case Novel():
                return self._novel_requests(item)
            case UserDetail():
                return self._user_requests(item)
            case IllustSeries() if item.cover_image_urls and Extra.COVER in self._extras:
                return _extra_requests(
                    image_urls.cover_choices(item.cover_image_urls.medium), f"series/{item.id}/cover"
                )
            case _:
                return []

    def animation(self, work: Illust, kind: UgoiraFormat) -> FileCandidate:
        """An animation generated from the ZIP archive."""
        assert work.ugoira_metadata is not None
        url = work.ugoira_metadata.zip_urls.medium
        type_ = "video" if kind in (UgoiraFormat.MP4, UgoiraFormat.WEBM) else "image"
        return self._candidate(work, 0, url, str(kind), ext=f".{kind}", content_type=f"{type_}/{kind}")

    def novel_file(self, novel: Novel, as_format: NovelFormat, digest: str) -> FileCandidate:
        """A novel as a file; `digest` changes with the content of the file."""
        return FileCandidate(
            url=f"{novel_page_url(novel.id)}#{digest}",
            path_with_ext=lambda _: self._novels.path(novel, f".{as_format}"),
            size_name=str(as_format),
            key=f"novel {novel.id} {as_format} {self._novels_id}",
            uploaded_at=_date(novel.create_date),
            content_type=_NOVEL_TYPES[as_format],
        )

    def known(self, work: Work, file: File) -> FileCandidate | None:
        """What a file in a line of a work is, whatever is requested; None if no template determines its path."""
        name = file.size_name
        if isinstance(work, Novel):
            return self.novel_file(work, NovelFormat(name), "") if name in list(NovelFormat) else None
        if file.content_type == "application/zip":
            return self._candidate(work, 0, file.url, name, kind="zip")
        if name in list(UgoiraFormat):
            return self._candidate(work, 0, file.url, name, ext=f".{name}")
        if work.type == "ugoira":
            return self._frame(work, file.url)
        page = image_urls.page_number(file.url)
        if page is None or name not in list(FileSize):
            return None
        return self._candidate(work, page, file.url, name, folder=_folder(FileSize(name)))

    def _pages(self, work: Illust) -> list[FileRequest]:
        smaller = {size: dict(page_urls(work, size)) for size in _SMALLER.get(self._size, ())}
        return [
            self._page(
                work,
                page,
                [(self._size, url), *((size, urls[page]) for size, urls in smaller.items() if page in urls)],
            )
            for page, url in _page_urls(work, self._size)
        ]

    def _page(self, work: Illust, page: int, sizes: list[tuple[FileSize, str]]) -> FileRequest:
        candidates = [
            self._candidate(work, page, size_url, str(size), folder=_folder(size)) for size, size_url in sizes
        ]
        if self._size is FileSize.ORIGINAL and not work.meta_pages and work.width > 0 < work.height:
            candidates[0] = replace(candidates[0], pixels=(work.width, work.height))
        return FileRequest(tuple(candidates), is_fallback_a_failure=True)

    def _animation_file(self, work: Illust, url: str) -> FileRequest:
        if not image_urls.is_zip(url):
            return FileRequest((self._frame(work, url),))
        assert work.ugoira_metadata is not None
        # Not every animation has the large archive; the one that Pixiv's metadata names always exists.
        urls = dict.fromkeys([url, work.ugoira_metadata.zip_urls.medium])
        return FileRequest(tuple(self._candidate(work, 0, url, image_urls.zip_size(url), kind="zip") for url in urls))

    def _frame(self, work: Illust, url: str) -> FileCandidate:
        frame = self._candidate(work, image_urls.frame_number(url), url, "original", kind="frame")
        return replace(frame, path_with_ext=lambda ext: self._frame_path(work, frame, ext))

    def _frame_path(self, work: Illust, frame: FileCandidate, ext: str | None) -> str:
        """Pixiv's own file name in a separate folder: hundreds of frames would clutter the folders of the works."""
        folder = PurePosixPath(self._images.path(work, 0, frame.url)).parent
        ext = ext or PurePosixPath(split_url(frame.url).path).suffix.lower()
        return str("frames" / folder / f"{work.id}_ugoira{frame.page}{ext}")

    def _candidate(
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
    ) -> FileCandidate:
        return FileCandidate(
            url=url,
            path_with_ext=cache(lambda content_ext: folder + self._images.path(work, page, url, content_ext or ext)),
            size_name=size_name,
            key=f"illust {work.id} {page} {kind or size_name} {self._images_id}",
            page=page,
            uploaded_at=image_urls.uploaded_at(url) or _date(work.create_date),
            created_at=_date(work.create_date),
            content_type=content_type,
        )

    def _novel_requests(self, novel: Novel) -> list[FileRequest]:
        requests: list[FileRequest] = []
        if self._novel or Extra.COVER in self._extras:
            requests += _extra_requests(image_urls.cover_choices(novel.image_urls.large), f"novel_covers/{novel.id}")
        if self._novel:
            from pixiv_crawler.novels.embedded import embedded_images  # the parser of texts, which only novels need

            for image in embedded_images(novel):
                name = f"{novel.id}_{image.key.replace(':', '_')}"
                requests += _extra_requests([image.url] if image.url else [], f"novel_images/{name}")
        return requests

    def _user_requests(self, detail: UserDetail) -> list[FileRequest]:
        requests: list[FileRequest] = []
        if Extra.AVATAR in self._extras:
            urls = image_urls.avatar_choices(detail.user.profile_image_urls.medium)
            requests += _extra_requests(urls, f"users/{detail.user.id}/avatar")
        if Extra.BACKGROUND in self._extras and detail.profile.background_image_url:
            urls = image_urls.cover_choices(detail.profile.background_image_url)
            requests += _extra_requests(urls, f"users/{detail.user.id}/background")
        return requests


def uses_run(template: str) -> bool:
    """Whether paths contain the name of the run."""
    return any(f"{{{name}" in template for name in _RUN_FIELDS)


def template_id(template: str, **run: str) -> str:
    """Identifies a template; one that contains the name of the run is a different one in each run."""
    own = [run[name] for name in _RUN_FIELDS if f"{{{name}" in template]
    return hashlib.sha256("\0".join([template, *own]).encode()).hexdigest()[:12]


def _folder(size: FileSize) -> str:
    """A smaller size is a different file: neither may be reused in place of the other."""
    return "" if size is FileSize.ORIGINAL else f"{size}/"


def series_file(series: NovelSeries, digest: str) -> FileCandidate:
    """The novels of a series as one EPUB; `digest` changes with the content of the file."""
    path = f"novel_series/{series.id}.epub"
    return FileCandidate(
        url=f"https://www.pixiv.net/novel/series/{series.id}#{digest}",
        path_with_ext=lambda _: path,
        size_name="epub",
        key=path,
        content_type=_NOVEL_TYPES[NovelFormat.EPUB],
    )


def embedded_key(file_path: str) -> str | None:
    """The key of the embedded image stored at a path; None for other files."""
    match = re.fullmatch(r"novel_images/[0-9]+_(uploadedimage|pixivimage)_([0-9-]+)\.\w+", file_path)
    return f"{match[1]}:{match[2]}" if match else None


def is_cover(file_path: str) -> bool:
    """Whether the file at a path is the cover of a novel."""
    return file_path.startswith("novel_covers/")


def _extra_requests(urls: list[str], stem: str) -> list[FileRequest]:
    """An image that is not part of a work, with its URLs in order of preference; empty if there are none."""
    *originals, last = urls or [""]
    candidates = [_extra_candidate(url, stem, "original") for url in originals]
    is_smaller = originals or "-master/" in split_url(last).path
    candidates.append(_extra_candidate(last, stem, "large" if is_smaller else "original"))
    return [FileRequest(tuple(candidates))] if urls else []


def _extra_candidate(url: str, stem: str, size_name: str) -> FileCandidate:
    ext_of_url = PurePosixPath(split_url(url).path).suffix.lower()
    return FileCandidate(
        url=url,
        path_with_ext=lambda ext: stem + (ext or ext_of_url),
        size_name=size_name,
        key=stem,
        uploaded_at=image_urls.uploaded_at(url),
    )


def _page_urls(work: Illust, size: FileSize) -> list[tuple[int, str]]:
    """The page numbers of a work and their URLs; a user's pipeline may have changed `file_urls`."""
    urls = page_urls(work, size)
    if len(urls) == len(work.file_urls):
        return [(page, url) for (page, _), url in zip(urls, work.file_urls, strict=True)]
    pages = {url: page for page, url in urls}
    return [(pages.get(url, number), url) for number, url in enumerate(work.file_urls)]


@lru_cache(maxsize=16)  # every page of a work has the same
def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


_NOVEL_TYPES = {
    NovelFormat.TXT: "text/plain",
    NovelFormat.HTML: "text/html",
    NovelFormat.EPUB: "application/epub+zip",
}

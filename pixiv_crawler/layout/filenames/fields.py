"""The fields of templates: their value for a file, their formats, and when they have a value.

A number has a value unless it is 0, a text unless it is empty or missing. `x_restrict` therefore has a value for R-18
and R-18G, `rank` for works from a ranking. There are three exceptions: `page_count` has a value if the file is one of
several, `ai` for AI-generated works, dates if they are valid.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pixiv_crawler.api.image_urls import split_url, uploaded_at
from pixiv_crawler.items import Illust, Novel, User
from pixiv_crawler.layout.safe_names import extension

Names = Callable[[User], tuple[str, str]]
"""Returns the name and the account of a user for use in paths."""

# Pixiv's names: 123_p0.jpg, 123-HASH_p0_master1200.jpg, 123_ugoira0.png, 123_ugoira600x600.zip, 123_master1200.jpg.
# The beginning identifies the work (first group) and its page (second or third group; otherwise 0).
_PIXIV_NAME = re.compile(
    r"([0-9]{1,20})(?:-[0-9A-Za-z]+)?"
    r"_(?:p([0-9]{1,20})(?![0-9])|ugoira([0-9]{1,20})\.|ugoira[0-9]+x|(?:master|square)[0-9])[0-9A-Za-z_.-]*"
)
_FRAME_NAME = re.compile(r"_ugoira[0-9]+\.")
_MAX_NAME_BYTES = 120


class Kind(NamedTuple):
    """The properties of a field's values."""

    formats: str
    """Pattern of the accepted formats, as in {page:03}, {title:.40}, {tags:3}, {create_date:%Y-%m}."""
    shape: str
    """Its role in counting runs of digits: work (i), page (p), number (n), file name (f), extension (e), text (t)."""
    fixed_bytes: int
    """Maximum number of bytes, which are never truncated; 0 for text, which may be. A 64-bit number has 20 digits."""
    write: Callable[[Any, str], str] = format
    """Formats the value; not called for None."""
    has_value: Callable[[Any], bool] = bool
    """Whether a condition on the field is met."""
    missing: str = "none"
    """The text for None."""


def _date(value: datetime, spec: str) -> str:
    try:
        return value.strftime(spec or "%Y-%m-%d")
    except ValueError:  # some systems support only years from 1900 on
        return "unknown"


def _first_tags(tags: list[str], spec: str) -> str:
    return " ".join(tags[: int(spec or len(tags))])


_ID, _PAGE, _NUMBER = (Kind(r"(0[1-9])?d?", shape, 20) for shape in "ipn")
_NAME, _EXT = Kind("", "f", _MAX_NAME_BYTES), Kind("", "e", 6)
_TEXT = Kind(r"(\.[1-9][0-9]{0,2})?", "t", 0)

_DATE = Kind(r"([^%/\\{}<>?|]|%[YymdHMSjGVubBaA])*", "t", 0, _date, missing="unknown")

_COMMON: dict[str, Kind] = {
    "create_date": _DATE,
    "x_restrict": _NUMBER,
    "ai": _TEXT._replace(has_value=lambda ai: ai == "2", missing="unknown"),
    "series_id": _TEXT,
    "series_title": _TEXT,
    "tags": Kind("([1-9][0-9]?)?", "t", 0, _first_tags),
    "rank": _NUMBER,
    "spider": _TEXT,
    "job": _TEXT,
}
_USER: dict[str, Kind] = {"user_id": _NUMBER, "user_name": _TEXT, "user_account": _TEXT}

ILLUST_FIELDS: Mapping[str, Kind] = {
    **_USER,
    "illust_id": _ID,
    "title": _TEXT,
    "page": _PAGE,
    "page1": _PAGE,
    "page_padded": _PAGE._replace(formats=""),
    "page1_padded": _PAGE._replace(formats=""),
    "page_count": _NUMBER._replace(has_value=lambda count: count > 1),
    "ext": _EXT,
    "name": _NAME,
    "type": _TEXT,
    "upload_date": _DATE,
    **_COMMON,
}
NOVEL_FIELDS: Mapping[str, Kind] = {
    **_USER,
    "novel_id": _ID,
    "title": _TEXT,
    "text_length": _NUMBER,
    "ext": _EXT,
    **_COMMON,
}


@dataclass(frozen=True)
class Run:
    """The field values that all files of a run share."""

    spider: str
    job: str
    names: Names


class _WorkFile:
    """A file of a work; its properties are the fields; None means that a field has no value."""

    def __init__(self, run: Run, work: Illust | Novel, ai_type: int | None) -> None:
        self._work = work
        self._run = run
        self.spider = run.spider
        self.job = run.job
        self.user_id = work.user.id
        self.title = work.title
        self.x_restrict = work.x_restrict
        # 0 and a missing value mean the same.
        self.ai = str(ai_type) if ai_type else None
        self.series_id = str(work.series.id) if work.series else None
        self.series_title = work.series.title if work.series else None

    @property
    def user_name(self) -> str:
        return self._run.names(self._work.user)[0]

    @property
    def user_account(self) -> str:
        return self._run.names(self._work.user)[1]

    @property
    def create_date(self) -> datetime | None:
        """In the time zone of the work, which is Japan's."""
        try:
            return datetime.fromisoformat(self._work.create_date)
        except ValueError:
            return None

    @property
    def tags(self) -> list[str] | None:
        """In the artist's order."""
        return [tag.name for tag in self._work.tags] or None

    @property
    def rank(self) -> int:
        """The rank of a work from a ranking; 0 for other works."""
        source = self._work.source
        return source.position if source and source.endpoint.endswith("/ranking") else 0


class IllustFile(_WorkFile):
    """One file of an illustration, a manga or an animation."""

    def __init__(self, run: Run, work: Illust, page: int, url: str, ext: str | None) -> None:
        super().__init__(run, work, work.illust_ai_type)
        self.illust_id = work.id
        self.page = page
        self.type = work.type
        self._illust = work
        self._given_ext = ext
        self._url = url
        self._url_path = split_url(url).path

    @property
    def page1(self) -> int:
        """The page, counted from 1."""
        return self.page + 1

    @property
    def page_padded(self) -> str:
        """The page with as many digits as `page_count`, so that the files of a work sort by page."""
        return self._padded(self.page)

    @property
    def page1_padded(self) -> str:
        """The same, counted from 1."""
        return self._padded(self.page1)

    def _padded(self, number: int) -> str:
        return str(number).zfill(len(str(self.page_count)))

    @property
    def upload_date(self) -> datetime | None:
        """When the artist uploaded the file, in Japan's time zone; later than `create_date` if it replaced another one."""
        return uploaded_at(self._url)

    @property
    def ext(self) -> str:
        return extension((self._url_path if self._given_ext is None else self._given_ext).lower())

    @property
    def page_count(self) -> int:
        """The number of files of the same kind: pages of the work, or single frames of an animation."""
        metadata = self._illust.ugoira_metadata
        frames = len(metadata.frames) if metadata and _FRAME_NAME.search(self._url_path) else 0
        # At least `page` + 1: a page after the first one is never mistaken for a single page.
        return max(self._illust.page_count, frames, self.page + 1)

    @property
    def name(self) -> str:
        """Pixiv's name of the file, or a name of the same form if Pixiv's does not identify work and page."""
        name = self._url_path.rpartition("/")[2]
        if self._given_ext is not None:
            name = re.sub(r"\.[0-9A-Za-z]*\Z", "", name) + self.ext
        found = _PIXIV_NAME.fullmatch(name) if len(name) <= _MAX_NAME_BYTES else None
        if found and (int(found[1]), int(found[2] or found[3] or 0)) == (self.illust_id, self.page):
            return name
        return f"{self.illust_id}_p{self.page}{self.ext}"


class NovelFile(_WorkFile):
    """A novel in one format."""

    def __init__(self, run: Run, novel: Novel, ext: str) -> None:
        super().__init__(run, novel, novel.novel_ai_type)
        self.novel_id = novel.id
        self.text_length = novel.text_length
        self.ext = extension(ext.lower())

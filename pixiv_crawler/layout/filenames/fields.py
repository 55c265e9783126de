"""The fields of templates: what each is worth for a file, how it is written, and when it has a value.

A number has a value unless it is 0, a text unless it is empty or there is none. Three say more: `page_count` has one
when the file is one of several, `ai` for works made by AI, `create_date` when it can be read. `x_restrict` so has one
for R-18 and R-18G, `rank` for works from a ranking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pixiv_crawler.items import Illust, Novel, User
from pixiv_crawler.layout.safe_names import extension

Names = Callable[[User], tuple[str, str]]
"""Tells the name and the account that a user goes by in paths."""

# Pixiv's names: 123_p0.jpg, 123-HASH_p0_master1200.jpg, 123_ugoira0.png, 123_ugoira600x600.zip, 123_master1200.jpg.
# The beginning alone tells the work (first group) and its page (second or third; 0 without).
_PIXIV_NAME = re.compile(
    r"([0-9]{1,20})(?:-[0-9A-Za-z]+)?"
    r"_(?:p([0-9]{1,20})(?![0-9])|ugoira([0-9]{1,20})\.|ugoira[0-9]+x|(?:master|square)[0-9])[0-9A-Za-z_.-]*"
)
_FRAME_NAME = re.compile(r"_ugoira[0-9]+\.")
_MAX_NAME_BYTES = 120


class Kind(NamedTuple):
    """What a template must know of a field's values."""

    formats: str
    """Pattern of the formats it takes, as in {page:03}, {title:.40}, {tags:3}, {create_date:%Y-%m}."""
    shape: str
    """What counting runs of digits meets: a work (i), page (p) or number (n), a name (f), an extension (e), text (t)."""
    fixed_bytes: int
    """Bytes it needs at most and that are never cut; 0 for text, which may be cut. 20 digits hold 64 bits."""
    write: Callable[[Any, str], str] = format
    """The value in a format; not called for None."""
    has_value: Callable[[Any], bool] = bool
    """Whether a condition on it is met."""
    missing: str = "none"
    """What stands for None."""


def _date(value: datetime, spec: str) -> str:
    try:
        return value.strftime(spec or "%Y-%m-%d")
    except ValueError:  # some systems know only the years from 1900 on
        return "unknown"


def _first_tags(tags: list[str], spec: str) -> str:
    return " ".join(tags[: int(spec or len(tags))])


_ID, _PAGE, _NUMBER = (Kind(r"(0[1-9])?d?", shape, 20) for shape in "ipn")
_NAME, _EXT = Kind("", "f", _MAX_NAME_BYTES), Kind("", "e", 6)
_TEXT = Kind(r"(\.[1-9][0-9]{0,2})?", "t", 0)

_COMMON: dict[str, Kind] = {
    "create_date": Kind(r"([^%/\\{}<>?|]|%[YymdHMSjGVubBaA])*", "t", 0, _date, missing="unknown"),
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
    "page_count": _NUMBER._replace(has_value=lambda count: count > 1),
    "ext": _EXT,
    "name": _NAME,
    "type": _TEXT,
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
    """What all files of a run have in common."""

    spider: str
    job: str
    names: Names


class _WorkFile:
    """A file of a work; its properties are the fields, and None is no value."""

    def __init__(self, run: Run, work: Illust | Novel, ai_type: int | None) -> None:
        self._work = work
        self._run = run
        self.spider = run.spider
        self.job = run.job
        self.user_id = work.user.id
        self.title = work.title
        self.x_restrict = work.x_restrict
        # Pixiv's 0 and no answer mean the same.
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
        """In the work's own time zone, which is Japan's."""
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
        """The place in the ranking that the work came from; 0 for works from elsewhere."""
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
        self._url_path = urlsplit(url).path

    @property
    def ext(self) -> str:
        return extension((self._url_path if self._given_ext is None else self._given_ext).lower())

    @property
    def page_count(self) -> int:
        """How many there are of the file's kind: pages of the work, or single frames of an animation."""
        metadata = self._illust.ugoira_metadata
        frames = len(metadata.frames) if metadata and _FRAME_NAME.search(self._url_path) else 0
        # At least as many as the page tells: a page beyond the first is never taken for the only one.
        return max(self._illust.page_count, frames, self.page + 1)

    @property
    def name(self) -> str:
        """Pixiv's own name of the file, or one in its manner where Pixiv's does not tell work and page."""
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

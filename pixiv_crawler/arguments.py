"""Types that validate and convert spider arguments, and the base models of every spider's arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from pixiv_crawler.api.enums import ILLUST_TYPES, RATINGS, WorkType
from pixiv_crawler.api.japan import today
from pixiv_crawler.api.site_urls import is_url, parse_page_url
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.paths import check_job
from pixiv_crawler.media.animation import check_format
from pixiv_crawler.novels import check_formats
from pixiv_crawler.options import AiFilter, Extra, FileSize, NovelFormat, Sidecar, UgoiraFormat

EnumT = TypeVar("EnumT", bound=StrEnum)

# Limits of the width and height of a thumbnail.
_MIN_PIXELS, _MAX_PIXELS = 16, 2000
# Bytes of an argument that are not UTF-8 are decoded to these; they cannot be part of a URL.
_SURROGATES = re.compile("[\ud800-\udfff]")
# The form of Pixiv's values, such as date_desc.
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}")
# Pixiv's IDs have nine digits today; more than 18 would not fit a database's integer.
_ID = re.compile(r"[0-9]{1,18}")


def _members(value: Any) -> list[str]:
    """The distinct members of a comma-separated list, in order."""
    members = value if isinstance(value, list | tuple) else str(value).split(",")
    return list(dict.fromkeys(text for member in members if (text := str(member).strip())))


def _ids(argument: str, what: str, url_name: str = "page URL") -> BeforeValidator:
    hint = f"pass a numeric ID (such as 11) or a {url_name}"

    def parse(value: Any) -> int:
        text = str(value).strip()
        number = _id_of_page(text, argument) if is_url(text) else text
        if not _ID.fullmatch(number) or int(number) == 0:
            raise ValueError(f"{text!r} is not a valid {what}: {hint}")
        return int(number)

    def parse_all(value: Any) -> list[int]:
        ids = list(dict.fromkeys(map(parse, _members(value))))
        if not ids:
            raise ValueError(f"no {what} is given: {hint}")
        return ids

    return BeforeValidator(parse_all)


def _id_of_page(url: str, argument: str) -> str:
    """The ID in the URL of a page; empty if the page is about something else."""
    try:
        return parse_page_url(url).ids.get(argument, "")
    except ArgumentError:
        return ""


UserIdList = Annotated[list[int], _ids("user_id", "user", "profile URL")]
"""User IDs or profile URLs, comma-separated."""
IllustIdList = Annotated[list[int], _ids("illust_id", "illust")]
"""Illust IDs or page URLs, comma-separated."""
NovelIdList = Annotated[list[int], _ids("novel_id", "novel")]
"""Novel IDs or page URLs, comma-separated."""
IllustSeriesIdList = Annotated[list[int], _ids("series_id", "series")]
"""IDs of illust series or page URLs, comma-separated."""
NovelSeriesIdList = Annotated[list[int], _ids("novel_series_id", "novel series")]
"""IDs of novel series or page URLs, comma-separated."""


def one_of(enum: type[EnumT]) -> BeforeValidator:
    """Checks that a text is a value of `enum`; the error message lists the values."""
    return BeforeValidator(lambda text: _value(enum, str(text).strip()))


def list_of(enum: type[EnumT]) -> BeforeValidator:
    """Checks that each member of a comma-separated list is a value of `enum`."""
    return BeforeValidator(lambda value: [_value(enum, text) for text in _nonempty(value, enum)])


def pixiv_value(enum: type[EnumT]) -> BeforeValidator:
    """Like `one_of`, but accepts a value that Pixiv may have added, with a warning."""
    return BeforeValidator(lambda text, info: _pixiv_value(enum, str(text).strip(), info))


def pixiv_values(enum: type[EnumT]) -> BeforeValidator:
    """Like `list_of`, but accepts values that Pixiv may have added, with a warning."""
    return BeforeValidator(lambda value, info: [_pixiv_value(enum, text, info) for text in _nonempty(value, enum)])


def _pixiv_value(enum: type[EnumT], text: str, info: ValidationInfo) -> EnumT | str:
    check_pixiv_value(text, [*enum], info)
    return enum(text) if text in [*enum] else text


def check_pixiv_value(text: str, known: Iterable[str], info: ValidationInfo) -> None:
    """Notes a value that is not known, for a warning: Pixiv may have added it, or it may be misspelt.

    Raises:
        ValueError: it does not have the form of Pixiv's values.
    """
    known = [*known]
    if text in known:
        return
    if not _VALUE.fullmatch(text):
        raise ValueError(f"{text!r} is not one of {', '.join(known)}")
    nearest = get_close_matches(text.lower(), known, 1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"the known values are {', '.join(known)}"
    if info.context is not None:
        info.context.append((f"{info.field_name}: {text!r}", hint))


def _nonempty(value: Any, known: Iterable[str]) -> list[str]:
    if not (members := _members(value)):
        raise ValueError(f"the list is empty: pass one or more of {', '.join(known)}")
    return members


def _value(enum: type[EnumT], text: str) -> EnumT:
    try:
        return enum(text)
    except ValueError:
        raise ValueError(f"{text!r} is not one of {', '.join(enum)}") from None


def _integer(minimum: int) -> BeforeValidator:
    def parse(text: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", str(text).strip()) or int(text) < minimum:
            raise ValueError(f"{str(text)!r} is not a valid number: pass an integer of at least {minimum}")
        return int(text)

    return BeforeValidator(parse)


PositiveNumber = Annotated[int, _integer(1)]
"""An integer of at least 1."""
Count = Annotated[int, _integer(0)]
"""An integer of at least 0."""
Offset = Annotated[Count, Field(description="Number of entries to skip at the beginning of each listing.")]


def _flag(text: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if (value := known.get(str(text).strip().lower())) is None:
        raise ValueError(f"{str(text)!r} is not a valid flag: pass true or false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false."""


def _day(text: Any) -> date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(text).strip()):
            raise ValueError
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError(f"{str(text)!r} is not a valid date: pass YYYY-MM-DD, such as 2026-01-31") from None


def _past_day(text: Any) -> date:
    day = _day(text)
    if day > today():
        raise ValueError(f"{day} is in the future: the current date in Japan is {today()}")
    return day


Day = Annotated[date, BeforeValidator(_day)]
"""A day in Japan, YYYY-MM-DD."""
PastDay = Annotated[date, BeforeValidator(_past_day)]
"""A day in Japan, YYYY-MM-DD, not after today."""


def _days(text: Any) -> list[date]:
    first, dots, last = str(text).partition("..")
    start = _past_day(first)
    end = _past_day(last) if dots else start
    if end < start:
        raise ValueError(f"{text!r} ends before it begins: put the earlier day first")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


DaySpan = Annotated[list[date], BeforeValidator(_days)]
"""A day in Japan, or FIRST..LAST (inclusive)."""


def _text(value: Any) -> str:
    if not str(value).strip():
        raise ValueError("the value is empty: pass a word")
    return str(value).strip()


Word = Annotated[str, BeforeValidator(_text)]
"""A non-empty text."""
WordList = Annotated[list[str], BeforeValidator(_members)]
"""Words, comma-separated."""


def _checked_job(text: Any) -> str:
    try:
        return check_job(str(text))
    except ArgumentError as error:
        raise ValueError(str(error)) from None


JobName = Annotated[str, BeforeValidator(_checked_job)]
"""A name for a run, valid as a folder name."""


def _ratings(text: Any, info: ValidationInfo) -> list[int]:
    ratings = _members(text)
    if not ratings or not all(re.fullmatch("0|[1-9][0-9]?", rating) for rating in ratings):
        raise ValueError(f"{str(text)!r} is not a valid list of ratings: pass one or more of 0, 1, 2")
    for rating in ratings:
        check_pixiv_value(rating, map(str, RATINGS), info)
    return [int(rating) for rating in ratings]


RatingList = Annotated[list[int], BeforeValidator(_ratings)]
"""One or more of 0 (all ages), 1 (R-18), 2 (R-18G)."""


def _checked_ugoira_formats(formats: list[UgoiraFormat]) -> list[UgoiraFormat]:
    for one in formats:
        try:
            check_format(one)
        except ArgumentError as error:
            raise ValueError(str(error)) from None
    return formats


def _checked_novel_formats(formats: list[NovelFormat]) -> list[NovelFormat]:
    try:
        check_formats(formats)
    except ArgumentError as error:
        raise ValueError(str(error)) from None
    return formats


def _pixels(text: Any) -> int:
    if not re.fullmatch("[0-9]{1,4}", str(text).strip()) or not _MIN_PIXELS <= int(text) <= _MAX_PIXELS:
        raise ValueError(
            f"{str(text)!r} is not a valid size: pass a number of pixels from {_MIN_PIXELS} to {_MAX_PIXELS}"
        )
    return int(text)


class SpiderArgs(BaseModel):
    """The arguments of every spider; each spider declares its own in `Args`."""

    # Built on first use: a crawl uses one of the models, not those that it inherits from.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    job: JobName | None = Field(None, description="A name for the run; default: its start time, or Scrapyd's job ID.")
    _new_values: list[tuple[str, str]] = PrivateAttr(default_factory=list)

    @property
    def new_values(self) -> list[tuple[str, str]]:
        """The arguments with a value that is not known, each with a hint."""
        return self._new_values

    @classmethod
    def parse(cls, arguments: dict[str, Any]) -> Self:
        """Validates the arguments of a spider. Names that begin with `_` are Scrapyd's; of these, only `_job` is used.

        Raises:
            ArgumentError: one sentence about the first invalid argument.
        """
        given = {name: value for name, value in arguments.items() if not name.startswith("_")}
        if "_job" in arguments:
            given.setdefault("job", arguments["_job"])
        for name, value in given.items():
            if isinstance(value, str) and not value.isprintable() and _SURROGATES.search(value):
                raise ArgumentError(f"spider argument {name}: {value!r} is not valid text: pass it in UTF-8")
        new_values: list[tuple[str, str]] = []
        try:
            args = cls.model_validate(given, context=new_values)
        except ValidationError as error:
            raise ArgumentError(_sentence(error, cls)) from None
        args._new_values.extend(new_values)
        return args

    @classmethod
    def require_one(cls, *names: str) -> Any:
        """Checks that at least one of the named optional arguments is given."""

        def check(args: Any) -> Any:
            if all(getattr(args, name) is None for name in names):
                raise ValueError(
                    f"a required argument is missing: pass {' or '.join(f'-a {name}=...' for name in names)}"
                )
            return args

        return model_validator(mode="after")(check)


class WorksArgs(SpiderArgs):
    """The arguments of every spider that yields works."""

    files: Annotated[FileSize, one_of(FileSize)] = Field(
        FileSize.ORIGINAL, description="The size of the images to download; none: no images."
    )
    ugoira: Annotated[list[UgoiraFormat], list_of(UgoiraFormat), AfterValidator(_checked_ugoira_formats)] = Field(
        [UgoiraFormat.ZIP], description="The formats in which to store animations, comma-separated."
    )
    text: Flag = Field(False, description="Also collect the text of novels.")
    novel: Annotated[list[NovelFormat], list_of(NovelFormat), AfterValidator(_checked_novel_formats)] | None = Field(
        None,
        description="The file formats in which to store novels, comma-separated; includes the images in their text.",
    )
    extras: Annotated[list[Extra], list_of(Extra)] | None = Field(
        None,
        description="Additional images to download, comma-separated; avatar and background also request the profile "
        "of each user.",
    )
    sidecar: Annotated[list[Sidecar], list_of(Sidecar)] | None = Field(
        None, description="The formats of metadata files to write next to each file of a work, comma-separated."
    )
    thumbnail: Annotated[int, BeforeValidator(_pixels)] | None = Field(
        None,
        description="Write a thumbnail of each image, with this maximum width and height in pixels "
        f"({_MIN_PIXELS} to {_MAX_PIXELS}).",
    )
    comments: Flag = Field(False, description="Also collect the comments of each work.")
    users: Flag = Field(False, description="Also collect the full profile of each work's user, once per user.")
    max_works: PositiveNumber | None = Field(None, description="Stop after this number of works.")
    new_only: Flag = Field(False, description="Only works that no earlier run has collected in their current version.")
    min_bookmarks: Count | None = Field(None, description="Only works with at least this number of bookmarks.")
    max_bookmarks: Count | None = Field(None, description="Only works with at most this number of bookmarks.")
    min_views: Count | None = Field(None, description="Only works with at least this number of views.")
    tags: WordList | None = Field(None, description="Only works with all of these tags (or tag translations).")
    exclude_tags: WordList | None = Field(
        None, description="Only works with none of these tags (or tag translations)."
    )
    x_restrict: RatingList | None = Field(
        None, description="Only works with these ratings: 0 all ages, 1 R-18, 2 R-18G."
    )
    ai: Annotated[list[AiFilter], list_of(AiFilter)] | None = Field(
        None, description="Only works that are (yes) or are not (no) AI-generated, or do not say (unknown)."
    )
    since: Day | None = Field(None, description="Only works published on or after this day in Japan.")
    until: Day | None = Field(None, description="Only works published on or before this day in Japan.")
    min_pages: Count | None = Field(None, description="Only works with at least this number of pages.")
    max_pages: Count | None = Field(None, description="Only works with at most this number of pages.")
    min_width: Count | None = Field(
        None, description="Only illusts whose first page has at least this width in pixels."
    )
    min_height: Count | None = Field(
        None, description="Only illusts whose first page has at least this height in pixels."
    )

    @property
    def wants_text(self) -> bool:
        """Whether to request the text of novels."""
        return self.text or bool(self.novel)

    @property
    def wants_users(self) -> bool:
        """Whether to request the profiles of users."""
        return self.users or bool({Extra.AVATAR, Extra.BACKGROUND} & set(self.extras or []))

    @property
    def wanted_types(self) -> list[str]:
        """The types of works that are collected, in addition to types that are not known."""
        return getattr(self, "type", None) or [*WorkType]


class TypedWorksArgs(WorksArgs):
    """The arguments of spiders that yield works of several types."""

    type: Annotated[list[WorkType | str], pixiv_values(WorkType)] = Field(
        [*ILLUST_TYPES], description="Types of works, comma-separated; works of a new type are always collected."
    )

    @property
    def illust_types(self) -> list[str]:
        """The types of illusts that are collected."""
        return [type_ for type_ in self.type if type_ is not WorkType.NOVEL]

    @property
    def content_types(self) -> list[str]:
        """The types for endpoints that do not distinguish animations from illusts."""
        requested = {WorkType.ILLUST if type_ is WorkType.UGOIRA else type_ for type_ in self.illust_types}
        return sorted(requested)


def _sentence(error: ValidationError, args: type[SpiderArgs]) -> str:
    errors = error.errors()
    # A misspelt name also leaves its argument missing.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"unknown spider argument {name!r}: the known ones are {', '.join(sorted(args.model_fields))}"
    if first["type"] == "missing":
        return f"the spider argument {name} is missing: pass -a {name}=..."
    return f"spider argument {name}: {message}"

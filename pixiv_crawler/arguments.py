"""What a spider argument can be: types that check and convert, and the models that all arguments extend."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.paths import check_job
from pixiv_crawler.media.animation import check_format
from pixiv_crawler.novels import check_formats
from pixiv_crawler.options import AiFilter, Extra, FileSize, NovelFormat, Sidecar, UgoiraFormat

EnumT = TypeVar("EnumT", bound=StrEnum)

JAPAN = timezone(timedelta(hours=9))
"""Pixiv's days begin at midnight in Japan."""

# Of a small picture.
_LEAST_PIXELS, _MOST_PIXELS = 16, 2000
# What the bytes of an argument become that are no UTF-8; they cannot be written into an address.
_SURROGATES = re.compile("[\ud800-\udfff]")
# Pixiv's IDs have nine digits today; more than 18 would not fit a database's integer.
_ID = re.compile(r"[0-9]{1,18}")
_SITE = r"(?i:(?:https?://)?(?:[a-z]+\.)?pixiv\.net)/"
_END = r"([0-9]+)(?:[/?&#].*)?"
# Addresses as Pixiv's sites wrote them over the years.
_USER = re.compile(_SITE + r"(?:(?:[a-z-]+/)?(?:users?|u)/|member(?:_illust)?\.php\?(?:[^#]*&)?id=)" + _END)
_ILLUST = re.compile(_SITE + r"(?:(?:[a-z-]+/)?(?:artworks|i)/|member_illust\.php\?(?:[^#]*&)?illust_id=)" + _END)
_NOVEL = re.compile(_SITE + r"(?:[a-z-]+/)?(?:novel/show\.php\?(?:[^#]*&)?id=|n/)" + _END)
_ILLUST_SERIES = re.compile(_SITE + r"(?:[a-z-]+/)?user/[0-9]+/series/" + _END)
_NOVEL_SERIES = re.compile(_SITE + r"(?:[a-z-]+/)?novel/series/" + _END)


def _members(value: Any) -> list[str]:
    """The members of a comma-separated text, each once, in order."""
    members = value if isinstance(value, list | tuple) else str(value).split(",")
    return list(dict.fromkeys(text for member in members if (text := str(member).strip())))


def _id(address: re.Pattern[str], what: str) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        text = str(value).strip()
        found = address.fullmatch(text)
        number = found[1] if found else text
        if not _ID.fullmatch(number) or int(number) == 0:
            raise ValueError(f"{text!r} is no {what}; give an ID such as 11, or the address of its page")
        return int(number)

    return parse


def _ids(address: re.Pattern[str], what: str) -> BeforeValidator:
    parse = _id(address, what)

    def parse_all(value: Any) -> list[int]:
        ids = list(dict.fromkeys(map(parse, _members(value))))
        if not ids:
            raise ValueError(f"no {what} is given; give an ID such as 11, or the address of its page")
        return ids

    return BeforeValidator(parse_all)


UserIdList = Annotated[list[int], _ids(_USER, "user")]
"""IDs of users or addresses of their profiles, comma-separated."""
IllustIdList = Annotated[list[int], _ids(_ILLUST, "illust")]
"""IDs of illusts or addresses of their pages, comma-separated."""
NovelIdList = Annotated[list[int], _ids(_NOVEL, "novel")]
"""IDs of novels or addresses of their pages, comma-separated."""
IllustSeriesIdList = Annotated[list[int], _ids(_ILLUST_SERIES, "series")]
"""IDs of series of illusts or addresses of their pages, comma-separated."""
NovelSeriesIdList = Annotated[list[int], _ids(_NOVEL_SERIES, "novel series")]
"""IDs of series of novels or addresses of their pages, comma-separated."""


def one_of(enum: type[EnumT]) -> BeforeValidator:
    """Checks that a text is a value of `enum`; the message lists the values."""
    return BeforeValidator(lambda text: _value(enum, str(text).strip()))


def list_of(enum: type[EnumT]) -> BeforeValidator:
    """Checks that each member of a comma-separated text is a value of `enum`."""

    def parse_all(value: Any) -> list[EnumT]:
        values = [_value(enum, text) for text in _members(value)]
        if not values:
            raise ValueError(f"nothing is given; give some of {', '.join(enum)}")
        return values

    return BeforeValidator(parse_all)


def _value(enum: type[EnumT], text: str) -> EnumT:
    try:
        return enum(text)
    except ValueError:
        raise ValueError(f"{text!r} is not one of {', '.join(enum)}") from None


def _whole_number(least: int) -> BeforeValidator:
    def parse(text: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", str(text).strip()) or int(text) < least:
            raise ValueError(f"{str(text)!r} is no whole number of {least} or more")
        return int(text)

    return BeforeValidator(parse)


PositiveNumber = Annotated[int, _whole_number(1)]
"""A whole number of 1 or more."""
Count = Annotated[int, _whole_number(0)]
"""A whole number of 0 or more."""
Offset = Annotated[Count, Field(description="Entries to leave out at the beginning of each listing.")]


def _flag(text: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if (value := known.get(str(text).strip().lower())) is None:
        raise ValueError(f"{str(text)!r} is neither true nor false")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false."""


def today() -> date:
    """The day in Japan."""
    return datetime.now(UTC).astimezone(JAPAN).date()


def _day(text: Any) -> date:
    try:
        day = date.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError(f"{str(text)!r} is no day; give one such as 2026-01-31") from None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(text).strip()):
        raise ValueError(f"{str(text)!r} is no day; give one such as 2026-01-31")
    return day


def _past_day(text: Any) -> date:
    day = _day(text)
    if day > today():
        raise ValueError(f"{day} is in the future: in Japan it is {today()}")
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
        raise ValueError(f"{text!r} ends before it begins; give the earlier day first")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


DaySpan = Annotated[list[date], BeforeValidator(_days)]
"""A day in Japan, or FIRST..LAST."""


def _text(value: Any) -> str:
    if not str(value).strip():
        raise ValueError("is empty; give a word")
    return str(value).strip()


Word = Annotated[str, BeforeValidator(_text)]
"""A text that is not empty."""
WordList = Annotated[list[str], BeforeValidator(_members)]
"""Words, comma-separated."""


def _checked_job(text: Any) -> str:
    try:
        return check_job(str(text))
    except ArgumentError as error:
        raise ValueError(str(error)) from None


JobName = Annotated[str, BeforeValidator(_checked_job)]
"""A name for a run, usable as the name of a folder."""


def _rating(text: Any) -> list[int]:
    ratings = _members(text)
    if not ratings or not set(ratings) <= {"0", "1", "2"}:
        raise ValueError(f"{str(text)!r} is not some of 0, 1, 2")
    return [int(rating) for rating in ratings]


RatingList = Annotated[list[int], BeforeValidator(_rating)]
"""Some of 0 (all ages), 1 (R-18), 2 (R-18G)."""


def _makeable(formats: list[UgoiraFormat]) -> list[UgoiraFormat]:
    for one in formats:
        try:
            check_format(one)
        except ArgumentError as error:
            raise ValueError(str(error)) from None
    return formats


def _writable(formats: list[NovelFormat]) -> list[NovelFormat]:
    try:
        check_formats(formats)
    except ArgumentError as error:
        raise ValueError(str(error)) from None
    return formats


def _pixels(text: Any) -> int:
    if not re.fullmatch("[0-9]{1,4}", str(text).strip()) or not _LEAST_PIXELS <= int(text) <= _MOST_PIXELS:
        raise ValueError(f"{str(text)!r} is no number of pixels from {_LEAST_PIXELS} to {_MOST_PIXELS}")
    return int(text)


class SpiderArgs(BaseModel):
    """The arguments that every spider takes; a spider's own are declared in its `Args`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: JobName | None = Field(None, description="A name for the run; default: its start time, or Scrapyd's job ID.")

    @classmethod
    def parse(cls, arguments: dict[str, Any]) -> Self:
        """The arguments of a spider, checked; of those whose names begin with `_`, which are Scrapyd's, one names the job.

        Raises:
            ArgumentError: one sentence about the first that cannot be used.
        """
        given = {name: value for name, value in arguments.items() if not name.startswith("_")}
        if "_job" in arguments:
            given.setdefault("job", arguments["_job"])
        for name, value in given.items():
            if isinstance(value, str) and not value.isprintable() and _SURROGATES.search(value):
                raise ArgumentError(f"spider argument {name}: {value!r} is no text; give it in UTF-8")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ArgumentError(_sentence(error, cls)) from None

    @classmethod
    def require_one(cls, *names: str) -> Any:
        """Checks that at least one of some optional arguments is given."""

        def check(args: Any) -> Any:
            if all(getattr(args, name) is None for name in names):
                raise ValueError(f"give {' or '.join(f'-a {name}=...' for name in names)}")
            return args

        return model_validator(mode="after")(check)


class WorksArgs(SpiderArgs):
    """The arguments that every spider of works takes."""

    files: Annotated[FileSize, one_of(FileSize)] = Field(
        FileSize.ORIGINAL, description="Which size of the images to download; none for data only."
    )
    ugoira: Annotated[list[UgoiraFormat], list_of(UgoiraFormat), AfterValidator(_makeable)] = Field(
        [UgoiraFormat.ZIP], description="As what to store animations, comma-separated."
    )
    text: Flag = Field(False, description="Collect the text of novels too.")
    novel: Annotated[list[NovelFormat], list_of(NovelFormat), AfterValidator(_writable)] | None = Field(
        None, description="As what files to store novels, comma-separated; with the images that their texts show."
    )
    extras: Annotated[list[Extra], list_of(Extra)] | None = Field(
        None,
        description="Images to download beside the works, comma-separated; avatar and background ask for the profile "
        "of each artist, too.",
    )
    sidecar: Annotated[list[Sidecar], list_of(Sidecar)] | None = Field(
        None, description="As what to write the metadata of a work beside each of its files, comma-separated."
    )
    thumbnail: Annotated[int, BeforeValidator(_pixels)] | None = Field(
        None,
        description="Make a small picture of each image, at most so many pixels wide and high, "
        f"{_LEAST_PIXELS} to {_MOST_PIXELS}.",
    )
    comments: Flag = Field(False, description="Collect the comments of each work too.")
    users: Flag = Field(False, description="Collect the full profile of each artist too, once.")
    max_works: PositiveNumber | None = Field(None, description="Stop after so many works.")
    new_only: Flag = Field(False, description="Only works that no earlier run has collected as they are now.")
    min_bookmarks: Count | None = Field(None, description="Only works with at least so many bookmarks.")
    max_bookmarks: Count | None = Field(None, description="Only works with at most so many bookmarks.")
    min_views: Count | None = Field(None, description="Only works with at least so many views.")
    tags: WordList | None = Field(None, description="Only works with all of these tags, or their translations.")
    exclude_tags: WordList | None = Field(None, description="Only works with none of these tags or translations.")
    x_restrict: RatingList | None = Field(None, description="Only works rated so: 0 all ages, 1 R-18, 2 R-18G.")
    ai: Annotated[list[AiFilter], list_of(AiFilter)] | None = Field(None, description="Only works made so by AI.")
    since: Day | None = Field(None, description="Only works published on that day in Japan or later.")
    until: Day | None = Field(None, description="Only works published on that day in Japan or earlier.")
    min_pages: Count | None = Field(None, description="Only works with at least so many pages.")
    max_pages: Count | None = Field(None, description="Only works with at most so many pages.")
    min_width: Count | None = Field(None, description="Only illusts whose first page is so many pixels wide.")
    min_height: Count | None = Field(None, description="Only illusts whose first page is so many pixels high.")

    @property
    def wants_text(self) -> bool:
        """Whether the text of novels is to be asked for."""
        return self.text or bool(self.novel)

    @property
    def wants_users(self) -> bool:
        """Whether the profiles of artists are to be asked for."""
        return self.users or bool({Extra.AVATAR, Extra.BACKGROUND} & set(self.extras or []))

    @property
    def wanted_types(self) -> list[WorkType]:
        """The types of works that are collected."""
        return getattr(self, "type", None) or list(WorkType)


class TypedWorksArgs(WorksArgs):
    """The arguments of spiders that collect works of several types."""

    type: Annotated[list[WorkType], list_of(WorkType)] = Field(
        [WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA], description="Types of works, comma-separated."
    )

    @property
    def illust_types(self) -> list[WorkType]:
        """The types of illusts that are collected."""
        return [type_ for type_ in self.type if type_ is not WorkType.NOVEL]

    @property
    def content_types(self) -> list[WorkType]:
        """What to ask endpoints that tell only illusts, with animations among them, from manga."""
        asked = {WorkType.ILLUST if type_ is WorkType.UGOIRA else type_ for type_ in self.illust_types}
        return [type_ for type_ in (WorkType.ILLUST, WorkType.MANGA) if type_ in asked]


def _sentence(error: ValidationError, args: type[SpiderArgs]) -> str:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"unknown spider argument {name!r}; known are: {', '.join(sorted(args.model_fields))}"
    if first["type"] == "missing":
        return f"the spider argument {name} is missing; give it as -a {name}=..."
    return f"spider argument {name}: {message}"

"""Types that validate and convert the values of spider arguments."""

import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema

from pixiv_crawler.api.enums import RATINGS
from pixiv_crawler.api.japan import today
from pixiv_crawler.api.page_target import PageTarget
from pixiv_crawler.api.site_urls import find_page
from pixiv_crawler.exceptions import suggestion
from pixiv_crawler.layout.paths import check_job
from pixiv_crawler.lists import STANDARD_INPUT, ListLine, is_list, read_lines
from pixiv_crawler.media.animation import check_format
from pixiv_crawler.novels import check_formats
from pixiv_crawler.options import NovelFormat, UgoiraFormat

EnumT = TypeVar("EnumT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ParsingContext:
    """What the types know about the arguments that are parsed."""

    spider: str = ""
    """The name of the spider, which accepts the URLs of its own pages."""
    arguments: Collection[str] = ()
    """The names of the arguments that it takes."""
    is_scrapyd: bool = False
    """Whether the crawl is a job of Scrapyd."""
    new_values: list[tuple[str, str]] = field(default_factory=list)
    """The arguments with a value that is not known, each with a hint."""


# Limits of the width and height of a thumbnail.
MIN_PIXELS, MAX_PIXELS = 16, 2000
# The form of Pixiv's values, such as date_desc.
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,100}")
# Pixiv's IDs have nine digits today; more than 18 would not fit a database's integer.
_ID = re.compile(r"[0-9]{1,18}")


def _members(value: Any) -> list[str]:
    r"""The distinct members of a comma-separated list, in order; `\,` is a comma within a member."""
    if not isinstance(value, list | tuple):
        value = [text.replace(r"\,", ",") for text in re.split(r"(?<!\\),", str(value))]
    return list(dict.fromkeys(text for member in value if (text := str(member).strip())))


def _ids(argument: str, what: str, url_name: str = "page URL") -> BeforeValidator:
    hint = f"pass a numeric ID (such as 11) or a {url_name}"

    def parse(text: str, info: ValidationInfo) -> int:
        page = find_page(text)
        if page and not _names(page, argument, info):
            raise ValueError(_other_page(text, page, info))
        number = page.ids[argument] if page else text
        if not _ID.fullmatch(number) or int(number) == 0:
            raise ValueError(f"{text!r} is not a valid {what}: {hint}")
        return int(number)

    def parse_all(value: Any, info: ValidationInfo) -> list[int]:
        ids = list(dict.fromkeys(one for text in _members(value) for one in parse_member(text, info)))
        if not ids:
            raise ValueError(f"no {what} is given: {hint}")
        return ids

    def parse_member(text: str, info: ValidationInfo) -> Iterator[int]:
        if not is_list(text):
            yield parse(text, info)
            return
        for line in _lines(text, info):
            try:
                yield from [parse(member, info) for member in _members(line.text)]
            except ValueError as error:
                raise ValueError(line.located(error)) from None

    return BeforeValidator(parse_all)


def _lines(word: str, info: ValidationInfo) -> Iterator[ListLine]:
    if word == STANDARD_INPUT and info.context and info.context.is_scrapyd:
        raise ValueError("a job of Scrapyd has no standard input: pass the IDs, or @FILE with a file on that machine")
    yield from read_lines(word)


def _names(page: PageTarget, argument: str, info: ValidationInfo) -> bool:
    """Whether a page only names what the argument takes; a list that belongs to it is for the spider that collects it."""
    return page.args.keys() == {argument} and (page.is_main or page.spider == _spider(info))


def _other_page(url: str, page: PageTarget, info: ValidationInfo) -> str:
    given = " ".join(f"-a {shlex.quote(f'{name}={value}')}" for name, value in page.args.items())
    if given and (page.spider == _spider(info) or _takes(page, info)):
        return f"{url!r} is {page.kind}: pass {given}"
    return f"{url!r} is {page.kind}: use the spider {page.spider}{given and f' with {given}'}"


def _takes(page: PageTarget, info: ValidationInfo) -> bool:
    """Whether another argument of the spider takes what a page names, such as a novel."""
    return (
        page.is_main
        and page.ids == page.args
        and page.ids.keys() <= {*(info.context.arguments if info.context else ())}
    )


def _spider(info: ValidationInfo) -> str:
    return info.context.spider if info.context else ""


UserIdList = Annotated[list[int], _ids("user_id", "user", "profile URL")]
"""User IDs or profile URLs, comma-separated; @FILE and - stand for lists of them."""
IllustIdList = Annotated[list[int], _ids("illust_id", "illust")]
"""Illust IDs or page URLs, comma-separated; @FILE and - stand for lists of them."""
NovelIdList = Annotated[list[int], _ids("novel_id", "novel")]
"""Novel IDs or page URLs, comma-separated; @FILE and - stand for lists of them."""
IllustSeriesIdList = Annotated[list[int], _ids("series_id", "series")]
"""IDs of illust series or page URLs, comma-separated; @FILE and - stand for lists of them."""
NovelSeriesIdList = Annotated[list[int], _ids("novel_series_id", "novel series")]
"""IDs of novel series or page URLs, comma-separated; @FILE and - stand for lists of them."""


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
    if info.context is not None:
        info.context.new_values.append((f"{info.field_name}: {text!r}", suggestion(text.lower(), known, "values")))


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


class PageSpan(NamedTuple):
    """Pages of a work, counted from 1."""

    first: int
    last: int | None
    """None: all further ones."""

    def __contains__(self, page: object) -> bool:
        """Whether a page is one of them; `page` is counted from 0, as in URLs."""
        return isinstance(page, int) and self.first <= page + 1 <= (self.last or page + 1)

    def __str__(self) -> str:
        return f"{self.first}-{self.last or ''}"


def _page_span(text: Any) -> PageSpan:
    found = re.fullmatch(r"0*([1-9][0-9]{0,5})(?:(-)0*([1-9][0-9]{0,5})?)?", str(text).strip())
    first, last = (int(found[1]), found[3]) if found else (1, "0")
    span = PageSpan(first, int(last) if last else None if found and found[2] else first)
    if span.last is not None and span.last < span.first:
        raise ValueError(f"{str(text)!r} is not a valid range of pages: pass 3, 1-3 or 2-")
    return span


Pages = Annotated[PageSpan, BeforeValidator(_page_span), PlainSerializer(str), WithJsonSchema({"type": "string"})]
"""A range of pages, such as `3`, `1-3` or `2-`."""


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


def _month(text: Any) -> str:
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month := str(text).strip()):
        raise ValueError(f"{str(text)!r} is not a valid month: pass YYYY-MM, such as 2026-01")
    return month


Month = Annotated[str, BeforeValidator(_month)]
"""A month in Japan, YYYY-MM."""


def _days(text: Any) -> list[date]:
    first, dots, last = str(text).partition("..")
    start = _past_day(first)
    end = _past_day(last) if dots else start
    if end < start:
        raise ValueError(f"{text!r} ends before it begins: put the earlier day first")
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


DaySpan = Annotated[list[date], BeforeValidator(_days)]
"""A day in Japan, or FIRST..LAST (inclusive)."""


def _text(value: Any, info: ValidationInfo) -> str:
    text = str(value).strip()
    if not text:
        raise ValueError("the value is empty: pass a word")
    if page := find_page(text):
        raise ValueError(_other_page(text, page, info))
    return text


Word = Annotated[str, BeforeValidator(_text)]
"""A non-empty text that is not the URL of a page."""
WordList = Annotated[list[str], BeforeValidator(_members)]
r"""Words, comma-separated; `\,` is a comma within a word."""


JobName = Annotated[str, BeforeValidator(lambda text: check_job(str(text)))]
"""A name for a run, valid as a folder name."""


def _ratings(text: Any, info: ValidationInfo) -> list[int]:
    ratings = _members(text)
    if not ratings or not all(re.fullmatch("0|[1-9][0-9]?", rating) for rating in ratings):
        raise ValueError(f"{str(text)!r} is not a valid list of ratings: pass one or more of 0, 1, 2")
    for rating in ratings:
        check_pixiv_value(rating, map(str, RATINGS), info)
    return [int(rating) for rating in ratings]


def list_schema(known: Iterable[int | str]) -> WithJsonSchema:
    """The JSON schema of a list that has known values, but also accepts others, because Pixiv may add some."""
    return WithJsonSchema({"type": "array", "items": {"anyOf": [{"enum": [*known]}, {}]}})


RatingList = Annotated[list[int], BeforeValidator(_ratings), list_schema(RATINGS)]
"""One or more of 0 (all ages), 1 (R-18), 2 (R-18G)."""


def _pixels(text: Any) -> int:
    if not re.fullmatch("[0-9]{1,4}", str(text).strip()) or not MIN_PIXELS <= int(text) <= MAX_PIXELS:
        raise ValueError(
            f"{str(text)!r} is not a valid size: pass a number of pixels from {MIN_PIXELS} to {MAX_PIXELS}"
        )
    return int(text)


Pixels = Annotated[int, BeforeValidator(_pixels)]
"""The largest width and height of a thumbnail."""


def _checked_ugoira_formats(formats: list[UgoiraFormat]) -> list[UgoiraFormat]:
    for one in formats:
        check_format(one)
    return formats


def _checked_novel_formats(formats: list[NovelFormat]) -> list[NovelFormat]:
    check_formats(formats)
    return formats


UgoiraFormats = Annotated[list[UgoiraFormat], list_of(UgoiraFormat), AfterValidator(_checked_ugoira_formats)]
"""Formats of animations, comma-separated, for which everything is installed."""
NovelFormats = Annotated[list[NovelFormat], list_of(NovelFormat), AfterValidator(_checked_novel_formats)]
"""Formats of novels, comma-separated, for which everything is installed."""

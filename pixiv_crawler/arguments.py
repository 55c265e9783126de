"""The base models of every spider's arguments."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from pixiv_crawler.api.enums import ILLUST_TYPES, WorkType
from pixiv_crawler.api.japan import today
from pixiv_crawler.argument_types import (
    MAX_PIXELS,
    MIN_PIXELS,
    Count,
    Day,
    Flag,
    JobName,
    NovelFormats,
    Pages,
    ParsingContext,
    Pixels,
    PositiveNumber,
    RatingList,
    UgoiraFormats,
    UserIdList,
    WordList,
    list_of,
    one_of,
    pixiv_values,
)
from pixiv_crawler.exceptions import ArgumentError, suggestion
from pixiv_crawler.items import Illust, Work
from pixiv_crawler.items.comparing import comparable
from pixiv_crawler.options import AiFilter, Extra, FileSize, Ratio, Sidecar, UgoiraFormat

# Bytes of an argument that are not UTF-8 are decoded to these; they cannot be part of a URL.
_SURROGATES = re.compile("[\ud800-\udfff]")
# Which kind of error is reported first.
_ORDER = {"extra_forbidden": 0, "missing": 2}
_AI = {None: AiFilter.UNKNOWN, 0: AiFilter.UNKNOWN, 1: AiFilter.NO, 2: AiFilter.YES}


class Arguments(BaseModel):
    """Arguments that are passed with `-a name=value`."""

    # Built on first use: a crawl uses one of the models, not those that it inherits from.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    _new_values: list[tuple[str, str]] = PrivateAttr(default_factory=list)

    @property
    def new_values(self) -> list[tuple[str, str]]:
        """The arguments with a value that is not known, each with a hint."""
        return self._new_values

    @classmethod
    def parse(cls, arguments: dict[str, Any], spider: str = "") -> Self:
        """Validates the arguments of the spider with that name. Argument names that begin with `_` are Scrapyd's; of these, only `_job` is used.

        Raises:
            ArgumentError: one sentence about the first invalid argument.
        """
        given = {name: value for name, value in arguments.items() if not name.startswith("_")}
        if "_job" in arguments:
            given.setdefault("job", arguments["_job"])
        for name, value in given.items():
            if isinstance(value, str) and not value.isprintable() and _SURROGATES.search(value):
                raise ArgumentError(f"spider argument {name}: {value!r} is not valid text: pass it in UTF-8", name)
        context = ParsingContext(spider, cls.model_fields, is_scrapyd="_job" in arguments)
        try:
            args = cls.model_validate(given, context=context)
        except ValidationError as error:
            raise _argument_error(error, cls) from None
        args._new_values.extend(context.new_values)
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


class SpiderArgs(Arguments):
    """The arguments of every spider; each spider declares its own in `Args`."""

    job: JobName | None = Field(None, description="A name for the run; default: its start time, or Scrapyd's job ID.")
    dry_run: Flag = Field(
        False,
        exclude=True,
        description="Write nothing: read a few responses, and print how many works, requests and files the crawl would take.",
    )


class FilterArgs(Arguments):
    """Arguments that exclude works."""

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
    exclude_users: UserIdList | None = Field(
        None, description="No works of these users: IDs or profile URLs, comma-separated, or @FILE."
    )
    skip_bookmarked: Flag = Field(False, description="Only works that the account has not bookmarked.")
    skip_muted: Flag = Field(False, description="Only works that the account has not muted by their tags or user.")
    ai: Annotated[list[AiFilter], list_of(AiFilter)] | None = Field(
        None, description="Only works that are (yes) or are not (no) AI-generated, or do not say (unknown)."
    )
    ai_tags: WordList | None = Field(
        None, description="For ai: works with one of these tags (or tag translations) are AI-generated, too."
    )
    ai_users: UserIdList | None = Field(
        None, description="For ai: all works of these users are AI-generated: IDs or profile URLs, or @FILE."
    )
    since: Day | None = Field(None, description="Only works published on or after this day in Japan.")
    until: Day | None = Field(None, description="Only works published on or before this day in Japan.")
    max_age: PositiveNumber | None = Field(None, description="Only works published in the last so many days.")
    min_pages: Count | None = Field(None, description="Only works with at least this number of pages.")
    max_pages: Count | None = Field(None, description="Only works with at most this number of pages.")
    min_width: Count | None = Field(
        None, description="Only illusts whose first page has at least this width in pixels."
    )
    min_height: Count | None = Field(
        None, description="Only illusts whose first page has at least this height in pixels."
    )
    ratio: Annotated[list[Ratio], list_of(Ratio)] | None = Field(
        None, description="Only illusts whose first page has one of these shapes, comma-separated."
    )
    tools: WordList | None = Field(
        None, description="Only illusts for which the artist lists one of these tools, such as CLIP STUDIO PAINT."
    )

    def filters(self) -> dict[str, Callable[[Work], bool]]:
        """The filters that were given, by argument: which works they pass. A work without the value passes."""
        given = {name: getattr(self, name) for name in _FILTERS}
        if self.ai is not None:
            given["ai"] = _AiRule(self.ai, _comparable(self.ai_tags or []), {*(self.ai_users or [])})
        is_given = {name: value for name, value in given.items() if value is not None and value is not False}
        return {name: partial(_FILTERS[name], value) for name, value in is_given.items()}

    @model_validator(mode="after")
    def _check_ai(self) -> Self:
        if self.ai is None and (name := "ai_tags" if self.ai_tags else "ai_users" if self.ai_users else ""):
            raise ValueError(
                f"{name} has no effect without ai: pass -a ai=no to drop these works, or ai=yes to keep them"
            )
        return self


class WorksArgs(FilterArgs, SpiderArgs):
    """The arguments of every spider that yields works."""

    files: Annotated[FileSize, one_of(FileSize)] = Field(
        FileSize.ORIGINAL, description="The size of the images to download; none: no images."
    )
    pages: Pages | None = Field(
        None, description="Only download these pages of works with several pages: 3, 1-3 or 2- (counted from 1)."
    )
    ugoira: UgoiraFormats = Field(
        [UgoiraFormat.ZIP], description="The formats in which to store animations, comma-separated."
    )
    text: Flag = Field(False, description="Also collect the text of novels.")
    novel: NovelFormats | None = Field(
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
    thumbnail: Pixels | None = Field(
        None,
        description="Write a thumbnail of each image, with this maximum width and height in pixels "
        f"({MIN_PIXELS} to {MAX_PIXELS}).",
    )
    comments: Flag = Field(False, description="Also collect the comments of each work.")
    users: Flag = Field(False, description="Also collect the full profile of each work's user, once per user.")
    max_works: PositiveNumber | None = Field(None, description="Stop after this number of works.")
    new_only: Flag = Field(False, description="Only works that no earlier run has collected in their current version.")

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


def _least(field: str) -> Callable[[int, Work], bool]:
    """Passes works whose field is at least the value, and works without the field."""
    return lambda value, work: (found := getattr(work, field, None)) is None or found >= value


def _most(field: str) -> Callable[[int, Work], bool]:
    """Passes works whose field is at most the value, and works without the field."""
    return lambda value, work: (found := getattr(work, field, None)) is None or found <= value


def _tags(work: Work) -> set[str]:
    """The names and translations of a work's tags, as they are compared."""
    return _comparable(name for tag in work.tags for name in (tag.name, tag.translated_name) if name)


def _comparable(tags: Iterable[str]) -> set[str]:
    return set(map(comparable, tags))


class _AiRule(NamedTuple):
    """The AI types that pass, and what makes a work AI-generated whatever it says."""

    types: list[AiFilter]
    tags: set[str]
    users: set[int]

    def passes(self, work: Work) -> bool:
        ai_type = work.illust_ai_type if isinstance(work, Illust) else work.novel_ai_type
        is_ai = work.user.id in self.users or not self.tags.isdisjoint(_tags(work))
        return (AiFilter.YES if is_ai else _AI.get(ai_type, AiFilter.UNKNOWN)) in self.types


def _ratio(illust: Illust) -> Ratio:
    if illust.width == illust.height:
        return Ratio.SQUARE
    return Ratio.LANDSCAPE if illust.width > illust.height else Ratio.PORTRAIT


def _day(work: Work) -> str:
    """The day on which a work was published; create_date is in Japan's time zone."""
    return work.create_date[:10]


_FILTERS: dict[str, Callable[[Any, Work], bool]] = {
    "min_bookmarks": _least("total_bookmarks"),
    "max_bookmarks": _most("total_bookmarks"),
    "min_views": _least("total_view"),
    "tags": lambda tags, work: _comparable(tags) <= _tags(work),
    "exclude_tags": lambda tags, work: _comparable(tags).isdisjoint(_tags(work)),
    "x_restrict": lambda ratings, work: work.x_restrict in ratings,
    "exclude_users": lambda users, work: work.user.id not in users,
    "skip_bookmarked": lambda _, work: not work.is_bookmarked,
    "skip_muted": lambda _, work: not work.is_muted,
    "ai": lambda rule, work: rule.passes(work),
    "since": lambda day, work: _day(work) >= day.isoformat(),
    "until": lambda day, work: _day(work) <= day.isoformat(),
    "max_age": lambda days, work: _day(work) > (today() - timedelta(days=days)).isoformat(),
    "min_pages": _least("page_count"),
    "max_pages": _most("page_count"),
    "min_width": _least("width"),
    "min_height": _least("height"),
    "ratio": lambda ratios, work: not isinstance(work, Illust) or _ratio(work) in ratios,
    "tools": lambda tools, work: (
        not isinstance(work, Illust)
        or work.tools is None
        or not _comparable(tools).isdisjoint(_comparable(work.tools))
    ),
}


def _argument_error(error: ValidationError, args: type[Arguments]) -> ArgumentError:
    # A misspelt name also leaves its argument missing.
    first = min(error.errors(), key=lambda one: _ORDER.get(one["type"], 1))
    name = str(first["loc"][0]) if first["loc"] else ""
    return ArgumentError(_sentence(first["type"], name, first["msg"].removeprefix("Value error, "), args), name)


def _sentence(kind: str, name: str, message: str, args: type[Arguments]) -> str:
    if not name:
        return message
    if kind == "extra_forbidden":
        return f"unknown spider argument {name!r}: {suggestion(name, sorted(args.model_fields))}"
    if kind == "missing":
        return f"the spider argument {name} is missing: pass -a {name}=..."
    return f"spider argument {name}: {message}"

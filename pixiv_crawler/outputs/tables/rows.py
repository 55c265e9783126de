"""Converts one line to rows of several tables, of which the newest are selected later (pure)."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from pixiv_crawler.api.image_urls import illust_page_url, novel_page_url
from pixiv_crawler.api.japan import JAPAN
from pixiv_crawler.items import (
    Comment,
    File,
    Illust,
    IllustSeries,
    ImageUrls,
    Item,
    Novel,
    NovelSeries,
    Profile,
    ProfilePublicity,
    Source,
    Unavailable,
    User,
    UserDetail,
    UserPreview,
    Workspace,
)
from pixiv_crawler.outputs.tables.columns import WORK_FIELDS

Row = tuple[Any, ...]
TableRow = tuple[str, Row]
"""Name of the staging table, and the values of the row without the line number."""

_RANKINGS = {"/v1/illust/ranking", "/v1/novel/ranking"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder(order="deterministic").encode


def rows_of(item: Item, run: str) -> Iterator[TableRow]:
    """The rows of a line of a run; none for kinds without a table.

    Raises:
        ValueError: a time is not valid or has no offset.
    """
    convert = _CONVERTERS.get(item.kind)
    return convert(item, _time(item.fetched_at, "fetched_at"), run) if convert else iter(())


def _illust(work: Illust, at: int, run: str) -> Iterator[TableRow]:
    delays = [frame.delay for frame in work.ugoira_metadata.frames] if work.ugoira_metadata else None
    animation = (len(delays), sum(delays)) if delays is not None else (None, None)
    url = illust_page_url(work.id)
    yield from _work(work, (work.type, url), work.illust_ai_type, (_json(work.tools), *animation), at, run)
    for page, urls in enumerate(_pages(work)):
        yield "pages", ("illust", work.id, page, urls.square_medium, urls.medium, urls.large, urls.original)


def _novel(work: Novel, at: int, run: str) -> Iterator[TableRow]:
    url = novel_page_url(work.id)
    yield from _work(work, ("novel", url), work.novel_ai_type, (None, None, None), at, run)


def _work(
    work: Illust | Novel, type_and_url: tuple[str, str], ai_type: int | None, details: Row, at: int, run: str
) -> Iterator[TableRow]:
    key = (work.kind, work.id)
    series_id = work.series.id if work.series else None
    created = _time(work.create_date, "create_date")
    values = (getattr(work, name, None) for name in WORK_FIELDS)
    relations = (work.user.id or None, series_id, created, ai_type)
    yield "works", (*key, *type_and_url, *relations, *values, *details, *_source(work.source, at, run))
    for position, tag in enumerate(work.tags, 1):
        yield "work_tags", (*key, position, tag.name, tag.added_by_uploaded_user, tag.translated_name, at)
    yield from _files(work.files, key, at)
    yield from _user(work.user, at)
    if work.series:
        yield "series", (work.kind, work.series.id, work.series.title, work.user.id or None, at)
    yield from _ranking(work, at)


def _ranking(work: Illust | Novel, at: int) -> Iterator[TableRow]:
    source = work.source
    if source is None or source.endpoint not in _RANKINGS:
        return
    requested = source.params.get("date")
    day = _day(requested) if requested else newest_ranking(_EPOCH + timedelta(microseconds=at))
    yield (
        "rankings",
        (work.kind, str(source.params.get("mode", "day")), day, work.id, source.position, not requested, at),
    )


def newest_ranking(at: datetime) -> date:
    """The date of the newest ranking at a time: a ranking is published at about noon of the next day in Japan."""
    return (at.astimezone(JAPAN) - timedelta(hours=12)).date() - timedelta(days=1)


def _pages(work: Illust) -> Iterator[ImageUrls]:
    if work.meta_pages:
        yield from (page.image_urls for page in work.meta_pages)
        return
    small = work.image_urls
    original = work.meta_single_page.get("original_image_url")
    yield ImageUrls(square_medium=small.square_medium, medium=small.medium, large=small.large, original=original)


def _files(files: list[File], owner: tuple[str, int], at: int) -> Iterator[TableRow]:
    for file in files:
        details = (file.url, file.sha256, file.size, file.status, file.error, file.size_name, file.content_type)
        yield "files", (file.path, *owner, *details, at)


def _user(user: User | None, at: int) -> Iterator[TableRow]:
    if user and user.id:  # 0: the user is deleted
        yield "users", (user.id, user.name, user.account, user.profile_image_urls.medium, at)


def _user_detail(line: UserDetail, at: int, _: str) -> Iterator[TableRow]:
    yield from _user(line.user, at)
    parts = ((Profile, line.profile), (ProfilePublicity, line.profile_publicity), (Workspace, line.workspace))
    details = [getattr(part, name) for class_, part in parts for name in class_.__dataclass_fields__]
    yield "user_details", (line.user.id, line.user.comment, *details, at)
    yield from _files(line.files, ("user", line.user.id), at)


def _user_preview(line: UserPreview, at: int, _: str) -> Iterator[TableRow]:
    yield from _user(line.user, at)


def _comment(line: Comment, at: int, _: str) -> Iterator[TableRow]:
    kind, work_id = ("novel", line.novel_id) if line.illust_id is None else ("illust", line.illust_id)
    if work_id is None:
        raise ValueError("it has neither illust_id nor novel_id")
    user_id = (line.user.id or None) if line.user else None
    stamp = (line.stamp.stamp_id, line.stamp.stamp_url) if line.stamp else (None, None)
    written = _time(line.date, "date")
    key = (kind, line.id, work_id, line.parent_comment_id, user_id)
    yield "comments", (*key, line.comment, written, *stamp, line.has_replies, at)
    yield from _user(line.user, at)


def _illust_series(line: IllustSeries, at: int, _: str) -> Iterator[TableRow]:
    cover = line.cover_image_urls.medium if line.cover_image_urls else None
    created = _time(line.create_date, "create_date") if line.create_date else None
    details = (line.caption, line.series_work_count, None, None, None, None, created, cover)
    yield from _series(line, "illust", details, at)


def _novel_series(line: NovelSeries, at: int, _: str) -> Iterator[TableRow]:
    details = (line.total_character_count, line.is_original, line.is_concluded, line.novel_ai_type)
    yield from _series(line, "novel", (line.caption, line.content_count, *details, None, None), at)


def _series(line: IllustSeries | NovelSeries, kind: str, details: Row, at: int) -> Iterator[TableRow]:
    user_id = line.user.id or None
    yield "series", (kind, line.id, line.title, user_id, at)
    yield "series_details", (kind, line.id, *details, at)
    yield from _user(line.user, at)
    yield from _files(line.files, (line.kind, line.id), at)


def _unavailable(line: Unavailable, at: int, run: str) -> Iterator[TableRow]:
    yield "unavailable", (line.type, line.id, line.reason, _json(line.evidence), *_source(line.source, at, run))


def _source(source: Source | None, at: int, run: str) -> Row:
    call = (source.endpoint, _json(source.params), source.position) if source else (None, None, None)
    return (at, run, *call)


def _json(value: Any) -> str:
    return _encode(value).decode()


# A response has up to 30 entries, all with the same time.
@lru_cache(maxsize=64)
def _moment(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def _time(text: str, name: str) -> int:
    """A time in µs since 1970, which Arrow converts much faster than a `datetime`."""
    try:
        return _moment(text)
    except (ValueError, OverflowError):
        raise ValueError(f"`{name}` is {text[:40]!r}, which is not a valid time with an offset") from None


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"`source.params.date` is {str(text)[:40]!r}, which is not a valid date") from None


_CONVERTERS: dict[str, Callable[[Any, int, str], Iterator[TableRow]]] = {
    "illust": _illust,
    "novel": _novel,
    "user": _user_detail,
    "user_preview": _user_preview,
    "comment": _comment,
    "illust_series": _illust_series,
    "novel_series": _novel_series,
    "unavailable": _unavailable,
}
KINDS_WITH_TABLE = set(_CONVERTERS)
"""The kinds of items that are written to a table."""

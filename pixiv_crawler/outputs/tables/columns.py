"""Which tables there are, and each column with its type and meaning; meanings of Pixiv's fields are those of the items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

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
    Unavailable,
    Workspace,
)
from pixiv_crawler.items import User as AnyUser
from pixiv_crawler.schemas import schema_of

SCHEMA_VERSION = 1
"""Rises when a table or a column changes its name or meaning, or goes."""

INT, TEXT, BOOL, TIME, DATE = "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "DATE"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, by DuckDB's name of its type."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose rows are told apart, and sorted, by the columns of its key."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def _properties() -> dict[str, dict[str, Any]]:
    """The schemas of the fields of all classes that lines are made of."""
    return {name: shape["properties"] for outer in get_args(Item) for name, shape in schema_of(outer)["$defs"].items()}


def _fields(item_class: type[Any], *names: str, prefix: str = "") -> Iterator[Column]:
    """Columns for fields of an item; without names for all of them."""
    hints = get_type_hints(item_class)
    for name in names or hints:
        types = set(get_args(hints[name]) or (hints[name],)) - {type(None)}
        type_ = {int: INT, bool: BOOL}.get(types.pop(), TEXT) if len(types) == 1 else TEXT
        meaning = re.sub(r"\s*\n\s*", " ", _properties()[item_class.__name__][name]["description"])
        yield Column(name if name.startswith(prefix) else prefix + name, type_, re.sub(r"\bNone\b", "null", meaning))


_KIND = Column("work_kind", TEXT, "`illust` or `novel`; the two are numbered apart.")
_WORK = (_KIND, Column("work_id", INT, "Pixiv's ID of the work."))
_FETCHED = Column("fetched_at", TIME, "When Pixiv's answer arrived.")
_SOURCE = (
    _FETCHED,
    Column("run", TEXT, "The run whose line it is: spider/job."),
    Column("source_endpoint", TEXT, "Path of the API call that gave the line."),
    Column("source_params", TEXT, "Query parameters of that call, as JSON."),
    Column("source_position", INT, "Place in the whole listing, from 1."),
)
_MARK = (
    Column("unavailable_reason", TEXT, "Why Pixiv withholds it now; null when it was there at last."),
    Column("unavailable_at", TIME, "When Pixiv was last found to withhold it; null when it was there at last."),
)
_USER_ID = Column("user_id", INT, "Pixiv's ID of the user; null when the user is gone.")

WORK_FIELDS = (
    "title", "caption", "page_count", "width", "height", "text_length", "restrict", "x_restrict", "sanity_level",
    "is_original", "total_view", "total_bookmarks", "total_comments", "is_bookmarked", "is_muted",
    "illust_book_style", "comment_access_control", "text",
)  # fmt: skip
"""Fields of works that become columns of the same name, as far as a work has them."""

COUNTS = ("total_view", "total_bookmarks", "total_comments")


def _work_field(name: str) -> Column:
    if name == "page_count":
        return Column(name, INT, "Number of images; of a novel, of pages as the author divided the text.")
    (column,) = _fields(Illust if name in get_type_hints(Illust) else Novel, name)
    return column


WORK_LINE = (
    *_WORK,
    Column("type", TEXT, "`illust`, `manga`, `ugoira` (an animation) or `novel`."),
    Column("url", TEXT, "The work's page."),
    _USER_ID,
    Column("series_id", INT, "The series it belongs to; null for none."),
    Column("create_date", TIME, "When it was published."),
    Column("ai_type", INT, "0 unknown (before October 2022), 1 not made by AI, 2 made by AI; null where not told."),
    *map(_work_field, WORK_FIELDS),
    Column("tools", TEXT, "Tools the artist named, as a JSON list; null for novels."),
    Column("frame_count", INT, "Number of an animation's frames; null unless its files were asked for."),
    Column("duration_ms", INT, "How long an animation lasts, in milliseconds; null unless its files were asked for."),
    *_SOURCE,
)
SERIES_DETAIL = (
    *_fields(IllustSeries, "caption"),
    Column("work_count", INT, "Number of works as Pixiv tells it."),
    *_fields(NovelSeries, "total_character_count", "is_original", "is_concluded"),
    Column("ai_type", INT, "0 unknown, 1 not made by AI, 2 made by AI; told of novels only."),
    Column("create_date", TIME, "When it was begun; told of illusts only."),
    Column("cover_url", TEXT, "Address of the cover; null when there is none."),
)
USER_DETAIL = (
    *_fields(AnyUser, "comment"),
    *_fields(Profile),
    *_fields(ProfilePublicity, prefix="publicity_"),
    *_fields(Workspace, prefix="workspace_"),
)
_DETAIL_FETCHED = Column("detail_fetched_at", TIME, "When the details were fetched; null when they never were.")

TABLES: tuple[Table, ...] = (
    Table(
        "works",
        "Illusts, manga, animations and novels, by the newest line of each; a caption, a text, a count of comments and an "
        "animation's length that it does not tell are those that an older line told last.",
        ("work_kind", "work_id"),
        (*WORK_LINE, *_MARK),
    ),
    Table(
        "pages",
        "The images of illusts, by the newest line of each.",
        ("work_kind", "work_id", "page"),
        (
            *_WORK,
            Column("page", INT, "Number of the page, from 0."),
            *_fields(ImageUrls, "square_medium", "medium", "large"),
            Column("original", TEXT, "The original file; null for an animation's, which is told with its files."),
        ),
    ),
    Table(
        "files",
        "The files of works, users and series, by the newest line of each path; a failed one only where none was ever there.",
        ("path",),
        (
            *_fields(File, "path"),
            Column("owner_kind", TEXT, "Kind of the line that it belongs to: illust, novel, user, illust_series, ..."),
            Column("owner_id", INT, "Pixiv's ID of what it belongs to."),
            *_fields(File, "url", "sha256", "size", "status", "error", "size_name", "content_type"),
            _FETCHED,
        ),
    ),
    Table(
        "users",
        "All users that any line names, by the newest line that does; the details by the newest line of users.jsonl.",
        ("user_id",),
        (
            Column("user_id", INT, "Pixiv's ID of the user."),
            *_fields(AnyUser, "name", "account"),
            Column("avatar_url", TEXT, "Address of the avatar."),
            *USER_DETAIL,
            _FETCHED,
            _DETAIL_FETCHED,
            *_MARK,
        ),
    ),
    Table(
        "tags",
        "The tags of works, those of older lines too.",
        ("tag",),
        (
            Column("tag", TEXT, "The tag as the artist wrote it."),
            Column("translated_name", TEXT, "The newest translation; null when Pixiv never told one."),
        ),
    ),
    Table(
        "work_tags",
        "Which work has which tags, by the newest line of each work.",
        ("work_kind", "work_id", "position"),
        (
            *_WORK,
            Column("position", INT, "Place of the tag in the artist's order, from 1."),
            Column("tag", TEXT, "The tag."),
            Column("added_by_uploaded_user", BOOL, "Whether the artist set the tag; told for novels only, else null."),
        ),
    ),
    Table(
        "counters",
        "Views, bookmarks and comments of each work each time it was seen; no row is ever replaced.",
        ("work_kind", "work_id", "fetched_at"),
        (*_WORK, _FETCHED, *map(_work_field, COUNTS)),
    ),
    Table(
        "comments",
        "Comments and replies, by the newest line of each.",
        ("work_kind", "comment_id"),
        (
            _KIND,
            Column("comment_id", INT, "Pixiv's ID of the comment."),
            Column("work_id", INT, "Pixiv's ID of the work."),
            *_fields(Comment, "parent_comment_id"),
            _USER_ID,
            *_fields(Comment, "comment"),
            Column("date", TIME, "When it was written."),
            Column("stamp_id", INT, "The stamp that the comment consists of; null for text."),
            Column("stamp_url", TEXT, "Address of the stamp's picture."),
            *_fields(Comment, "has_replies"),
            _FETCHED,
        ),
    ),
    Table(
        "rankings",
        "Which work had which rank, by the newest line of each work in each ranking.",
        ("work_kind", "mode", "date", "work_id"),
        (
            _KIND,
            Column("mode", TEXT, "The ranking, such as `day` or `week_original`."),
            Column("date", DATE, "The ranking's day, in Japan."),
            Column("work_id", INT, "Pixiv's ID of the work."),
            Column("rank", INT, "Place in the ranking, from 1."),
            Column(
                "is_date_estimated",
                BOOL,
                "Whether the newest ranking was asked for, without a date: then `date` is the day before, from noon in "
                "Japan on, when rankings come out; before noon one day earlier.",
            ),
            _FETCHED,
        ),
    ),
    Table(
        "series",
        "All series that any line names, by the newest line that does; the details by the newest line of the series itself.",
        ("series_kind", "series_id"),
        (
            Column("series_kind", TEXT, "`illust` or `novel`; the two are numbered apart."),
            Column("series_id", INT, "Pixiv's ID of the series."),
            Column("title", TEXT, "Title of the series."),
            _USER_ID,
            *SERIES_DETAIL,
            _FETCHED,
            _DETAIL_FETCHED,
        ),
    ),
    Table(
        "unavailable",
        "What Pixiv withheld, by the newest line of each: works that were never seen too.",
        ("kind", "id"),
        (
            Column("kind", TEXT, "What the ID is an ID of: `illust`, `novel` or `user`."),
            Column("id", INT, "Pixiv's ID of what is withheld."),
            *_fields(Unavailable, "reason"),
            Column("evidence", TEXT, "What Pixiv's answer held that tells the reason, as JSON."),
            *_SOURCE,
        ),
    ),
)


def _of(table: str, *without: str) -> tuple[Column, ...]:
    (columns,) = (one.columns for one in TABLES if one.name == table)
    return tuple(column for column in columns if column.name not in without)


STAGED: dict[str, tuple[Column, ...]] = {
    "works": WORK_LINE,
    "pages": _of("pages"),
    "work_tags": (*_of("work_tags"), *_of("tags", "tag"), _FETCHED),
    "files": _of("files"),
    "users": (*_of("users")[:4], _FETCHED),
    "user_details": (_of("users")[0], *USER_DETAIL, _FETCHED),
    "comments": _of("comments"),
    "rankings": _of("rankings"),
    "series": (*_of("series")[:4], _FETCHED),
    "series_details": (*_of("series")[:2], *SERIES_DETAIL, _FETCHED),
    "unavailable": _of("unavailable"),
}
"""What lines become before the newest are chosen, by table; `line`, a number that rises, comes before these columns."""

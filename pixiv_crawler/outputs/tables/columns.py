"""Defines the tables: the type and meaning of each column; the meanings of Pixiv's fields come from the items."""

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
"""Incremented when a table or a column is renamed, removed or changes its meaning."""

INT, TEXT, BOOL, TIME, DATE = "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "DATE"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is the name of DuckDB's type."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its key identifies and sorts the rows."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def _properties() -> dict[str, dict[str, Any]]:
    """The schemas of the fields of all item classes, including nested ones."""
    return {name: shape["properties"] for outer in get_args(Item) for name, shape in schema_of(outer)["$defs"].items()}


def _fields(item_class: type[Any], *names: str, prefix: str = "") -> Iterator[Column]:
    """Columns for fields of an item; all fields if no names are given."""
    hints = get_type_hints(item_class)
    for name in names or hints:
        types = set(get_args(hints[name]) or (hints[name],)) - {type(None)}
        type_ = {int: INT, bool: BOOL}.get(types.pop(), TEXT) if len(types) == 1 else TEXT
        meaning = re.sub(r"\s*\n\s*", " ", _properties()[item_class.__name__][name]["description"])
        yield Column(name if name.startswith(prefix) else prefix + name, type_, re.sub(r"\bNone\b", "null", meaning))


_KIND = Column("work_kind", TEXT, "`illust` or `novel`; their IDs are independent of each other.")
_WORK = (_KIND, Column("work_id", INT, "Pixiv's ID of the work."))
_FETCHED = Column("fetched_at", TIME, "When Pixiv's response arrived.")
_SOURCE = (
    _FETCHED,
    Column("run", TEXT, "The run that wrote the line: spider/job."),
    Column("source_endpoint", TEXT, "Path of the API call that returned the line."),
    Column("source_params", TEXT, "Query parameters of that call, as JSON."),
    Column("source_position", INT, "Position in the full listing, from 1."),
)
_MARK = (
    Column("unavailable_reason", TEXT, "Why Pixiv withholds it now; null if it was available when last seen."),
    Column(
        "unavailable_at", TIME, "When Pixiv was last found to withhold it; null if it was available when last seen."
    ),
)
_USER_ID = Column("user_id", INT, "Pixiv's ID of the user; null if the user is deleted.")

WORK_FIELDS = (
    "title", "caption", "page_count", "width", "height", "text_length", "restrict", "x_restrict", "sanity_level",
    "is_original", "total_view", "total_bookmarks", "total_comments", "is_bookmarked", "is_muted",
    "illust_book_style", "comment_access_control", "text",
)  # fmt: skip
"""Fields of works that become columns of the same name, if the kind of work has them."""

COUNTS = ("total_view", "total_bookmarks", "total_comments")


def _work_field(name: str) -> Column:
    if name == "page_count":
        return Column(
            name, INT, "Number of images; for a novel, number of pages into which the author divided the text."
        )
    (column,) = _fields(Illust if name in get_type_hints(Illust) else Novel, name)
    return column


WORK_LINE = (
    *_WORK,
    Column("type", TEXT, "`illust`, `manga`, `ugoira` (an animation) or `novel`."),
    Column("url", TEXT, "URL of the work's page."),
    _USER_ID,
    Column("series_id", INT, "The series it belongs to; null if none."),
    Column("create_date", TIME, "When it was published."),
    Column("ai_type", INT, "0 unknown (before October 2022), 1 not made by AI, 2 made by AI; null if unknown."),
    *map(_work_field, WORK_FIELDS),
    Column("tools", TEXT, "Tools that the artist listed, as a JSON list; null for novels."),
    Column("frame_count", INT, "Number of frames of an animation; null unless its files were requested."),
    Column("duration_ms", INT, "Duration of an animation in milliseconds; null unless its files were requested."),
    *_SOURCE,
)
SERIES_DETAIL = (
    *_fields(IllustSeries, "caption"),
    Column("work_count", INT, "Number of works as reported by Pixiv."),
    *_fields(NovelSeries, "total_character_count", "is_original", "is_concluded"),
    Column("ai_type", INT, "0 unknown, 1 not made by AI, 2 made by AI; for novels only."),
    Column("create_date", TIME, "When it was created; for illusts only."),
    Column("cover_url", TEXT, "URL of the cover; null if there is none."),
)
USER_DETAIL = (
    *_fields(AnyUser, "comment"),
    *_fields(Profile),
    *_fields(ProfilePublicity, prefix="publicity_"),
    *_fields(Workspace, prefix="workspace_"),
)
_DETAIL_FETCHED = Column("detail_fetched_at", TIME, "When the details were fetched; null if they never were.")

TABLES: tuple[Table, ...] = (
    Table(
        "works",
        "Illusts, manga, animations and novels: the newest line of each. If it lacks the caption, the text, the number of "
        "comments or the length of an animation, the newest line that has it provides the value.",
        ("work_kind", "work_id"),
        (*WORK_LINE, *_MARK),
    ),
    Table(
        "pages",
        "The images of illusts: the newest line of each.",
        ("work_kind", "work_id", "page"),
        (
            *_WORK,
            Column("page", INT, "Number of the page, from 0."),
            *_fields(ImageUrls, "square_medium", "medium", "large"),
            Column(
                "original", TEXT, "URL of the original file; null for animations, whose files are in the table files."
            ),
        ),
    ),
    Table(
        "files",
        "The files of works, users and series: the newest line of each path; a failed file only if the path was never stored.",
        ("path",),
        (
            *_fields(File, "path"),
            Column("owner_kind", TEXT, "Kind of the item that it belongs to: illust, novel, user, illust_series, ..."),
            Column("owner_id", INT, "Pixiv's ID of the item that it belongs to."),
            *_fields(File, "url", "sha256", "size", "status", "error", "size_name", "content_type"),
            _FETCHED,
        ),
    ),
    Table(
        "users",
        "All users named in any line: names from the newest such line, details from the newest line of users.jsonl.",
        ("user_id",),
        (
            Column("user_id", INT, "Pixiv's ID of the user."),
            *_fields(AnyUser, "name", "account"),
            Column("avatar_url", TEXT, "URL of the avatar."),
            *USER_DETAIL,
            _FETCHED,
            _DETAIL_FETCHED,
            *_MARK,
        ),
    ),
    Table(
        "tags",
        "The tags of works, including those of older lines.",
        ("tag",),
        (
            Column("tag", TEXT, "The tag as written by the artist."),
            Column("translated_name", TEXT, "The newest translation; null if Pixiv never provided one."),
        ),
    ),
    Table(
        "work_tags",
        "The tags of each work: the newest line of each work.",
        ("work_kind", "work_id", "position"),
        (
            *_WORK,
            Column("position", INT, "Position of the tag in the artist's order, from 1."),
            Column("tag", TEXT, "The tag."),
            Column(
                "added_by_uploaded_user", BOOL, "Whether the artist added the tag; for novels only, otherwise null."
            ),
        ),
    ),
    Table(
        "counters",
        "Number of views, bookmarks and comments of each work each time it was seen; rows are never replaced.",
        ("work_kind", "work_id", "fetched_at"),
        (*_WORK, _FETCHED, *map(_work_field, COUNTS)),
    ),
    Table(
        "comments",
        "Comments and replies: the newest line of each.",
        ("work_kind", "comment_id"),
        (
            _KIND,
            Column("comment_id", INT, "Pixiv's ID of the comment."),
            Column("work_id", INT, "Pixiv's ID of the work."),
            *_fields(Comment, "parent_comment_id"),
            _USER_ID,
            *_fields(Comment, "comment"),
            Column("date", TIME, "When the comment was written."),
            Column("stamp_id", INT, "The stamp that the comment consists of; null for text."),
            Column("stamp_url", TEXT, "URL of the stamp's image."),
            *_fields(Comment, "has_replies"),
            _FETCHED,
        ),
    ),
    Table(
        "rankings",
        "The ranks of works: the newest line of each work in each ranking.",
        ("work_kind", "mode", "date", "work_id"),
        (
            _KIND,
            Column("mode", TEXT, "The ranking, such as `day` or `week_original`."),
            Column("date", DATE, "The date of the ranking, in Japan."),
            Column("work_id", INT, "Pixiv's ID of the work."),
            Column("rank", INT, "Position in the ranking, from 1."),
            Column(
                "is_date_estimated",
                BOOL,
                "Whether the newest ranking was requested, without a date: `date` is then derived from `fetched_at`, because "
                "a ranking is published at about noon of the next day in Japan.",
            ),
            _FETCHED,
        ),
    ),
    Table(
        "series",
        "All series named in any line: titles from the newest such line, details from the newest line of the series itself.",
        ("series_kind", "series_id"),
        (
            Column("series_kind", TEXT, "`illust` or `novel`; their IDs are independent of each other."),
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
        "Works and users that Pixiv withheld: the newest line of each, including works that were never seen.",
        ("kind", "id"),
        (
            Column("kind", TEXT, "What the ID refers to: `illust`, `novel` or `user`."),
            Column("id", INT, "Pixiv's ID of the withheld work or user."),
            *_fields(Unavailable, "reason"),
            Column("evidence", TEXT, "The part of Pixiv's response that indicates the reason, as JSON."),
            *_SOURCE,
        ),
    ),
)


def _of(table: str, *without: str) -> tuple[Column, ...]:
    (columns,) = (found.columns for found in TABLES if found.name == table)
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
"""Columns of the staging tables, after the column `line`, an increasing number."""

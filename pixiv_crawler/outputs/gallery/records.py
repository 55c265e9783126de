"""The parts of lines that the page needs."""

from typing import Annotated, Any

import msgspec

# JavaScript knows all integers in this range; what is beyond is not a line of ours.
Int = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class Part(msgspec.Struct):
    """Part of a line: the fields that the page needs."""


class User(Part):
    """The author."""

    id: Int
    name: str = ""
    account: str = ""
    comment: str | None = None


class Tag(Part):
    """One tag."""

    name: str
    translated_name: str | None = None


class Series(Part):
    """The series."""

    id: Int = 0
    title: str = ""


class Frame(Part):
    """One frame of an animation; `delay` is in milliseconds."""

    file: str
    delay: Int


class Ugoira(Part):
    """The frames of an animation."""

    frames: list[Frame] = []


class File(Part):
    """A file of the work."""

    path: str
    url: str = ""
    status: str = ""
    size_name: str = "original"


class Source(Part):
    """The listing that contained the work."""

    endpoint: str = ""
    params: dict[str, Any] = {}
    position: Int | None = None


class _WorkLine(Part, tag_field="kind"):
    """Fields of lines of all works."""

    id: Int
    user: User
    title: str = ""
    caption: str = ""
    create_date: str = ""
    tags: list[Tag] = []
    page_count: Int = 1
    x_restrict: Int = 0
    total_view: Int | None = None
    total_bookmarks: Int | None = None
    total_comments: Int | None = None
    series: Series | None = None
    files: list[File] = []
    fetched_at: str = ""
    source: Source | None = None


class IllustLine(_WorkLine, tag="illust"):
    """A line of illusts.jsonl."""

    type: str = "illust"
    width: Int = 0
    height: Int = 0
    illust_ai_type: Int | None = None
    illust_book_style: Int | None = None
    ugoira_metadata: Ugoira | None = None


class NovelLine(_WorkLine, tag="novel"):
    """A line of novels.jsonl."""

    novel_ai_type: Int | None = None
    text_length: Int = 0
    text: str | None = None


Line = IllustLine | NovelLine


class Profile(Part):
    """The profile in a line of users.jsonl."""

    webpage: str | None = None
    region: str | None = None
    job: str | None = None
    twitter_url: str | None = None
    total_follow_users: Int = 0
    total_illusts: Int = 0
    total_manga: Int = 0
    total_novels: Int = 0


class UserLine(Part, tag_field="kind", tag="user"):
    """A line of users.jsonl."""

    user: User
    profile: Profile = msgspec.field(default_factory=Profile)
    files: list[File] = []
    fetched_at: str = ""


class CommentLine(Part, tag_field="kind", tag="comment"):
    """A line of comments.jsonl."""

    id: Int
    comment: str = ""
    date: str = ""
    user: User | None = None
    illust_id: Int | None = None
    novel_id: Int | None = None
    parent_comment_id: Int | None = None
    stamp: Any = None
    fetched_at: str = ""

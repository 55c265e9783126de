"""Novels and their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.parts import File, ImageUrls, JsonValue, Series, Source, Tag, User


@dataclass(slots=True, kw_only=True)
class WebviewNovel:
    """What the app's reader page tells of a novel beside its text (webview novel); names as they stand there."""

    id: str
    """Pixiv's ID of the novel, as text."""
    title: str | None = None
    """Title."""
    seriesId: str | None = None  # noqa: N815 - Pixiv's name, as all below
    """ID of the series, as text; None when there is none."""
    seriesTitle: str | None = None  # noqa: N815
    """Title of the series; None when there is none."""
    seriesIsWatched: bool | None = None  # noqa: N815
    """Whether the account that crawls watches the series; None when there is none."""
    userId: str | None = None  # noqa: N815
    """ID of the author, as text."""
    coverUrl: str | None = None  # noqa: N815
    """Address of the cover."""
    tags: list[str] | None = None
    """Tags, without translations."""
    caption: str | None = None
    """Description in HTML."""
    cdate: str | None = None
    """Day of publication, `YYYY-MM-DD`, in Japan's time."""
    rating: JsonValue = None
    """`{like, bookmark, view}`: counts at `fetched_at`."""
    marker: JsonValue = None
    """Where the account that crawls put its bookmark; None when it did not."""
    illusts: JsonValue = None
    """Illustrations that the text shows (`[pixivimage:ID]`), by ID; an empty list when there are none."""
    images: JsonValue = None
    """Images that were uploaded with the text (`[uploadedimage:ID]`), by ID; an empty list when there are none."""
    seriesNavigation: JsonValue = None  # noqa: N815
    """`{nextNovel, prevNovel}` within the series; None when there is none."""
    glossaryItems: list[JsonValue] | None = None  # noqa: N815
    """Entries of the author's glossary."""
    replaceableItemIds: list[JsonValue] | None = None  # noqa: N815
    """IDs of names that a reader may replace."""
    aiType: int | None = None  # noqa: N815
    """0 unknown, 1 not made by AI, 2 made by AI."""
    isOriginal: bool | None = None  # noqa: N815
    """Whether the author calls it original."""


@dataclass(slots=True, kw_only=True)
class Novel:
    """A novel (user/novels, novel/detail and every other listing of novels)."""

    kind: Literal["novel"] = "novel"
    """What this line is."""
    id: int
    """Pixiv's ID of the novel; novels and illusts are numbered apart."""
    title: str
    """Title as the author wrote it."""
    caption: str
    """Description in HTML; Pixiv leaves it empty in some listings although the novel has one."""
    restrict: int
    """Who may see it: 0 all, 1 mypixiv only, 2 the author only."""
    x_restrict: int
    """0 all ages, 1 R-18, 2 R-18G."""
    is_original: bool | None = None
    """Whether the author calls it original, and not fan fiction."""
    image_urls: ImageUrls
    """Addresses of the cover, in three sizes."""
    create_date: str
    """When it was published: ISO 8601 in Japan's time, +09:00."""
    tags: list[Tag]
    """Tags in the author's order."""
    page_count: int
    """Number of pages, as the author divided the text."""
    text_length: int
    """Length of the text in characters."""
    user: User
    """The author."""
    series: Series | None = None
    """The series it belongs to; None for none, which Pixiv writes `{}`."""
    is_bookmarked: bool | None = None
    """Whether the account that crawls has bookmarked it."""
    total_bookmarks: int | None = None
    """Bookmarks at `fetched_at`."""
    total_view: int | None = None
    """Views at `fetched_at`."""
    visible: bool | None = None
    """False for a novel that may not be shown; such novels become `Unavailable` lines."""
    total_comments: int | None = None
    """Comments at `fetched_at`."""
    is_muted: bool | None = None
    """Whether the account that crawls has muted the author or a tag."""
    is_mypixiv_only: bool | None = None
    """Whether only the author's friends may read it."""
    is_x_restricted: bool | None = None
    """Whether the account's settings hide it."""
    novel_ai_type: int | None = None
    """0 unknown (before October 2022), 1 not made by AI, 2 made by AI; None in answers before that."""
    comment_access_control: int | None = None
    """0 when all may comment; told in details only, else None."""
    request: JsonValue = None
    """The commission behind the novel, as it came; None when there is none."""
    text: str | None = None
    """The text with Pixiv's marks, such as `[newpage]`; None unless asked for with `text=true` (webview novel)."""
    webview: WebviewNovel | None = None
    """What the reader page tells beside the text; None unless the text was asked for."""
    file_urls: list[str] = field(default_factory=list)
    """Addresses of the files that were asked for: the cover, and the images that the text shows."""
    files: list[File] = field(default_factory=list)
    """What became of each of `file_urls`, then the novel itself as a file in each format asked for."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""

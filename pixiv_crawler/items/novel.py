"""Novels and their text."""

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.parts import File, ImageUrls, JsonValue, Series, Source, Tag, User


@dataclass(slots=True, kw_only=True)
class WebviewNovel:
    """The data of a novel's reader page, except its text (webview novel); the names are those of the page."""

    id: str
    """ID of the novel, as a string."""
    title: str | None = None
    """Title."""
    seriesId: str | None = None  # noqa: N815 - Pixiv's name, like all below
    """ID of the series, as a string; None if there is none."""
    seriesTitle: str | None = None  # noqa: N815
    """Title of the series; None if there is none."""
    seriesIsWatched: bool | None = None  # noqa: N815
    """Whether the crawling account watches the series; None if there is none."""
    userId: str | None = None  # noqa: N815
    """ID of the author, as a string."""
    coverUrl: str | None = None  # noqa: N815
    """URL of the cover."""
    tags: list[str] | None = None
    """Tags, without translations."""
    caption: str | None = None
    """Description in HTML."""
    cdate: str | None = None
    """Publication date in Japan, `YYYY-MM-DD`."""
    rating: JsonValue = None
    """`{like, bookmark, view}`: counts at `fetched_at`."""
    marker: JsonValue = None
    """Position of the crawling account's reading marker; None if there is none."""
    illusts: JsonValue = None
    """Illustrations embedded in the text (`[pixivimage:ID]`), by ID; an empty list if there are none."""
    images: JsonValue = None
    """Images uploaded with the text (`[uploadedimage:ID]`), by ID; an empty list if there are none."""
    seriesNavigation: JsonValue = None  # noqa: N815
    """`{nextNovel, prevNovel}` within the series; None if there is none."""
    glossaryItems: list[JsonValue] | None = None  # noqa: N815
    """Entries of the author's glossary."""
    replaceableItemIds: list[JsonValue] | None = None  # noqa: N815
    """IDs of names that readers can replace."""
    aiType: int | None = None  # noqa: N815
    """0 unknown, 1 not AI-generated, 2 AI-generated."""
    isOriginal: bool | None = None  # noqa: N815
    """Whether the author declares it original work."""


@dataclass(slots=True, kw_only=True)
class Novel:
    """A novel (user/novels, novel/detail and every other listing of novels)."""

    kind: Literal["novel"] = "novel"
    """The kind of item."""
    id: int
    """ID of the novel; independent of the IDs of illusts."""
    title: str
    """Title as the author wrote it."""
    caption: str
    """Description in HTML; empty in some listings even if the novel has one."""
    restrict: int
    """Visibility: 0 public, 1 mypixiv only, 2 the author only."""
    x_restrict: int
    """0 all ages, 1 R-18, 2 R-18G."""
    is_original: bool | None = None
    """Whether the author declares it original work, as opposed to fan fiction."""
    image_urls: ImageUrls
    """URLs of the cover, in three sizes."""
    create_date: str
    """Publication time, ISO 8601 with Japan's offset (+09:00)."""
    tags: list[Tag]
    """Tags in the author's order."""
    page_count: int
    """Number of pages into which the author divided the text."""
    text_length: int
    """Length of the text in characters."""
    user: User
    """The author."""
    series: Series | None = None
    """The series that the novel belongs to; None if there is none (`{}` in the API)."""
    is_bookmarked: bool | None = None
    """Whether the crawling account has bookmarked it."""
    total_bookmarks: int | None = None
    """Bookmarks at `fetched_at`."""
    total_view: int | None = None
    """Views at `fetched_at`."""
    visible: bool | None = None
    """False for a withheld novel; such novels are exported as `Unavailable`."""
    total_comments: int | None = None
    """Comments at `fetched_at`."""
    is_muted: bool | None = None
    """Whether the crawling account has muted the author or a tag."""
    is_mypixiv_only: bool | None = None
    """Whether only mypixiv friends of the author may read it."""
    is_x_restricted: bool | None = None
    """Whether the account's settings hide it."""
    novel_ai_type: int | None = None
    """0 unknown (published before October 2022), 1 not AI-generated, 2 AI-generated; None in responses before October 2022."""
    comment_access_control: int | None = None
    """0 if everyone may comment; None except in detail responses."""
    request: JsonValue = None
    """The commission behind the novel, unchanged; None if there is none."""
    text: str | None = None
    """The text with Pixiv's markup, such as `[newpage]`; None unless requested with `text=true` (webview novel)."""
    webview: WebviewNovel | None = None
    """The other data of the reader page; None unless the text was requested."""
    file_urls: list[str] = field(default_factory=list)
    """URLs of the requested files: the cover, and the images in the text."""
    files: list[File] = field(default_factory=list)
    """The result for each of `file_urls`, followed by the novel as a file in each requested format."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

"""What a crawl exports: one slotted dataclass per kind of line, and the objects nested in them.

Fields that come from Pixiv keep the App API's names, nesting and order of appearance; the fields that we add come
after them. Every field says its meaning, its unit and when it is None. A field that an answer may leave out defaults
to None, so None means "Pixiv did not say", never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

# A JSON value whose inside Pixiv changes without notice; exported as it came.
JsonValue = Any


@dataclass(slots=True, kw_only=True)
class Source:
    """The call that gave a line."""

    endpoint: str
    """Path of the App API call, such as `/v1/user/illusts`."""
    params: dict[str, JsonValue]
    """Query parameters of that call; IDs and offsets are integers."""
    position: int
    """Place of the entry in the whole listing, from 1; in a ranking that is the rank."""


@dataclass(slots=True, kw_only=True)
class Tag:
    """One tag of a work."""

    name: str
    """The tag as the artist wrote it, mostly Japanese."""
    translated_name: str | None = None
    """Its translation into the language asked for (`PIXIV_LANGUAGE`); None when Pixiv has none."""
    added_by_uploaded_user: bool | None = None
    """Whether the artist set the tag; told for novels only, else None."""


@dataclass(slots=True, kw_only=True)
class ProfileImageUrls:
    """Addresses of a user's avatar."""

    medium: str
    """Avatar, 170 pixels wide; the static `no_profile.png` when the user has none."""


@dataclass(slots=True, kw_only=True)
class User:
    """A user as works, comments and user/detail show them."""

    id: int
    """Pixiv's ID of the user; 0 stands for a user who is gone."""
    name: str
    """Display name; changes over time."""
    account: str
    """Account name (Pixiv ID); changes seldom."""
    profile_image_urls: ProfileImageUrls
    """Addresses of the avatar."""
    comment: str | None = None
    """Self-introduction in plain text; None everywhere but in user/detail."""
    is_followed: bool | None = None
    """Whether the account that crawls follows the user; None in comments and some bookmark lists."""
    is_access_blocking_user: bool | None = None
    """Whether the user is blocked by the account that crawls; None where not told."""
    is_accept_request: bool | None = None
    """Whether the user takes commissions; None in answers before 2026."""


@dataclass(slots=True, kw_only=True)
class ImageUrls:
    """Addresses of the thumbnails of a work or of one page."""

    square_medium: str
    """Cropped square, 360 or 540 pixels wide."""
    medium: str
    """Longest side 540 pixels."""
    large: str
    """At most 600 pixels wide, 1200 high."""
    original: str | None = None
    """The original file; told for the pages of works with several pages, else None."""


@dataclass(slots=True, kw_only=True)
class MetaPage:
    """One page of a work with several pages."""

    image_urls: ImageUrls
    """The page's addresses, the original included."""


@dataclass(slots=True, kw_only=True)
class Series:
    """The series that a work belongs to."""

    id: int
    """Pixiv's ID of the series."""
    title: str
    """Title of the series."""


@dataclass(slots=True, kw_only=True)
class ZipUrls:
    """Addresses of the archive that holds an animation's frames."""

    medium: str
    """ZIP of the frames at up to 600x600 pixels."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """One frame of an animation."""

    file: str
    """Name of the frame in the ZIP, such as `000000.jpg`."""
    delay: int
    """How long the frame is shown, in milliseconds."""


@dataclass(slots=True, kw_only=True)
class UgoiraMetadata:
    """What makes an animation of a ZIP of images (ugoira/metadata)."""

    zip_urls: ZipUrls
    """Addresses of the ZIP."""
    frames: list[Frame]
    """Frames in the order shown."""


@dataclass(slots=True, kw_only=True)
class File:
    """What became of one file of a work."""

    url: str
    """The address asked for, as Pixiv gave it."""
    path: str
    """Where it lies below `data/files`, with `/` between the parts."""
    sha256: str | None
    """SHA-256 of the content, in hexadecimal; None for a file kept from an earlier run or failed."""
    size: int | None
    """Bytes on disk; None when failed."""
    status: Literal["downloaded", "kept", "failed"]
    """downloaded: by this run; kept: was there, whole; failed: not there, see `error`."""
    error: str | None = None
    """Why it failed, in one sentence; None unless failed."""


@dataclass(slots=True, kw_only=True)
class Illust:
    """An illustration, a manga or an animation (user/illusts, illust/detail and every other illust listing)."""

    kind: Literal["illust"] = "illust"
    """What this line is."""
    id: int
    """Pixiv's ID of the work."""
    title: str
    """Title as the artist wrote it."""
    type: str
    """`illust`, `manga` or `ugoira` (an animation)."""
    image_urls: ImageUrls
    """Thumbnails of the first page."""
    caption: str
    """Description in HTML; Pixiv leaves it empty in some listings although the work has one."""
    restrict: int
    """Who may see it: 0 all, 1 mypixiv only, 2 the artist only."""
    user: User
    """The artist."""
    tags: list[Tag]
    """Tags in the artist's order, 0 to 10."""
    tools: list[str]
    """Tools the artist named."""
    create_date: str
    """When it was published: ISO 8601 in Japan's time, +09:00."""
    page_count: int
    """Number of images."""
    width: int
    """Width of the first page in pixels."""
    height: int
    """Height of the first page in pixels."""
    sanity_level: int
    """Pixiv's rating of strength: 2 all, 4 light, 6 strong; 0 not rated yet."""
    x_restrict: int
    """0 all ages, 1 R-18, 2 R-18G."""
    series: Series | None = None
    """The series it belongs to; None for most works."""
    meta_single_page: dict[str, str] = field(default_factory=dict)
    """`{original_image_url}` for a work of one page, else empty."""
    meta_pages: list[MetaPage] = field(default_factory=list)
    """All pages of a work with several pages, else empty."""
    total_view: int | None = None
    """Views at `fetched_at`."""
    total_bookmarks: int | None = None
    """Bookmarks at `fetched_at`."""
    is_bookmarked: bool | None = None
    """Whether the account that crawls has bookmarked it."""
    visible: bool | None = None
    """False for a work that may not be shown; such works become `Unavailable` lines."""
    is_muted: bool | None = None
    """Whether the account that crawls has muted the artist or a tag."""
    total_comments: int | None = None
    """Comments at `fetched_at`; None in rankings, searches, feeds and bookmarks, which do not tell it."""
    illust_ai_type: int | None = None
    """0 unknown (before October 2022), 1 not made by AI, 2 made by AI; None in answers before that."""
    illust_book_style: int | None = None
    """0, or 1 for pages that turn from right to left; None in answers before late 2022."""
    comment_access_control: int | None = None
    """0 when all may comment; told in details only, else None."""
    restriction_attributes: list[str] | None = None
    """Labels such as `restricted_mode`; None when Pixiv names none."""
    seasonal_effect_animation_urls: JsonValue = None
    """Decoration of the app, as it came."""
    event_banners: JsonValue = None
    """Decoration of the app, as it came."""
    request: JsonValue = None
    """The commission behind the work, as it came; None when there is none."""
    ugoira_metadata: UgoiraMetadata | None = None
    """Frames and ZIP of an animation, asked for with its files (ugoira/metadata); None for other types."""
    file_urls: list[str] = field(default_factory=list)
    """Addresses of the files that were asked for, in page order."""
    files: list[File] = field(default_factory=list)
    """What became of each of `file_urls`, in the same order."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class Profile:
    """What a user tells of themselves (user/detail)."""

    webpage: str | None = None
    """Address of a web site; None when not given."""
    gender: str | None = None
    """`male`, `female`, `unknown` or empty."""
    birth: str | None = None
    """Date of birth as the app shows it, `YYYY-MM-DD`; empty when hidden."""
    birth_day: str | None = None
    """`MM-DD`; empty when hidden."""
    birth_year: int | None = None
    """Year of birth; 0 when hidden."""
    region: str | None = None
    """Country or prefecture in words; empty when hidden."""
    address_id: int | None = None
    """Pixiv's number of the region; 0 when hidden."""
    country_code: str | None = None
    """ISO 3166 code of two letters; empty when hidden."""
    job: str | None = None
    """Occupation in words; empty when hidden."""
    job_id: int | None = None
    """Pixiv's number of the occupation; 0 when hidden."""
    total_follow_users: int | None = None
    """Number of users that this user follows in public."""
    total_mypixiv_users: int | None = None
    """Number of mypixiv friends."""
    total_illusts: int | None = None
    """Published illustrations, animations included."""
    total_manga: int | None = None
    """Published manga."""
    total_novels: int | None = None
    """Published novels."""
    total_illust_bookmarks_public: int | None = None
    """Public bookmarks of illustrations."""
    total_illust_series: int | None = None
    """Series of illustrations and manga."""
    total_novel_series: int | None = None
    """Series of novels."""
    background_image_url: str | None = None
    """Header image of the profile; None when there is none."""
    twitter_account: str | None = None
    """Name on Twitter; empty when not given."""
    twitter_url: str | None = None
    """Address on Twitter; None when not given."""
    pawoo_url: str | None = None
    """Address on Pawoo; None when not given."""
    is_premium: bool | None = None
    """Whether the user pays for Pixiv premium."""
    is_using_custom_profile_image: bool | None = None
    """Whether the avatar is the user's own."""


@dataclass(slots=True, kw_only=True)
class ProfilePublicity:
    """Who may see which part of a profile: `public`, `private` or `mypixiv`."""

    gender: str | None = None
    """Of the gender."""
    region: str | None = None
    """Of the region."""
    birth_day: str | None = None
    """Of the birthday."""
    birth_year: str | None = None
    """Of the year of birth."""
    job: str | None = None
    """Of the occupation."""
    pawoo: bool | None = None
    """Whether the Pawoo account is shown."""


@dataclass(slots=True, kw_only=True)
class Workspace:
    """A user's tools, in their own words; each empty when not given."""

    pc: str | None = None
    """Computer."""
    monitor: str | None = None
    """Monitor."""
    tool: str | None = None
    """Software."""
    scanner: str | None = None
    """Scanner."""
    tablet: str | None = None
    """Graphics tablet."""
    mouse: str | None = None
    """Mouse."""
    printer: str | None = None
    """Printer."""
    desktop: str | None = None
    """What stands on the desk."""
    music: str | None = None
    """Music while drawing."""
    desk: str | None = None
    """Desk."""
    chair: str | None = None
    """Chair."""
    comment: str | None = None
    """Anything else."""
    workspace_image_url: str | None = None
    """Photograph of the workspace; None when there is none."""


@dataclass(slots=True, kw_only=True)
class UserDetail:
    """A user with profile, publicity and workspace (user/detail)."""

    kind: Literal["user"] = "user"
    """What this line is."""
    user: User
    """Name, account, avatar and self-introduction."""
    profile: Profile
    """What the user tells of themselves, and totals."""
    profile_publicity: ProfilePublicity
    """Who may see which part of the profile."""
    workspace: Workspace
    """The user's tools."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class Stamp:
    """A picture that stands for a comment's text."""

    stamp_id: int
    """Pixiv's ID of the stamp."""
    stamp_url: str
    """Address of the picture."""


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a work, or a reply to one (v3/illust/comments, v2/illust/comment/replies)."""

    kind: Literal["comment"] = "comment"
    """What this line is."""
    id: int
    """Pixiv's ID of the comment."""
    comment: str
    """Its text; emoji as `(name)`; empty when it is a stamp."""
    date: str
    """When it was written: ISO 8601 in Japan's time, +09:00."""
    user: User | None = None
    """Who wrote it; None when the user is gone."""
    has_replies: bool | None = None
    """Whether there are replies; None in answers that do not tell."""
    stamp: Stamp | None = None
    """The stamp that the comment consists of; None for text."""
    illust_id: int | None = None
    """The illustration commented on; None for a novel's comment."""
    novel_id: int | None = None
    """The novel commented on; None for an illustration's comment."""
    parent_comment_id: int | None = None
    """The comment that this one replies to; None for a comment of the first level."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class Unavailable:
    """A work, or a user asked for, that Pixiv withheld."""

    kind: Literal["unavailable"] = "unavailable"
    """What this line is."""
    id: int
    """Pixiv's ID of what is withheld."""
    type: Literal["illust", "user"]
    """What the ID is an ID of."""
    reason: str
    """deleted, private, mypixiv, sanity_level, r18_hidden, user_gone or unknown."""
    evidence: dict[str, JsonValue]
    """What Pixiv's answer held that tells the reason."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class Rejected:
    """An entry of a listing that did not fit its type: nothing of it is lost, but it is not data yet."""

    kind: Literal["rejected"] = "rejected"
    """What this line is."""
    type: str
    """The kind of line that it should have become."""
    error: str
    """What did not fit, and the path to it."""
    raw: JsonValue
    """The entry as Pixiv sent it; its text, when it is no JSON."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


Work = Illust
"""Any work; novels will join here."""

Item = Illust | UserDetail | Comment | Unavailable | Rejected
"""Anything that a crawl exports."""

"""Users."""

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.illust import Illust
from pixiv_crawler.items.novel import Novel
from pixiv_crawler.items.parts import File, Source, User


@dataclass(slots=True, kw_only=True)
class Profile:
    """Information that a user provides (user/detail)."""

    webpage: str | None = None
    """URL of a website; None if not given."""
    gender: str | None = None
    """`male`, `female`, `unknown` or empty."""
    birth: str | None = None
    """Date of birth as displayed by the app, `YYYY-MM-DD`; empty if hidden."""
    birth_day: str | None = None
    """`MM-DD`; empty if hidden."""
    birth_year: int | None = None
    """Year of birth; 0 if hidden."""
    region: str | None = None
    """Country or prefecture in words; empty if hidden."""
    address_id: int | None = None
    """Pixiv's number of the region; 0 if hidden."""
    country_code: str | None = None
    """Two-letter ISO 3166 code; empty if hidden."""
    job: str | None = None
    """Occupation in words; empty if hidden."""
    job_id: int | None = None
    """Pixiv's number of the occupation; 0 if hidden."""
    total_follow_users: int | None = None
    """Number of users that this user follows publicly."""
    total_mypixiv_users: int | None = None
    """Number of mypixiv friends."""
    total_illusts: int | None = None
    """Published illustrations, including animations."""
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
    """Header image of the profile; None if there is none."""
    twitter_account: str | None = None
    """Name on Twitter; empty if not given."""
    twitter_url: str | None = None
    """URL on Twitter; None if not given."""
    pawoo_url: str | None = None
    """URL on Pawoo; None if not given."""
    is_premium: bool | None = None
    """Whether the user has Pixiv premium."""
    is_using_custom_profile_image: bool | None = None
    """Whether the avatar is the user's own."""


@dataclass(slots=True, kw_only=True)
class ProfilePublicity:
    """Visibility of the parts of a profile: `public`, `private` or `mypixiv`."""

    gender: str | None = None
    """Visibility of the gender."""
    region: str | None = None
    """Visibility of the region."""
    birth_day: str | None = None
    """Visibility of the birthday."""
    birth_year: str | None = None
    """Visibility of the year of birth."""
    job: str | None = None
    """Visibility of the occupation."""
    pawoo: bool | None = None
    """Whether the Pawoo account is visible."""


@dataclass(slots=True, kw_only=True)
class Workspace:
    """A user's tools, in their own words; each is empty if not given."""

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
    """Items on the desk."""
    music: str | None = None
    """Music while drawing."""
    desk: str | None = None
    """Desk."""
    chair: str | None = None
    """Chair."""
    comment: str | None = None
    """Anything else."""
    workspace_image_url: str | None = None
    """Photograph of the workspace; None if there is none."""


@dataclass(slots=True, kw_only=True)
class UserDetail:
    """A user with profile, publicity and workspace (user/detail)."""

    kind: Literal["user"] = "user"
    """The kind of item."""
    user: User
    """Name, account, avatar and self-introduction."""
    profile: Profile
    """Information that the user provides, and totals."""
    profile_publicity: ProfilePublicity
    """Visibility of the parts of the profile."""
    workspace: Workspace
    """The user's tools."""
    file_urls: list[str] = field(default_factory=list)
    """URLs of avatar and background, if requested."""
    files: list[File] = field(default_factory=list)
    """The result for each of `file_urls`."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class UserPreview:
    """A user with their newest works, as contained in listings of users (user/following and others)."""

    kind: Literal["user_preview"] = "user_preview"
    """The kind of item."""
    user: User
    """Name, account and avatar."""
    illusts: list[Illust] | None = None
    """The newest illusts, at most 3; None if the listing contains only users."""
    novels: list[Novel] | None = None
    """The newest novels, at most 3; None if the listing contains only users."""
    is_muted: bool | None = None
    """Whether the crawling account has muted the user."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

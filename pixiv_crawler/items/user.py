"""Users."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.illust import Illust
from pixiv_crawler.items.novel import Novel
from pixiv_crawler.items.parts import File, Source, User


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
    file_urls: list[str] = field(default_factory=list)
    """Addresses of avatar and background, if asked for."""
    files: list[File] = field(default_factory=list)
    """What became of each of `file_urls`."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class UserPreview:
    """A user with their newest works, as listings of users show them (user/following and others)."""

    kind: Literal["user_preview"] = "user_preview"
    """What this line is."""
    user: User
    """Name, account and avatar."""
    illusts: list[Illust]
    """The newest illusts, at most 3."""
    novels: list[Novel] = field(default_factory=list)
    """The newest novels, at most 3."""
    is_muted: bool | None = None
    """Whether the account that crawls has muted the user."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""

"""The exported items: one slotted dataclass per kind, and the objects nested in them.

Fields that come from Pixiv keep the App API's names, nesting and order of appearance; the fields that we add come
after them. Every field documents its meaning, its unit and when it is None. A field that a response may omit defaults
to None, so None means that Pixiv did not send a value, never zero.
"""

from pixiv_crawler.items.account import (
    CommentStamp,
    Emoji,
    FollowDetail,
    Marker,
    MutedTag,
    MutedUser,
    NovelMarker,
    WatchlistSeries,
)
from pixiv_crawler.items.bookmark import BookmarkDetail, BookmarkDetailTag, BookmarkTag, TrendingTag
from pixiv_crawler.items.comment import Comment, Stamp
from pixiv_crawler.items.illust import Frame, Illust, MetaPage, UgoiraMetadata, ZipUrls
from pixiv_crawler.items.missing import Rejected, Unavailable
from pixiv_crawler.items.novel import Novel, WebviewNovel
from pixiv_crawler.items.parts import File, ImageUrls, JsonValue, ProfileImageUrls, Series, Source, Tag, User
from pixiv_crawler.items.series import CoverImageUrls, IllustSeries, NovelSeries
from pixiv_crawler.items.user import Profile, ProfilePublicity, UserDetail, UserPreview, Workspace

Work = Illust | Novel
"""An illust or a novel."""

Item = (
    Illust
    | Novel
    | UserDetail
    | UserPreview
    | Comment
    | BookmarkDetail
    | BookmarkTag
    | TrendingTag
    | IllustSeries
    | NovelSeries
    | WatchlistSeries
    | NovelMarker
    | FollowDetail
    | MutedTag
    | MutedUser
    | Emoji
    | CommentStamp
    | Unavailable
    | Rejected
)
"""Any exported item."""

__all__ = [
    "BookmarkDetail",
    "BookmarkDetailTag",
    "BookmarkTag",
    "Comment",
    "CommentStamp",
    "CoverImageUrls",
    "Emoji",
    "File",
    "FollowDetail",
    "Frame",
    "Illust",
    "IllustSeries",
    "ImageUrls",
    "Item",
    "JsonValue",
    "Marker",
    "MetaPage",
    "MutedTag",
    "MutedUser",
    "Novel",
    "NovelMarker",
    "NovelSeries",
    "Profile",
    "ProfileImageUrls",
    "ProfilePublicity",
    "Rejected",
    "Series",
    "Source",
    "Stamp",
    "Tag",
    "TrendingTag",
    "UgoiraMetadata",
    "Unavailable",
    "User",
    "UserDetail",
    "UserPreview",
    "WatchlistSeries",
    "WebviewNovel",
    "Work",
    "Workspace",
    "ZipUrls",
]

"""Creates works, novels and URLs for tests of file names."""

from __future__ import annotations

import unicodedata
from typing import Any

from pixiv_crawler.items import (
    Frame,
    Illust,
    ImageUrls,
    Novel,
    ProfileImageUrls,
    Series,
    Source,
    Tag,
    UgoiraMetadata,
    User,
    ZipUrls,
)
from pixiv_crawler.layout.filenames import FilePathTemplate

THUMBNAILS = ImageUrls(square_medium="", medium="", large="")


def user(name: str = "Name", account: str = "acc_11", user_id: int = 11) -> User:
    return User(id=user_id, name=name, account=account, profile_image_urls=ProfileImageUrls(medium=""))


def illust(
    illust_id: int = 123,
    *,
    title: str = "Title",
    name: str = "Name",
    series: Series | None = None,
    ai: int | None = None,
    rank: int = 0,
    frames: int = 0,
    **fields: Any,
) -> Illust:
    return Illust(
        **{
            "id": illust_id,
            "title": title,
            "type": "ugoira" if frames else "manga",
            "image_urls": THUMBNAILS,
            "caption": "",
            "restrict": 0,
            "user": user(name),
            "tags": [],
            "tools": [],
            "create_date": "2026-11-23T00:30:00+09:00",
            "page_count": 1 if frames else 3,
            "width": 1,
            "height": 1,
            "sanity_level": 2,
            "x_restrict": 1,
            "series": series,
            "illust_ai_type": ai,
            "ugoira_metadata": ugoira(frames) if frames else None,
            "source": ranked(rank) if rank else None,
        }
        | fields
    )


def ugoira(frames: int) -> UgoiraMetadata:
    return UgoiraMetadata(zip_urls=ZipUrls(medium=""), frames=[Frame(file="", delay=1)] * frames)


def ranked(position: int, endpoint: str = "/v1/illust/ranking") -> Source:
    return Source(endpoint=endpoint, params={}, position=position)


def tags(*names: str) -> list[Tag]:
    return [Tag(name=name) for name in names]


def novel(novel_id: int = 45, *, title: str = "Title", **fields: Any) -> Novel:
    return Novel(
        **{
            "id": novel_id,
            "title": title,
            "caption": "",
            "restrict": 0,
            "x_restrict": 0,
            "image_urls": THUMBNAILS,
            "create_date": "2026-11-23T00:30:00+09:00",
            "tags": [],
            "page_count": 1,
            "text_length": 9000,
            "user": user(),
        }
        | fields
    )


def url(name: str) -> str:
    return f"https://i.pximg.net/img-original/img/2026/11/23/00/30/00/{name}"


def path_of(template: str, work: Illust, page: int = 0, name: str = "123_p0.jpg", ext: str | None = None) -> str:
    return FilePathTemplate(template).path(work, page, url(name), ext)


def folded(path: str) -> tuple[str, ...]:
    """The path as seen by a file system that ignores case and Unicode normal forms."""
    return tuple(unicodedata.normalize("NFKC", part).casefold() for part in path.split("/"))

"""URLs of Pixiv's image hosts: what they reveal, and how to derive the URLs of other sizes."""

import re
from collections.abc import Container
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from pixiv_crawler.api.japan import JAPAN
from pixiv_crawler.items import Illust
from pixiv_crawler.options import FileSize

# /img-original/img/2026/07/01/20/05/05/123_p0.png, /c/600x1200_90/img-master/img/.../123_p0_master1200.jpg,
# /img-zip-ugoira/img/.../123_ugoira600x600.zip: the upload time, then the page.
_UPLOAD = re.compile(
    r"/img/([0-9]{4}(?:/[0-9]{2}){5}/[^/]+?)(?:_(?:master|square)[0-9]+|_ugoira[0-9]+x[0-9]+)?\.\w+\Z"
)
_IMAGE_HOST = re.compile(r"[a-z0-9.-]+\.pximg\.net")
_TIME = re.compile(r"/img/([0-9]{4}(?:/[0-9]{2}){5})/")


def split_url(url: str) -> SplitResult:
    """The parts of a URL; one that is invalid consists of a path only."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


def is_on_image_host(url: str) -> bool:
    """Whether a URL is on one of Pixiv's image hosts."""
    parts = split_url(url)
    # The whole network location: with a user name, a port or a backslash in it, clients disagree about the host.
    return parts.scheme in ("http", "https") and bool(_IMAGE_HOST.fullmatch(parts.netloc.lower()))


def upload_key(url: str) -> str:
    """The part that all URLs of an upload share, whatever their host and size; it changes when the artist replaces the image.

    For a URL that does not have Pixiv's form, everything except scheme and host.
    """
    parts = split_url(url)
    found = _UPLOAD.search(parts.path)
    return found[1] if found else parts._replace(scheme="", netloc="").geturl()


def uploaded_at(url: str) -> datetime | None:
    """The upload time in a file's URL, in Japan's time zone; None if there is none."""
    found = _TIME.search(split_url(url).path)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found[1].split("/"))  # `strptime` takes ten times as long
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=JAPAN)
    except ValueError:
        return None


def zip_choices(url: str) -> list[str]:
    """URLs of the ZIP of an animation's frames, largest first; the API returns only the small one."""
    large = re.sub(r"_ugoira[0-9]+x[0-9]+\.zip\Z", "_ugoira1920x1080.zip", url)
    return list(dict.fromkeys([large, url]))


def is_zip(url: str) -> bool:
    """Whether a URL is that of the ZIP of an animation's frames."""
    return split_url(url).path.endswith(".zip")


def zip_size(url: str) -> str:
    """The size of the frames in a ZIP, such as `600x600`; `zip` if its URL does not contain one."""
    found = re.search(r"_ugoira([0-9]+x[0-9]+)\.zip\Z", split_url(url).path)
    return found[1] if found else "zip"


def frame_urls(original_url: str, count: int) -> list[str]:
    """URLs of the original frames of an animation; empty if the URL of the first has an unknown form."""
    found = re.fullmatch(r"(.+_ugoira)0(\.[A-Za-z0-9]+)", original_url)
    return [f"{found[1]}{number}{found[2]}" for number in range(count)] if found else []


def page_number(url: str) -> int | None:
    """The page in the URL of an image of a work, from 0; None if there is none."""
    found = re.search(r"_p([0-9]{1,9})(?:_[a-z0-9]+)?\.\w+\Z", split_url(url).path)
    return int(found[1]) if found else None


def frame_number(url: str) -> int:
    """The index of the frame in its URL, from 0."""
    found = re.search(r"_ugoira([0-9]{1,9})\.", split_url(url).path)
    return int(found[1]) if found else 0


def avatar_choices(url: str | None) -> list[str]:
    """URLs of an avatar, full size first; empty for Pixiv's default avatar, and if there is none."""
    return (
        [] if url is None or _is_static(url) else list(dict.fromkeys([re.sub(r"_[0-9]+(\.\w+)\Z", r"\1", url), url]))
    )


def cover_choices(url: str) -> list[str]:
    """URLs of the cover of a novel or series, or of a profile background, candidates for the original first (its file
    type is unknown); empty for Pixiv's default covers.
    """
    return (
        [] if _is_static(url) else _with_originals(url, url.replace("/novel-cover-master/", "/novel-cover-original/"))
    )


def _with_originals(url: str, original: str) -> list[str]:
    """The URLs of the full-size image, one for each possible file type, followed by the URL itself."""
    bare = re.sub(r"/c/[^/]+/", "/", original, count=1)
    found = re.fullmatch(r"(.+)_(?:master|square)[0-9]+\.\w+", bare)
    originals = [f"{found[1]}.{type_}" for type_ in ("jpg", "png", "gif")] if found else [bare]
    return list(dict.fromkeys([*originals, url]))


def _is_static(url: str) -> bool:
    """Whether a URL is that of one of Pixiv's default images."""
    return split_url(url).hostname == "s.pximg.net"


# A pattern, because parsing each URL would take longer than decoding the listing.
_PORT = r"[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_HTTP_URL = re.compile(rf"https?://[A-Za-z0-9._-]+(?::(?:{_PORT}))?(?:/|$)")


def file_urls(illust: Illust, size: FileSize, pages: Container[int] | None = None) -> list[str]:
    """URLs of a work's images in one size, in page order; those of an animation show a single frame.

    `pages` are the pages to choose of a work with several ones, from 0. There are fewer URLs than pages if a page has no URL, or an
    invalid one.
    """
    chosen = pages if illust.meta_pages else None
    return [url for page, url in page_urls(illust, size) if chosen is None or page in chosen]


def page_urls(illust: Illust, size: FileSize) -> list[tuple[int, str]]:
    """The pages (from 0) of a work that have a URL in one size, with the URL."""
    if size is FileSize.NONE:
        return []
    if illust.meta_pages:
        urls = [getattr(page.image_urls, size) for page in illust.meta_pages]
    elif size is FileSize.ORIGINAL:
        urls = [illust.meta_single_page.get("original_image_url")]
    else:
        urls = [getattr(illust.image_urls, size)]
    return [(page, url) for page, url in enumerate(urls) if url and _HTTP_URL.match(url)]


def illust_page_url(illust_id: int | str) -> str:
    """The page of an illust on Pixiv's website."""
    return f"https://www.pixiv.net/artworks/{illust_id}"


def novel_page_url(novel_id: int) -> str:
    """The page of a novel on Pixiv's website."""
    return f"https://www.pixiv.net/novel/show.php?id={novel_id}"


def user_page_url(user_id: int) -> str:
    """The page of a user on Pixiv's website."""
    return f"https://www.pixiv.net/users/{user_id}"

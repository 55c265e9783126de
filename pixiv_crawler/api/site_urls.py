"""URLs of Pixiv's websites, their mirrors and images: which spider collects what they show, and with which arguments.

Covers mirrors that keep the paths of the website or of the image server, short URLs, and the hosts of images since 2007.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pixiv_crawler.api.page_target import PageTarget
from pixiv_crawler.api.site_pages import find_target
from pixiv_crawler.exceptions import ArgumentError

_HOSTS = r"([a-z0-9-]+\.)*(pixiv\.(net|me|cat|re|nl)|phixiv\.net|pximg\.net)"
# The website, its mobile version, and a mirror with all of its paths.
_SITES = r"((www|touch)\.)?pixiv\.net|((www|c)\.)?phixiv\.net"
_IMAGES = (
    (r".+", r"/(?:img-[a-z-]+|custom-thumb)/img/\d{4}(?:/\d\d){5}/(\d+)(?:[-_][^/]*)?\.\w+"),
    (r"i(?:mg)?\d+\.pixiv\.net", r"/img/[^/]+/(?:mobile/)?(\d+)(?:_[^/]*)?\.\w+"),
    (r"pixiv\.(?:cat|re|nl)", r"^/(\d+)(?:-\d+)?\.\w+"),
)
"""The forms of hosts, and of the end of the paths of their images, which contains the ID of the illust."""


def is_url(text: str) -> bool:
    """Whether a text looks like a URL, with or without a scheme."""
    return bool(re.match(rf"(?i)https?://|{_HOSTS}/", text))


def is_short_url(url: str) -> bool:
    """Whether a URL names a user by account, so that its server must say which page it leads to."""
    return bool(re.match(r"(?i)(https?://)?pixiv\.me/.", url))


def parse_page_url(url: str) -> PageTarget:
    """The spider and the arguments that collect what a page of Pixiv shows.

    Raises:
        ArgumentError: no spider collects such a page, or not with that parameter.
    """
    if target := _target(url):
        return target
    if is_short_url(url):
        raise ArgumentError(
            f"{url!r} names a user by account: pass it to pixiv-crawler as https://pixiv.me/NAME, or pass the URL of the profile"
        )
    raise ArgumentError(
        f"{url!r} is not a page that can be crawled: pass the URL of a user, work, series, tag, search or ranking"
    )


def find_page(text: str) -> PageTarget | None:
    """What collects the page if the text is the URL of one, otherwise None.

    Raises:
        ArgumentError: it is such a URL, but with a parameter that no spider can apply, or it is damaged.
    """
    return _target(text) if is_url(text) else None


def _target(url: str) -> PageTarget | None:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError as error:
        raise ArgumentError(f"{url!r} is not a valid URL ({error}): pass the URL of a page") from error
    host = (parts.hostname or "").lower()
    if illust := _illust_of_image(host, parts.path):
        return PageTarget("works", {"illust_id": illust})
    is_site = bool(re.fullmatch(_SITES, host))
    if not is_site and host.endswith(".pixiv.net"):  # another service, such as dic.pixiv.net
        return None
    return find_target(parts, is_mirror=not is_site)


def _illust_of_image(host: str, path: str) -> str | None:
    found = (re.search(f"{image}$", path) for hosts, image in _IMAGES if re.fullmatch(hosts, host))
    return next((match[1] for match in found if match), None)

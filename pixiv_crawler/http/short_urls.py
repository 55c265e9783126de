"""Short URLs such as `pixiv.me/NAME`, which lead to the profile of a user."""

import asyncio
from urllib.parse import urljoin

import aiohttp
from scrapy.settings import BaseSettings

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.http.proxies import Proxies

_TIMEOUT_SECONDS = 30


def expand(url: str, settings: BaseSettings) -> str:
    """The URL that a short URL leads to, according to its server.

    Raises:
        ArgumentError: it leads nowhere, the server cannot be reached, or the simulated Pixiv is to be crawled.
    """
    if settings.getbool("PIXIV_SANDBOX"):
        raise ArgumentError(
            f"{url!r} is a URL of the real Pixiv, which a crawl of the sandbox does not contact: pass the URL of a profile"
        )
    request = Proxies.from_settings(settings).send("HEAD", url, seconds=_TIMEOUT_SECONDS)
    try:
        status, headers, _ = asyncio.run(request)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ArgumentError(
            f"{url!r} could not be requested ({type(error).__name__}: {error}): pass the URL of the profile that it leads to"
        ) from error
    if status // 100 != 3 or "Location" not in headers:
        raise ArgumentError(f"{url!r} leads to no profile (HTTP {status}): check the name of the account")
    return urljoin(url, headers["Location"])

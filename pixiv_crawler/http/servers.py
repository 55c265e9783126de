"""The URLs of Pixiv's servers, and the login."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from pixiv_crawler.api.call import API_URL, WEB_URL, ApiCall
from pixiv_crawler.api.image_urls import is_on_image_host, split_url
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.http.shared import shared


@dataclass(slots=True)
class Servers:
    """The URLs and the login of one crawler; with PIXIV_SANDBOX, those of the simulated Pixiv once the spider is open.

    Settings: PIXIV_API_URL, PIXIV_OAUTH_URL, PIXIV_IMAGE_URL, PIXIV_WEB_URL, PIXIV_REFRESH_TOKEN, PIXIV_TOKEN_FILE,
    PIXIV_WEB_SESSION.
    """

    api_url: str
    """Base URL of all API requests, without a trailing slash."""
    oauth_url: str
    """The URL that grants access tokens."""
    image_url: str
    """Base URL that replaces Pixiv's image hosts; empty if they are used themselves."""
    web_url: str
    """Base URL of all requests to the website."""
    refresh_token: str
    """The refresh token in the settings; empty if there is none."""
    token_file: Path
    """The file with the stored login."""
    web_session: str
    """The session of the website in the settings; empty if there is none."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        return cls(
            api_url=_base(settings["PIXIV_API_URL"]),
            oauth_url=_base(settings["PIXIV_OAUTH_URL"]),
            image_url=_base(settings["PIXIV_IMAGE_URL"]),
            web_url=_base(settings["PIXIV_WEB_URL"]),
            refresh_token=settings["PIXIV_REFRESH_TOKEN"],
            token_file=Path(settings["PIXIV_TOKEN_FILE"]).expanduser(),
            web_session=settings["PIXIV_WEB_SESSION"],
        )

    @property
    def has_no_website(self) -> bool:
        """Whether the API is not Pixiv's own, and no website belongs to it: Pixiv's would show other works."""
        return self.web_url == WEB_URL and self.api_url != API_URL

    def base_of(self, call: ApiCall) -> str:
        """The base URL of a call."""
        return self.web_url if call.api == "web" else self.api_url

    def check_image_url(self, url: str) -> None:
        """Checks whether a URL is on Pixiv's image hosts, or on a server that the settings name in their place.

        Raises:
            FileError: it is not.
        """
        if is_on_image_host(url):
            return
        netlocs = {urlsplit(base).netloc for base in (self.image_url, self.api_url)}
        if not (url.startswith("http") and split_url(url).netloc in netlocs - {""}):
            raise FileError(
                f"{url[:200]!r} is not on Pixiv's image hosts, so it was not requested; if it is a mirror, set PIXIV_IMAGE_URL to it"
            )

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The servers that the components of one crawler share."""
        return shared(crawler, cls, lambda: cls.from_settings(crawler.settings))


def _base(url: str) -> str:
    return (url or "").strip().rstrip("/")

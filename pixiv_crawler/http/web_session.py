"""State shared by all requests to Pixiv's website: the session of an account, if there is one, and when requests may be sent."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path

import msgspec
from scrapy.crawler import Crawler

from pixiv_crawler.api.classification import BROKEN_JSON
from pixiv_crawler.api.errors import ApiError, ApiFault
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.console.redaction import register_secrets
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.http.paced_session import PacedSession
from pixiv_crawler.http.rate_limit import RateLimit
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import shared
from pixiv_crawler.layout.atomic_write import make_folder, write_atomically
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.options import WebUse

# Cloudflare answers other clients with a page.
_USER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
APP_HEADERS = ("App-OS", "App-OS-Version", "App-Version")
"""Headers of the app, which a browser does not send."""

_FILE_NAME = "web_session.json"
# The ID of the account, and letters and digits that are the secret.
_SESSION = re.compile(r"(?:PHPSESSID=)?([A-Za-z0-9_-]{8,200});?")


class WebSession(PacedSession):
    """The PHPSESSID cookie of an account, and what holds back the requests to the website.

    Unlike for the API, the crawl continues when the website refuses everything: see `close`.
    """

    failure: ApiError | None = None

    def __init__(self, use: WebUse, servers: Servers) -> None:
        super().__init__()
        self.use = use
        """When the website is used at all."""
        self._servers = servers
        self.is_rejected = False
        """Whether the website has rejected the session of the account."""
        self.errors = 0
        """Responses with an error since the last valid one."""

    @classmethod
    def of(cls, crawler: Crawler) -> WebSession:
        """The session shared by the components of a crawler."""

        def create() -> WebSession:
            servers = Servers.of(crawler)
            return cls(WebUse.OFF if servers.has_no_website else web_use(crawler.settings["PIXIV_WEB"]), servers)

        return shared(crawler, cls, create)

    # Created when the spider is open: the simulated Pixiv has its own files only then.
    @cached_property
    def _stored_cookie(self) -> str:
        return find_session(self._servers.web_session, self._servers.token_file)

    @cached_property
    def limit(self) -> RateLimit:
        """The pauses of the website, which all runs with the same login share."""
        token_file = self._servers.token_file
        return RateLimit(token_file.with_name(f"{token_file.name}.web-pace"), self)

    @property
    def cookie(self) -> str:
        """The value of the cookie; empty if the website is used without an account."""
        return "" if self.is_rejected else self._stored_cookie

    def close(self, fault: ApiFault) -> None:
        """Sends no further request in this crawl."""
        self.failure = ApiError("the website", fault)


def browser_headers(web_url: str, cookie: str) -> dict[str, str]:
    """The headers of a browser, with the session if `cookie` is not empty."""
    headers = {"User-Agent": _USER_AGENT, "Referer": web_url}
    return headers | ({"Cookie": f"PHPSESSID={cookie}"} if cookie else {})


def web_use(value: str) -> WebUse:
    """When the website is used.

    Raises:
        SettingError: the setting PIXIV_WEB is not valid.
    """
    try:
        return WebUse(str(value).lower())
    except ValueError:
        raise SettingError(f"PIXIV_WEB {value!r} is not valid: set auto, off or always") from None


def find_session(configured: str, token_file: Path) -> str:
    """The session in the setting, otherwise in the environment, otherwise the stored one; empty if there is none.

    Raises:
        SettingError: it is not a valid value of the cookie, or the file is not valid.
    """
    given = configured.strip() or os.environ.get("PIXIV_WEB_SESSION", "").strip()
    return parse_session(given) if given else _stored(session_file(token_file))


def parse_session(text: str) -> str:
    """The value of the cookie PHPSESSID, which may be given with its name.

    Raises:
        SettingError: it is not a valid value.
    """
    found = _SESSION.fullmatch(text.strip())
    if not found:
        raise SettingError(
            f"PIXIV_WEB_SESSION is not valid: copy the value of the cookie, as {PROGRAM} login --web explains"
        )
    register_secrets(found[1])
    return found[1]


def session_file(token_file: Path) -> Path:
    """The file that stores the session, next to the login."""
    return token_file.with_name(_FILE_NAME)


def store_session(token_file: Path, session: str) -> Path:
    """Stores a session, readable only by the owner; returns the file.

    Raises:
        OSError: the file cannot be written.
    """
    path = session_file(token_file)
    make_folder(path.parent, 0o700)
    write_atomically(path, msgspec.json.encode({"web_session": session}), mode=0o600)
    return path


def _stored(path: Path) -> str:
    try:
        return parse_session(msgspec.json.decode(read_regular(path), type=dict[str, str])["web_session"])
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingError(f"{path} cannot be read ({error.strerror}): delete it, or make it readable") from error
    except (*BROKEN_JSON, KeyError, SettingError) as error:
        raise SettingError(f"{path} does not contain a session of the website: delete it") from error

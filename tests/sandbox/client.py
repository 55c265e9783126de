"""A small client of the sandbox, with one connection per request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pixiv_crawler.sandbox import Sandbox

CLIENT = {
    "client_id": "MOBrBDS8blbauoSck0ZfDbtuzpyT",
    "client_secret": "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj",
}
HASH_SALT = "28c1fdd170a5204386cb1313c7077b34f83e4aaf4aa829ce78c231e05b0bae2c"
REFERER = {"Referer": "https://app-api.pixiv.net/"}


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return self.json["error"]["message"]

    @property
    def user_message(self) -> str:
        return self.json["error"]["user_message"]


class Client:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.access_token = ""

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: str = "") -> Reply:
        connection = HTTPConnection(urlsplit(self.sandbox.url).netloc, timeout=20)
        try:
            connection.request(method, quote(path, safe="/?&=%+"), body.encode() or None, headers or {})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def token(self, *, sign: bool = True, **form: str) -> Reply:
        """Sends a request to the token URL."""
        sent_at = "2026-01-31T12:34:56+00:00"
        signature = hashlib.md5((sent_at + HASH_SALT).encode()).hexdigest()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= {"X-Client-Time": sent_at, "X-Client-Hash": signature} if sign else {}
        return self.request("POST", "/auth/token", headers, urlencode(CLIENT | form))

    def renew(self, refresh_token: str | None = None) -> Reply:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token or self.sandbox.refresh_token)

    def api(self, path: str, headers: dict[str, str] | None = None, **query: object) -> Reply:
        """Sends a request to the App API, logged in."""
        if not self.access_token:
            self.access_token = self.renew().json["access_token"]
        signed = {"Authorization": f"Bearer {self.access_token}", **(headers or {})}
        return self.request("GET", f"{path}?{urlencode(query)}" if query else path, signed)

    def post(self, path: str, **form: object) -> Reply:
        """Sends a form to the App API; a list becomes a repeated field."""
        signed = {
            "Authorization": f"Bearer {self.access_token or self.renew().json['access_token']}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.request("POST", path, signed, urlencode(form, doseq=True))

    def entries(self, key: str, path: str, **query: object) -> list[dict[str, Any]]:
        """The entries of all listings from here to the end."""
        return [entry for listing in self.listings(path, **query) for entry in listing[key]]

    def file(self, url: str, method: str = "GET", **headers: str) -> Reply:
        """Requests a file from an image host as Pixiv's app does; `url` may name a real host."""
        return self.request(method, urlsplit(url).path, REFERER | headers)

    def listings(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """All listings from here to the end, following `next_url`."""
        listing = self.api(path, **query).json
        yield listing
        while listing["next_url"]:
            following = urlsplit(listing["next_url"])
            assert following.netloc == "app-api.pixiv.net"
            listing = self.api(f"{following.path}?{following.query}").json
            yield listing

    def works(self, user_id: int) -> list[dict[str, Any]]:
        return [work for listing in self.listings("/v1/user/illusts", user_id=user_id) for work in listing["illusts"]]


def urls_in(value: Any) -> Iterator[str]:
    """All URLs of image hosts in a response."""
    if isinstance(value, str):
        if value.startswith(("https://i.pximg.net/", "https://s.pximg.net/")):
            yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from urls_in(member)

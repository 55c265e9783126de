"""The proxies that the environment names, and connections through them."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from pixiv_crawler.console.redaction import MASK, register_secrets
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.http.shared import shared

if TYPE_CHECKING:
    import aiohttp

_PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""The schemes of proxies, and their default ports."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; its text has no password."""

    scheme: str
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, value: str, name: str) -> Self:
        """The proxy at a URL, or at HOST:PORT, which means http; `name` says where the value comes from.

        Raises:
            SettingError: it cannot be used.
        """
        url = value if "://" in value else f"http://{value}"
        try:
            parts = urlsplit(url)
            default = _PORTS[parts.scheme]
            port = default if parts.port is None else parts.port
        except (ValueError, KeyError):
            port = 0
        if (
            not port
            or not parts.hostname
            or parts.path.strip("/")
            or parts.query
            or parts.fragment
            or re.search(r"\s", url)
        ):
            shown = re.sub(r"(?<=//).*@", f"{MASK}@", url).removeprefix("" if "://" in value else "http://")
            raise SettingError(
                f"{name} {shown!r} is not a valid proxy: set it to a URL such as socks5h://HOST:PORT, or to HOST:PORT for HTTP"
            )
        if parts.password and parts.scheme.startswith("socks4"):
            raise SettingError(f"{name} has a password, which SOCKS 4 does not support: remove it, or use socks5h://")
        proxy = cls(parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))
        if proxy.is_socks and find_spec("aiohttp_socks") is None:
            raise SettingError(
                f"{name} is a SOCKS proxy, which requires the extra socks; run: pip install 'pixiv_crawler[socks]'"
            )
        register_secrets(proxy.password)
        return proxy

    def __str__(self) -> str:
        return self._url(f"{self.username}:{MASK}@" if self.username else "")

    @property
    def url(self) -> str:
        """The URL with the password."""
        return self._url(f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@" if self.username else "")

    def _url(self, userinfo: str) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{userinfo}{host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        """Whether it is a SOCKS proxy, for which aiohttp needs a connector."""
        return self.scheme.startswith("socks")

    def connector(self, **options: Any) -> aiohttp.BaseConnector:
        """A connector whose connections go through this SOCKS proxy; `options` are those of `aiohttp.TCPConnector`.

        With `socks4a` and `socks5h` the proxy resolves the names of hosts; otherwise this machine does.
        """
        from pixiv_crawler.http.socks import SocksConnector  # needs the extra

        return SocksConnector(
            self.host,
            self.port,
            is_socks4=self.scheme.startswith("socks4"),
            username=self.username or None,
            password=self.password if self.username else None,
            rdns=self.scheme in ("socks4a", "socks5h"),
            **options,
        )


class Proxies:
    """The proxy for each URL: `http_proxy` or `https_proxy`, otherwise `all_proxy`, and none for hosts in `no_proxy`.

    Settings: HTTPPROXY_ENABLED.
    """

    def __init__(self, by_scheme: Mapping[str, Proxy]) -> None:
        self._by_scheme = by_scheme

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """The proxies of the environment; none if HTTPPROXY_ENABLED is off.

        Raises:
            SettingError: a proxy cannot be used.
        """
        found = getproxies() if settings.getbool("HTTPPROXY_ENABLED") else {}
        names = {scheme: scheme if found.get(scheme) else "all" for scheme in ("http", "https")}
        return cls(
            {scheme: Proxy.parse(found[name], f"{name}_proxy") for scheme, name in names.items() if found.get(name)}
        )

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The proxies that a crawler uses."""
        return shared(crawler, cls, lambda: cls.from_settings(crawler.settings))

    def find(self, url: str) -> Proxy | None:
        """The proxy for a URL; None if its host is connected to directly."""
        if not self._by_scheme:
            return None
        parts = urlsplit(url)
        proxy = self._by_scheme.get(parts.scheme)
        return None if proxy and proxy_bypass(parts.netloc.rpartition("@")[2]) else proxy

    async def send(
        self, method: str, url: str, *, seconds: float, family: socket.AddressFamily = socket.AF_UNSPEC, **options: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Sends one request, without following redirects; returns the status, the headers and the body.

        `family` is that of the addresses to connect to.

        Raises:
            aiohttp.ClientError, TimeoutError: there was no response.
        """
        import aiohttp

        proxy = self.find(url)
        connector = proxy.connector() if proxy and proxy.is_socks else aiohttp.TCPConnector(family=family)
        options |= {"proxy": proxy.url} if proxy and not proxy.is_socks else {}
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
            session.request(method, url, allow_redirects=False, **options) as response,
        ):
            return response.status, response.headers, await response.read()

    def describe(self, urls: Iterable[str]) -> list[str]:
        """One sentence for each proxy that is used for some of the URLs; none if there is no proxy at all."""
        hosts: dict[str, dict[str, None]] = {}
        for url in urls:
            way = f"through the proxy {proxy}" if (proxy := self.find(url)) else "directly, without a proxy"
            hosts.setdefault(way, {})[urlsplit(url).netloc] = None
        return [f"Requests to {', '.join(some)} go {way}" for way, some in hosts.items()] if self._by_scheme else []

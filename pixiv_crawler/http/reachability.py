"""Whether a server can be reached, in the way in which a crawl would reach it."""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from pixiv_crawler.http.proxies import Proxies

_TIMEOUT_SECONDS = 10
_FAMILIES = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Reached:
    """A server that responded."""

    way: str
    """IPv4 or IPv6, or the proxy without its password."""
    clock_seconds: float | None
    """How far this machine's clock is ahead of the server's; None if the server does not say what time it is."""


async def reach(url: str, proxies: Proxies) -> tuple[list[Reached], list[str]]:
    """Requests the headers of a server's root by each way there is; returns the responses, and why the other ways failed."""
    parts = urlsplit(url)
    root, proxy = f"{parts.scheme}://{parts.netloc}/", proxies.find(url)
    reached: list[Reached] = []
    failures: list[str] = []
    for way in [str(proxy)] if proxy else _families(parts.hostname or ""):
        family = _FAMILIES.get(way, socket.AF_UNSPEC)
        try:
            _, headers, _ = await proxies.send("HEAD", root, seconds=_TIMEOUT_SECONDS, family=family)
            reached.append(Reached(way, _clock_seconds(headers.get("Date", ""))))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failures.append(f"{way}: {_problem(error)}")
    return reached, failures


def _families(host: str) -> list[str]:
    """The versions of IP that can reach a host: that of an address, both for a name."""
    try:
        return [f"IPv{ipaddress.ip_address(host).version}"]
    except ValueError:
        return [*_FAMILIES]


def _problem(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name has no address"
    if isinstance(error, TimeoutError):
        return f"no response within {_TIMEOUT_SECONDS} seconds"
    return f"{type(error).__name__}: {error}"


def _clock_seconds(date: str) -> float | None:
    try:
        return (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None

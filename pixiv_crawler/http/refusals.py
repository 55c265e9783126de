"""Detects that a server refuses every request, whatever it requests."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from pixiv_crawler.api.errors import ErrorKind

MAX_REFUSALS = 10
"""If so many requests in a row are refused in the same way, all others would be refused too."""
# How often a request that waits for a decision checks whether another one can still bring it.
_POLL_SECONDS = 0.25

_BLOCKED = (
    "check PIXIV_API_URL and the proxy, and whether Pixiv blocks this IP address: if the connection uses IPv6, try IPv4 "
    "(-s DOWNLOAD_BIND_ADDRESS=0.0.0.0)"
)
_ELSEWHERE = "check PIXIV_API_URL and the proxy, and look for a newer version of this program"
_CHECKS: Mapping[ErrorKind, str] = {
    ErrorKind.FORBIDDEN: "check PIXIV_API_URL and, on the website, whether the account is suspended",
    ErrorKind.BAD_PARAMETER: "Pixiv may block this version of the app: look for a newer version of this program",
    ErrorKind.NOT_JSON: _BLOCKED,
}


def check_after(kind: ErrorKind) -> str:
    """What the user should check if the API refuses every request in that way."""
    return _CHECKS.get(kind, _ELSEWHERE)


class Refusals:
    """The requests that one server refused in the same way since its last usable response."""

    def __init__(self) -> None:
        self._kind: ErrorKind | None = None
        self._refused: set[str] = set()
        self._decision = asyncio.Event()

    def add(self, kind: ErrorKind, request: str) -> bool:
        """Counts a refused request, once; returns `are_many`."""
        if kind is not self._kind:
            self._kind, self._refused = kind, set()
        self._refused.add(request)
        return self.are_many

    @property
    def are_many(self) -> bool:
        """Whether the server may refuse every request."""
        return len(self._refused) >= MAX_REFUSALS

    def clear(self) -> None:
        """Records a usable response: the refusals before it concern only their requests."""
        self._kind, self._refused = None, set()
        self._decision.set()
        self._decision = asyncio.Event()

    def continues(self, kind: ErrorKind) -> bool:
        """Whether the last request was refused in that way too."""
        return kind is self._kind

    async def decided(self, check: Callable[[], None], is_busy: Callable[[], bool]) -> None:
        """Returns once it is known that the refusals concern only their requests, or when there is nothing left to decide it.

        `check` raises an error if the crawl ends; `is_busy` returns whether requests are being sent.
        """
        decision, idle = self._decision, 0
        while not decision.is_set() and idle < 2:
            check()
            with suppress(TimeoutError):
                await asyncio.wait_for(decision.wait(), _POLL_SECONDS)
            idle = 0 if is_busy() else idle + 1
        check()

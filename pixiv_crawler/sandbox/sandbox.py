"""The sandbox: a simulated Pixiv on loopback that remembers what it was asked and misbehaves on request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import SandboxError
from .media.image_urls import API_URL, IMAGES, STATIC
from .messages import HTML_TYPE, JSON_TYPE, Answer, Call
from .server.application import Site
from .server.faults import Fault, Faults, answer_with, asked_for
from .server.http_server import HOST, Server
from .server.oauth import AUTH_PATH
from .server.request_log import Journal, Kind, SandboxRequest
from .server.samples import Samples
from .server.tokens import CODE_SECONDS, Tokens
from .world.users import User
from .world.world import LISTING_CAP, Reader, World


class Sandbox:
    """A simulated Pixiv, served while started; all of it may be used from any thread.

    port: 0 takes a free one. samples: a folder of recorded answers, served before the sandbox's own.
    real_hosts: answers name Pixiv's own hosts; otherwise this server's, so that any client can follow them.
    token_seconds, token_uses: after so long, or so many API calls, an access token has expired.
    latency_seconds: added to every answer. rotate_refresh_token: each renewal gives a new one, and the old one dies.
    premium: of the account that every token belongs to. x_restrict: what it shows: 0 no R-18, 1 no R-18G, 2 all.
    listing_cap: the largest offset that listings accept; tests of the cap need fewer works with a smaller one.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        samples: Path | None = None,
        real_hosts: bool = True,
        token_seconds: int = 3600,
        token_uses: int | None = None,
        latency_seconds: float = 0.0,
        rotate_refresh_token: bool = False,
        premium: bool = False,
        x_restrict: int = 2,
        listing_cap: int = LISTING_CAP,
    ) -> None:
        self.world = World(Reader(premium, x_restrict), listing_cap)
        self._port = port
        self._samples = samples
        self._real_hosts = real_hosts
        self._latency_seconds = latency_seconds
        self._tokens = Tokens(token_seconds, token_uses, rotate=rotate_refresh_token)
        self._faults = Faults()
        self._journal = Journal()
        self._server: Server | None = None

    def start(self) -> None:
        """Raises: SandboxError for a port in use, or samples that cannot be read."""
        site = Site(self.world, self._tokens, Samples(self._samples))
        self._server = Server(self._port, partial(self._handle, site))

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where the App API and the image hosts are."""
        if self._server is None:
            raise SandboxError("The sandbox has no address before it is started.")
        return f"http://{HOST}:{self._server.port}"

    @property
    def oauth_url(self) -> str:
        return self.url + AUTH_PATH

    @property
    def refresh_token(self) -> str:
        """The newest one; it works until it is revoked."""
        return self._tokens.newest_refresh

    @property
    def requests(self) -> list[SandboxRequest]:
        """Every request answered so far."""
        return self._journal.requests()

    def peak(self, kind: Kind) -> int:
        """The most simultaneous requests of this kind so far."""
        return self._journal.peak(kind)

    def add_fault(self, fault: Fault) -> None:
        self._faults.add(fault)

    def mix_faults(self, faults: Sequence[Fault], share: float, seed: str = "mixed") -> None:
        """One of these faults, drawn each time, hits this share of the requests; their own shares do not count."""
        self._faults.mix(faults, share, seed)

    def clear_faults(self) -> None:
        self._faults.clear()

    def add_user(self, user: User) -> None:
        self.world.add(user)

    def issue_code(self, code_challenge: str, seconds: float = CODE_SECONDS) -> str:
        """A login code for this PKCE challenge (S256), as if its user had just logged in."""
        return self._tokens.issue_code(code_challenge, seconds)

    def expire_tokens(self) -> None:
        """Every access token has expired."""
        self._tokens.expire()

    def revoke_refresh_tokens(self) -> None:
        """As if the user had logged out everywhere: only a new login helps."""
        self._tokens.revoke()

    async def _handle(self, site: Site, call: Call) -> Answer:
        started, kind = time.monotonic(), site.kind(call.path)
        fault = self._faults.strike(call)
        status = 0  # stays so when the client leaves before there is an answer
        try:
            with self._journal.present(kind):
                answer = await self._answer(site, call, fault)
            status = answer.status
        finally:
            # Written before it is sent: whoever has an answer finds it here.
            self._journal.write(call, kind, status, started, fault.kind if fault else "")
        return answer

    async def _answer(self, site: Site, call: Call, fault: Fault | None) -> Answer:
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        normal = partial(self._normal, site, asked_for(fault, call))
        return normal() if fault is None else await answer_with(fault, call, normal)

    def _normal(self, site: Site, call: Call) -> Answer:
        answer = site.answer(call)
        if self._real_hosts or answer.content_type not in (JSON_TYPE, HTML_TYPE):
            return answer
        return replace(answer, body=_at_home(answer.body, f"http://{HOST}:{call.port}"))


def _at_home(body: bytes, url: str) -> bytes:
    """The same JSON, alone or in a page, naming the sandbox in place of Pixiv's hosts."""
    for host in (API_URL, IMAGES, STATIC):
        body = body.replace(_escaped(host), _escaped(url))
    return body


def _escaped(url: str) -> bytes:
    return url.replace("/", r"\/").encode()

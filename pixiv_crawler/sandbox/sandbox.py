"""The sandbox: a simulated Pixiv on loopback that logs its requests and fails on demand."""

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
from .messages import HTML_TYPE, JSON_TYPE, Request, Response
from .server.application import Application
from .server.faults import Fault, Faults, apply_fault, effective_request
from .server.http_server import HOST, Server
from .server.oauth import AUTH_PATH
from .server.request_log import Kind, RequestLog, SandboxRequest
from .server.samples import Samples
from .server.tokens import CODE_SECONDS, Tokens
from .world.users import User
from .world.world import DATA_END, LISTING_CAP, AccountSettings, World


class Sandbox:
    """A simulated Pixiv, which serves requests between `start` and `stop`. Thread-safe.

    port: 0 selects a free one.
    samples: a folder of recorded responses, which are served in preference to the sandbox's own.
    real_hosts: whether responses contain the URLs of Pixiv's hosts; otherwise those of this server, for other clients.
    real_time: whether the current time is the clock's; otherwise it is always the end of the default data, so that all
    responses
        are the same on any day.
    token_seconds, token_uses: an access token expires after this time, or after this number of API requests.
    latency_seconds: added to every response.
    rotate_refresh_token: whether each renewal issues a new refresh token and revokes the old one.
    premium: whether the account has premium.
    x_restrict: the works that the account is shown: 0 no R-18, 1 no R-18G, 2 all.
    listing_cap: the largest offset that listings accept; with a smaller one, tests of the cap need fewer works.
    scenes: whether images are scenes of up to 1,000 pixels; otherwise small images of one colour, which cost less.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        samples: Path | None = None,
        real_hosts: bool = True,
        real_time: bool = False,
        token_seconds: int = 3600,
        token_uses: int | None = None,
        latency_seconds: float = 0.0,
        rotate_refresh_token: bool = False,
        premium: bool = False,
        x_restrict: int = 2,
        listing_cap: int = LISTING_CAP,
        scenes: bool = False,
    ) -> None:
        account = AccountSettings(premium, x_restrict)
        self.world = World(account, listing_cap, fixed_now=None if real_time else DATA_END, draws_scenes=scenes)
        self._port = port
        self._samples = samples
        self._real_hosts = real_hosts
        self._latency_seconds = latency_seconds
        self._tokens = Tokens(token_seconds, token_uses, rotate=rotate_refresh_token)
        self._faults = Faults()
        self._request_log = RequestLog()
        self._server: Server | None = None

    def start(self) -> None:
        """Raises: SandboxError if the port is in use or the samples cannot be read."""
        application = Application(self.world, self._tokens, Samples(self._samples))
        self._server = Server(self._port, partial(self._handle, application))

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
        """Base URL of the App API and the image hosts."""
        if self._server is None:
            raise SandboxError("The sandbox has no URL before it is started; call start() first.")
        return f"http://{HOST}:{self._server.port}"

    @property
    def oauth_url(self) -> str:
        return self.url + AUTH_PATH

    @property
    def refresh_token(self) -> str:
        """The newest refresh token; valid until it is revoked."""
        return self._tokens.newest_refresh

    @property
    def web_session(self) -> str:
        """The cookie PHPSESSID of the account; valid until it is revoked."""
        return self._tokens.web_session

    @property
    def requests(self) -> list[SandboxRequest]:
        """All requests so far."""
        return self._request_log.requests()

    def peak(self, kind: Kind) -> int:
        """The highest number of concurrent requests of this kind so far."""
        return self._request_log.peak(kind)

    def add_fault(self, fault: Fault) -> None:
        self._faults.add(fault)

    def mix_faults(self, faults: Sequence[Fault], share: float, seed: str = "mixed") -> None:
        """Applies a randomly chosen one of the faults to this share of the requests; their own shares are ignored."""
        self._faults.mix(faults, share, seed)

    def clear_faults(self) -> None:
        self._faults.clear()

    def add_user(self, user: User) -> None:
        self.world.add(user)

    def issue_code(self, code_challenge: str, seconds: float = CODE_SECONDS) -> str:
        """A login code for this PKCE challenge (S256), as if a user had just logged in."""
        return self._tokens.issue_code(code_challenge, seconds)

    def expire_tokens(self) -> None:
        """Makes every access token expire."""
        self._tokens.expire()

    def revoke_refresh_tokens(self) -> None:
        """Revokes all refresh tokens, as if the user had logged out everywhere: only a new login helps."""
        self._tokens.revoke()

    def revoke_web_session(self) -> None:
        """Ends the session of the website, as if the account had been banned."""
        self._tokens.web_session = ""

    async def _handle(self, application: Application, request: Request) -> Response:
        started, kind = time.monotonic(), application.kind(request.path)
        fault = self._faults.take(request)
        status = 0  # unless the client disconnects before there is a response
        try:
            with self._request_log.in_progress(kind):
                response = await self._response(application, request, fault)
            status = response.status
        finally:
            # Recorded before it is sent, so that a client that has the response finds it here.
            self._request_log.write(request, kind, status, started, fault.kind if fault else "")
        return response

    async def _response(self, application: Application, request: Request, fault: Fault | None) -> Response:
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        normal = partial(self._normal_response, application, effective_request(fault, request))
        return normal() if fault is None else await apply_fault(fault, request, normal)

    def _normal_response(self, application: Application, request: Request) -> Response:
        response = application.response(request)
        if self._real_hosts or response.content_type not in (JSON_TYPE, HTML_TYPE):
            return response
        return replace(response, body=_with_local_urls(response.body, f"http://{HOST}:{request.port}"))


def _with_local_urls(body: bytes, url: str) -> bytes:
    """The same JSON, alone or in a page, with the sandbox's URL in place of Pixiv's hosts."""
    for host in (API_URL, IMAGES, STATIC):
        body = body.replace(_escaped(host), _escaped(url))
    return body


def _escaped(url: str) -> bytes:
    return url.replace("/", r"\/").encode()

"""The last step before the network: waits until a pause ends, signs requests to the API and the website, and writes files.

This happens in the download handler because requests wait in the downloader's queue after the middlewares, and the
token or the pause may change while they wait. It also keeps tokens out of every Request.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError, ResponseDataLossError
from scrapy.http import Headers, Response

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.exceptions import CertificateError
from pixiv_crawler.files.partial import PartialFile, PartialFileWriter, discard, storage_errors
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.paced_session import PacedSession
from pixiv_crawler.http.proxies import Proxies, Proxy
from pixiv_crawler.http.rate_limit import RateLimit
from pixiv_crawler.http.rate_lock import RateLock
from pixiv_crawler.http.requests import (
    DOWNLOAD_TO,
    HAS_SESSION,
    RECEIVED,
    TOKEN_GENERATION,
    app_call,
    web_call,
)
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.web_session import APP_HEADERS, WebSession, browser_headers
from pixiv_crawler.run.closing import is_closing

# Pixiv limits changes sooner than other requests: 17 bookmarks that were added 2.3 seconds apart all passed. With the default of
# PIXIV_API_DELAY, changes are 2.5 seconds apart.
CHANGE_FACTOR = 2.5 / 1.2
# A response is handled within milliseconds, unless a component of the user's keeps it from our middleware.
_HANDLING_SECONDS = 1


@dataclass(frozen=True, slots=True)
class _Server:
    """What decides when a request to one server is sent."""

    session: PacedSession
    limit: RateLimit
    lock: RateLock


class _Sessions:
    """The client session of Scrapy's handler, and one more for each SOCKS proxy, which aiohttp itself cannot use."""

    def __init__(self, session: aiohttp.ClientSession, create: Callable[[Proxy], aiohttp.ClientSession]) -> None:
        self._session = session
        self._create = create
        self._by_proxy: dict[Proxy, aiohttp.ClientSession] = {}

    async def request(self, *args: Any, proxy: str | None, **options: Any) -> aiohttp.ClientResponse:
        # With an empty body, aiohttp would send its length, in a task of its own.
        options["data"] = options["data"] or None
        found = Proxy.parse(proxy, "the proxy of a request") if proxy else None
        if found is None or not found.is_socks:
            return await self._session.request(*args, proxy=found.url if found else None, **options)
        if found not in self._by_proxy:
            self._by_proxy[found] = self._create(found)
        return await self._by_proxy[found].request(*args, **options)

    async def close(self) -> None:
        for session in (self._session, *self._by_proxy.values()):
            await session.close()


class PixivDownloadHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler, which also signs API requests and writes files directly to disk.

    Settings: PIXIV_API_URL, DOWNLOAD_TIMEOUT (seconds to wait for the response headers and between two chunks).
    Stats: pixiv/requests/PATH, the API requests sent.
    """

    # Suppresses Scrapy's warning: the handler is chosen on purpose, because it streams bodies and reuses connections.
    experimental = False
    # Created on the first request, so that a crawl whose setup fails leaves no open session.
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session_of_api = ApiSession.of(crawler)
        self._session_of_files = FileSession.of(crawler)
        servers = Servers.of(crawler)
        # Normalized the way Scrapy normalizes request URLs.
        self._api_url = Request(f"{servers.api_url}/").url
        self._proxies = Proxies.of(crawler)
        self._session = cast("aiohttp.ClientSession", _Sessions(self._session, self._socks_session))
        # Runs that share a login share its rate limit.
        limit, web = RateLimit.of(crawler), WebSession.of(crawler)
        self._api = _Server(self._session_of_api, limit, RateLock(limit.path))
        self._web = _Server(web, web.limit, RateLock(web.limit.path))
        self._ends_of_turns: set[asyncio.Task[None]] = set()
        self._stats = crawler.stats
        self._delay = crawler.settings.getfloat("PIXIV_API_DELAY")
        self._session_of_api.is_stopping = web.is_stopping = lambda: is_closing(crawler)
        self._web_session = web
        self._web_url = Request(f"{servers.web_url}/").url
        self._stall_seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")

    def _socks_session(self, proxy: Proxy) -> aiohttp.ClientSession:
        """A session like that of the base class."""
        return aiohttp.ClientSession(
            connector=proxy.connector(limit=self._pool_size_total, limit_per_host=self._pool_size_per_host),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    def _extract_proxy_url_with_creds(self, request: Request) -> str | None:
        """The proxy that the request itself names, otherwise that of the environment; None if there is none."""
        if "proxy" in request.meta:
            return super()._extract_proxy_url_with_creds(request)
        proxy = self._proxies.find(request.url)
        return proxy.url if proxy else None

    async def download_request(self, request: Request) -> Response:
        if DOWNLOAD_TO in request.meta:
            async with self._session_of_files.request_slot(), self._session_of_files.cancel_on_stop():
                return await super().download_request(request)
        if call := self._signed_call(request):
            return await self._download_in_turn(request, call, self._api)
        if call := web_call(request):
            return await self._download_in_turn(request, call, self._web)
        return await super().download_request(request)

    async def _download_in_turn(self, request: Request, call: ApiCall, server: _Server) -> Response:
        session = server.session
        while True:
            change_delay = CHANGE_FACTOR * self._delay if call.method == "POST" else 0
            await session.wait(self._delay, change_delay)
            async with AsyncExitStack() as turn:
                await turn.enter_async_context(server.lock.acquire(self._delay, session.check))
                # While this request waited for its turn, another one may have been refused.
                if server.limit.join() or session.waiting:
                    continue
                request.meta[TOKEN_GENERATION] = self._session_of_api.generation
                request.meta[HAS_SESSION] = bool(self._web_session.cookie)
                self._stats.inc_value(f"pixiv/requests{call.path}")
                session.is_handled.clear()
                try:
                    return await super().download_request(request)
                finally:
                    end = asyncio.create_task(self._end(turn.pop_all(), session))
                    self._ends_of_turns.add(end)
                    end.add_done_callback(self._ends_of_turns.discard)

    async def _end(self, turn: AsyncExitStack, session: PacedSession) -> None:
        """Ends the turn of a request once its response is handled, because it may mean that no run may send another one."""
        async with turn:
            with suppress(TimeoutError):
                await asyncio.wait_for(session.is_handled.wait(), _HANDLING_SECONDS)

    async def close(self) -> None:
        await asyncio.gather(*self._ends_of_turns)
        await super().close()

    def _signed_call(self, request: Request) -> ApiCall | None:
        """The call of a request to be signed: only those to the configured URL, so that no other server receives the token."""
        return app_call(request) if request.url.startswith(self._api_url) else None

    def _request_headers(self, request: Request) -> Headers:  # type: ignore[override]  # Scrapy's is static
        headers = super()._request_headers(request)
        if self._signed_call(request):
            headers["Authorization"] = f"Bearer {self._session_of_api.access_token}"
        elif web_call(request):
            for name in APP_HEADERS:
                headers.pop(name, None)
            # No other server receives the cookie.
            cookie = self._web_session.cookie if request.url.startswith(self._web_url) else ""
            headers.update(browser_headers(self._web_url, cookie))
        return headers

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[Any]:  # noqa: ASYNC109 - Scrapy's signature
        """Limits the wait for the response headers; the total download time of a file has its own limit."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    response = await stack.enter_async_context(super()._make_request(request, timeout))
            except DownloadConnectionRefusedError as error:
                if isinstance(
                    error.__cause__, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError
                ):
                    # A retry would not help.
                    raise CertificateError(
                        f"the certificate of {urlsplit(request.url).netloc} is not trusted: "
                        "if it is signed by your own authority, set SSL_CERT_FILE"
                    ) from error
                raise
            except TimeoutError as error:
                raise DownloadTimeoutError(
                    f"{request.url} did not respond within {self._stall_seconds:g} seconds"
                ) from error
            yield response

    async def _read_response(self, response: Any, request: Request) -> Response:
        if DOWNLOAD_TO not in request.meta:
            return await super()._read_response(response, request)
        request.meta.pop(RECEIVED, None)  # from an earlier attempt
        if response.status in (200, 206) and request.method != "HEAD":
            await self._receive(response, request, Path(request.meta[DOWNLOAD_TO]))
        # The body of an error response is not read: it may be large or endless.
        headers = self._extract_headers(response)
        headers.pop("Content-Encoding", None)  # there is no body for Scrapy to decompress
        return Response(**self._build_base_response_args(response, request, headers))

    async def _receive(self, response: Any, request: Request, place: Path) -> None:
        """Writes a body chunk by chunk; writes nothing if the response does not continue the partial download."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        if (encoding := headers.get("content-encoding", "").strip().lower()) not in ("", "identity"):
            raise ResponseDataLossError(
                f"{request.url} was sent with the content encoding {encoding!r}, which was not requested"
            )
        size = self._expected_size(headers, request)
        with storage_errors():
            if response.status == 200 and "Range" in request.headers:
                discard(place)
            part = PartialFile.find(place) if response.status == 206 else PartialFile.create(place, headers, size)
            if part is None or (response.status == 206 and not self._is_continued(part, request, headers)):
                return
        await self._write(response, request, part)
        request.meta[RECEIVED] |= {
            "has_length": part.total is not None,
            "last_modified": headers.get("last-modified"),
        }

    @staticmethod
    def _is_continued(part: PartialFile, request: Request, headers: dict[str, str]) -> bool:
        return "Range" in request.headers and part.is_continued_by(headers)

    async def _write(self, response: Any, request: Request, part: PartialFile) -> None:
        is_resumed = response.status == 206
        with (
            await asyncio.to_thread(PartialFileWriter, part, resume=True)
            if is_resumed
            else PartialFileWriter(part) as file
        ):
            await self._copy_body(response, request, file)
        if part.total is not None and file.size != part.total:
            raise ResponseDataLossError(f"{request.url} returned {file.size} of {part.total} bytes")
        request.meta[RECEIVED] = {
            "part": str(part.path),
            "sha256": file.sha256,
            "size": file.size,
            "is_resumed": is_resumed,
        }

    async def _copy_body(self, response: Any, request: Request, file: PartialFileWriter) -> None:
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._stall_seconds) as stall:
                while chunk := await response.content.readany():
                    file.write(chunk)
                    if file.size > self._default_maxsize > 0:
                        self._cancel_maxsize(file.size, self._default_maxsize, request, expected=False)
                    stall.reschedule(now() + self._stall_seconds)
        except TimeoutError as error:
            raise self._stalled(response) from error
        except aiohttp.ClientPayloadError as error:
            raise ResponseDataLossError(f"{request.url} ended early ({error})") from error

    def _stalled(self, response: Any) -> DownloadTimeoutError:
        return DownloadTimeoutError(f"{response.url} stalled for {self._stall_seconds:g} seconds")

    def _expected_size(self, headers: dict[str, str], request: Request) -> int | None:
        length = headers.get("content-length", "")
        size = int(length) if length.isdecimal() else None
        if size is not None and size > self._default_maxsize > 0:
            self._cancel_maxsize(size, self._default_maxsize, request, expected=True)
        return size

    async def _iter_body_chunks(self, response: Any) -> AsyncIterator[bytes]:  # type: ignore[override]  # static too
        """Yields the chunks of any body; raises an error if no chunk arrives in time."""
        chunks = aiter(super()._iter_body_chunks(response))
        while True:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise self._stalled(response) from error
            yield chunk

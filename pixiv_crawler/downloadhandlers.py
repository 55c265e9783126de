"""The last stop before the wire: waits out a pause, signs an API request, and writes the body of a file to disk.

Decided here and not in a middleware, because requests wait in the downloader's queue after the middlewares, and a token
or a pause changes meanwhile. So no token is ever part of a Request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError, ResponseDataLossError
from scrapy.http import Headers, Response

from pixiv_crawler.exceptions import CertificateError
from pixiv_crawler.files.partial import PartialFile, PartialFileWriter, storage_errors
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.rate_lock import RateLock
from pixiv_crawler.http.requests import CALL, DOWNLOAD_TO, RECEIVED, TOKEN_GENERATION
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.token_store import login_file
from pixiv_crawler.run.closing import is_closing


class PixivDownloadHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler, with Pixiv's signature and with bodies that go straight to disk.

    Settings: PIXIV_API_URL, DOWNLOAD_TIMEOUT (seconds for the first answer and between two pieces of a file).
    Stats: pixiv/requests/PATH, every request to the API that is sent.
    """

    # We chose it knowingly: its bodies can be streamed, and it keeps connections.
    experimental = False
    # Opens its connections with the first request: a crawl whose set-up fails has nothing to close.
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session_of_api = ApiSession.of(crawler)
        self._session_of_files = FileSession.of(crawler)
        servers = Servers.of(crawler)
        # As Scrapy writes it: lower case, escaped.
        self._api_url = Request(f"{servers.api_url}/").url
        self._api_path = urlsplit(self._api_url).path.rstrip("/")
        token_file = login_file(servers.refresh_token, servers.token_file)
        # Runs that share a login share its pace.
        self._rate_lock = RateLock(token_file.with_name(f"{token_file.name}.pace"))
        self._stats = crawler.stats
        self._delay = crawler.settings.getfloat("PIXIV_API_DELAY")
        self._session_of_api.is_stopping = lambda: is_closing(crawler)
        self._stall_seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")

    async def download_request(self, request: Request) -> Response:
        if DOWNLOAD_TO in request.meta:
            async with self._session_of_files.request_slot():
                return await self._session_of_files.cancel_on_stop(super().download_request(request))
        if not self._is_signed(request):
            return await super().download_request(request)
        await self._session_of_api.wait(self._delay)
        async with self._rate_lock.acquire(self._delay, self._session_of_api.check):
            request.meta[TOKEN_GENERATION] = self._session_of_api.generation
            self._stats.inc_value(f"pixiv/requests{urlsplit(request.url).path.removeprefix(self._api_path)}")
            return await super().download_request(request)

    def _is_signed(self, request: Request) -> bool:
        """Only calls of the API see the token, and only at the address that was configured."""
        return CALL in request.meta and request.url.startswith(self._api_url)

    def _request_headers(self, request: Request) -> Headers:  # type: ignore[override]  # Scrapy's is static
        headers = super()._request_headers(request)
        if self._is_signed(request):
            headers["Authorization"] = f"Bearer {self._session_of_api.access_token}"
        return headers

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[Any]:  # noqa: ASYNC109 - Scrapy's signature
        """Files may take long as a whole, but not to begin."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    response = await stack.enter_async_context(super()._make_request(request, timeout))
            except DownloadConnectionRefusedError as error:
                if isinstance(
                    error.__cause__, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError
                ):
                    # Asking again would not help.
                    raise CertificateError(
                        f"{urlsplit(request.url).netloc} shows a certificate that is not trusted; "
                        "for an authority of your own set SSL_CERT_FILE"
                    ) from error
                raise
            except TimeoutError as error:
                raise DownloadTimeoutError(
                    f"{request.url} did not answer within {self._stall_seconds:g} seconds"
                ) from error
            yield response

    async def _read_response(self, response: Any, request: Request) -> Response:
        if DOWNLOAD_TO not in request.meta:
            return await super()._read_response(response, request)
        request.meta.pop(RECEIVED, None)  # of an earlier try
        if response.status in (200, 206):
            await self._receive(response, request, Path(request.meta[DOWNLOAD_TO]))
        # An error page in place of a file is not read: it may be large, or never end.
        headers = self._extract_headers(response)
        headers.pop("Content-Encoding", None)  # there is no body for Scrapy to decompress
        return Response(**self._build_base_response_args(response, request, headers))

    async def _receive(self, response: Any, request: Request, place: Path) -> None:
        """Writes a body piece by piece, so that a large file costs no memory; nothing when it is none for the part."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        if (encoding := headers.get("content-encoding", "").strip().lower()) not in ("", "identity"):
            raise ResponseDataLossError(f"{request.url} came compressed as {encoding!r}, which was not requested")
        size = self._expected_size(headers, request)
        with storage_errors():
            part = PartialFile.find(place) if response.status == 206 else PartialFile.create(place, headers, size)
            if part is None or (response.status == 206 and not self._is_continued(part, request, headers)):
                return
        await self._write(response, request, part)

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
            async for piece in self._whole_pieces(response, request):
                file.write(piece)
                if file.size > self._default_maxsize > 0:
                    self._cancel_maxsize(file.size, self._default_maxsize, request, expected=False)
        if part.total is not None and file.size != part.total:
            raise ResponseDataLossError(f"{request.url} came with {file.size} of {part.total} bytes")
        request.meta[RECEIVED] = {
            "part": str(part.path),
            "sha256": file.sha256,
            "size": file.size,
            "is_resumed": is_resumed,
        }

    def _expected_size(self, headers: dict[str, str], request: Request) -> int | None:
        length = headers.get("content-length", "")
        size = int(length) if length.isdecimal() else None
        if size is not None and size > self._default_maxsize > 0:
            self._cancel_maxsize(size, self._default_maxsize, request, expected=True)
        return size

    async def _iter_body_chunks(self, response: Any) -> AsyncIterator[bytes]:  # type: ignore[override]  # static too
        """Any body, of the API and of errors too, given up when nothing comes."""
        pieces = aiter(super()._iter_body_chunks(response))
        while True:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise DownloadTimeoutError(f"{response.url} stalled for {self._stall_seconds:g} seconds") from error
            yield piece

    async def _whole_pieces(self, response: Any, request: Request) -> AsyncIterator[bytes]:
        try:
            async for piece in self._iter_body_chunks(response):
                yield piece
        except Exception as error:
            if self._is_dataloss_exception(error):
                raise ResponseDataLossError(f"{request.url} ended early ({error})") from error
            raise

"""The last stop before the wire: waits out a pause, signs an API request, and writes the body of a file to disk.

Decided here and not in a middleware, because requests wait in the downloader's queue after the middlewares, and a token
or a pause changes meanwhile. So no token is ever part of a Request.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError, ResponseDataLossError
from scrapy.http import Headers, Response

from pixiv_crawler.apisession import ApiSession
from pixiv_crawler.exceptions import CertificateError, FileError
from pixiv_crawler.media import problem_of
from pixiv_crawler.requests import CALL, DOWNLOAD_TO, RECEIVED, TOKEN_GENERATION


class PixivDownloadHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler, with Pixiv's signature and with bodies that go straight to disk.

    Settings: PIXIV_API_URL, DOWNLOAD_TIMEOUT (seconds for the first answer and between two pieces of a file).
    """

    # We chose it knowingly: its bodies can be streamed, and it keeps connections.
    experimental = False
    # Opens its connections with the first request: a crawl whose set-up fails has nothing to close.
    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session_of_api = ApiSession.of(crawler)
        # As Scrapy writes it: lower case, escaped.
        self._api_url = Request(f"{crawler.settings['PIXIV_API_URL']}/").url
        self._delay = crawler.settings.getfloat("PIXIV_API_DELAY")
        self._session_of_api.is_stopping = lambda: not crawler.crawling
        self._stall_seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")

    async def download_request(self, request: Request) -> Response:
        if self._is_signed(request):
            await self._session_of_api.wait(self._delay)
            request.meta[TOKEN_GENERATION] = self._session_of_api.generation
        return await super().download_request(request)

    def _is_signed(self, request: Request) -> bool:
        """Only calls of the API see the token, and only at the address that was configured."""
        return CALL in request.meta and request.url.startswith(self._api_url)

    def _request_headers(self, request: Request) -> Headers:  # type: ignore[override]
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
        target = request.meta.get(DOWNLOAD_TO)
        request.meta.pop(RECEIVED, None)  # of an earlier try
        if target is not None and response.status != 200:
            # An error page in place of a file is not read: it may be large, or never end.
            return Response(**self._build_base_response_args(response, request, self._extract_headers(response)))
        if target is None or response.headers.get("Content-Encoding", "identity").lower() != "identity":
            return await super()._read_response(response, request)
        size = self._expected_size(response, request)
        part = Path(target)
        try:
            await asyncio.to_thread(part.parent.mkdir, parents=True, exist_ok=True)
            request.meta[RECEIVED] = await self._receive(response, request, part)
        except OSError as error:
            if isinstance(error, aiohttp.ClientError | ConnectionError | TimeoutError):
                raise
            # Of our own disk: asking Pixiv again would not help.
            raise FileError(f"the file could not be stored ({error.strerror})") from error
        if (problem := await asyncio.to_thread(problem_of, part)) is not None:
            # Raised as data loss, so that it is repeated like any other broken answer.
            raise ResponseDataLossError(f"{request.url} {problem}")
        self._check_size(size, request)
        headers = self._extract_headers(response)
        return Response(**self._build_base_response_args(response, request, headers))

    def _expected_size(self, response: Any, request: Request) -> int | None:
        length = response.headers.get("Content-Length")
        size = int(length) if length is not None and length.isdecimal() else None
        if size is not None and size > self._default_maxsize > 0:
            self._cancel_maxsize(size, self._default_maxsize, request, expected=True)
        return size

    @staticmethod
    def _check_size(expected: int | None, request: Request) -> None:
        received = request.meta[RECEIVED]["size"]
        if expected is not None and received != expected:
            raise ResponseDataLossError(f"{request.url} came with {received} of {expected} bytes")

    async def _receive(self, response: Any, request: Request, part: Path) -> dict[str, Any]:
        """Writes a body piece by piece, so that a large file costs no memory."""
        digest = hashlib.sha256()
        size = 0
        with part.open("wb") as file:
            async for piece in self._whole_pieces(response, request):
                size += self._write(file, digest, piece)
                if size > self._default_maxsize > 0:
                    self._cancel_maxsize(size, self._default_maxsize, request, expected=False)
        return {"sha256": digest.hexdigest(), "size": size}

    @staticmethod
    def _write(file: IO[bytes], digest: Any, piece: bytes) -> int:
        digest.update(piece)
        return file.write(piece)

    async def _iter_body_chunks(self, response: Any) -> AsyncIterator[bytes]:  # type: ignore[override]
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

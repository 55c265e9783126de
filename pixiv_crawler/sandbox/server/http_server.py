"""An HTTP server on loopback, in a thread with its own event loop, around a function from request to response."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread

from aiohttp import web

from ..errors import SandboxError
from ..messages import Delivery, Request, Response

HOST = "127.0.0.1"
# Pending requests are aborted when the server stops: a slow response must not delay the end of a test.
_SHUTDOWN_SECONDS = 0.1
# Large enough for the application itself to reject a URL as too long, as Pixiv's front server would.
_LONGEST_LINE = 65_536

Handler = Callable[[Request], Awaitable[Response]]


class Server:
    """Listens from its creation until `stop`."""

    def __init__(self, port: int, handler: Handler) -> None:
        self._handler = handler
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(started)), name="sandbox", daemon=True)
        self._thread.start()
        self._loop, self._stopping = started.result()

    def stop(self) -> None:
        """Closes all connections and ends the thread. A second call does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    async def _serve(self, started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
        server = web.Server(self._handle, access_log=None, max_line_size=_LONGEST_LINE, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        await web.SockSite(runner, self._socket).start()
        stopping = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), stopping))
        await stopping.wait()
        await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read() if request.can_read_body else b""
        call = Request(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body.decode("utf-8", "replace"),
            port=self.port,
            target=request.raw_path,
        )
        return await _deliver(request, await self._handler(call))


def _listen(port: int) -> socket.socket:
    if not 0 <= port <= 65_535:
        raise SandboxError(f"{port} is not a valid port: use a number from 1 to 65535, or 0 for a free one.")
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        message = f"The sandbox cannot listen on {HOST}:{port} ({error}): use another port, or 0 for a free one."
        raise SandboxError(message) from error


async def _deliver(request: web.BaseRequest, delivered: Response) -> web.StreamResponse:
    headers = {"Content-Type": delivered.content_type, **delivered.headers}
    if delivered.delivery is Delivery.WHOLE:
        return web.Response(status=delivered.status, body=delivered.body, headers=headers)
    if delivered.delivery is Delivery.NOTHING:
        _close(request)
        return web.Response()
    response = web.StreamResponse(status=delivered.status, headers=headers)
    response.content_length = len(delivered.body)
    await response.prepare(request)
    await response.write(delivered.body[: _delivered_bytes(delivered)])
    await asyncio.sleep(delivered.stall_seconds)
    _close(request)
    return response


def _delivered_bytes(delivered: Response) -> int:
    return delivered.part_bytes if delivered.delivery is Delivery.PART else len(delivered.body) // 2


def _close(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.close()

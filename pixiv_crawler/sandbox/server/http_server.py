"""A real HTTP server on loopback, in a thread with its own event loop, around a function from call to answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread

from aiohttp import web

from ..errors import SandboxError
from ..messages import Answer, Call, Delivery

HOST = "127.0.0.1"
# Requests still under way when the server stops are cut off: a slow answer must not delay the end of a test.
_SHUTDOWN_SECONDS = 0.1
# Enough for the site to say itself, as Pixiv's front server would, that an address is too long.
_LONGEST_LINE = 65_536

Handler = Callable[[Call], Awaitable[Answer]]


class Server:
    """Listens from the moment it is made until `stop`."""

    def __init__(self, port: int, handler: Handler) -> None:
        self._handler = handler
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(started)), name="sandbox", daemon=True)
        self._thread.start()
        self._loop, self._stopping = started.result()

    def stop(self) -> None:
        """Close every connection and end the thread. A second call does nothing."""
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
        call = Call(
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
        raise SandboxError(f"The sandbox cannot listen on port {port}; choose one up to 65535, or 0 for a free one.")
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        message = f"The sandbox cannot listen on {HOST}:{port} ({error}); choose another port, or 0 for a free one."
        raise SandboxError(message) from error


async def _deliver(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if answer.delivery is Delivery.WHOLE:
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    if answer.delivery is Delivery.NOTHING:
        _close(request)
        return web.Response()
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: _delivered_bytes(answer)])
    await asyncio.sleep(answer.stall_seconds)
    _close(request)
    return response


def _delivered_bytes(answer: Answer) -> int:
    return answer.part_bytes if answer.delivery is Delivery.PART else len(answer.body) // 2


def _close(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.close()

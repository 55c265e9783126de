"""Proxies on loopback: SOCKS4, SOCKS4a and SOCKS5, and HTTP with CONNECT."""

from __future__ import annotations

import asyncio
import base64
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Thread
from typing import Self


class ProxyServer:
    """Connects every client to the port `target` of this machine, whatever host it asks for.

    With `login`, a client must send this user name and password.
    """

    def __init__(self, target: int, login: tuple[str, str] | None = None) -> None:
        self.hosts: list[str] = []
        """The host of each connection, as the client named it: a name or an IP address."""
        self.users: set[str] = set()
        self.bytes_down = 0
        """Bytes sent to clients."""
        self._target = target
        self._login = login
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop
        ).result()
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error: object) -> None:
        async def stop() -> None:
            self._server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, client: StreamReader, answers: StreamWriter) -> None:
        handlers: dict[int, Callable[..., Awaitable[bytes | None]]] = {4: self._socks4, 5: self._socks5}
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                version = await client.readexactly(1)
                first = await handlers.get(version[0], self._http)(client, answers, version)
                if first is not None:
                    await self._relay(client, answers, first)
        finally:
            answers.close()

    async def _socks4(self, client: StreamReader, answers: StreamWriter, _version: bytes) -> bytes:
        _, _, *address = struct.unpack("!BH4B", await client.readexactly(7))
        self.users.add((await client.readuntil(b"\0"))[:-1].decode())
        is_named = address[:3] == [0, 0, 0]
        name = (await client.readuntil(b"\0"))[:-1].decode() if is_named else ".".join(map(str, address))
        self.hosts.append(name)
        answers.write(b"\0\x5a" + bytes(6))
        return b""

    async def _socks5(self, client: StreamReader, answers: StreamWriter, _version: bytes) -> bytes | None:
        await client.readexactly((await client.readexactly(1))[0])
        answers.write(b"\5\2" if self._login else b"\5\0")
        if self._login:
            await client.readexactly(1)
            login = [(await client.readexactly((await client.readexactly(1))[0])).decode() for _ in range(2)]
            is_right = tuple(login) == self._login
            answers.write(b"\1\0" if is_right else b"\1\1")
            if not is_right:
                return None
            self.users.add(login[0])
        _, _, _, kind = await client.readexactly(4)
        if kind == 3:
            self.hosts.append((await client.readexactly((await client.readexactly(1))[0])).decode())
        else:
            self.hosts.append(".".join(map(str, await client.readexactly(4))))
        await client.readexactly(2)
        answers.write(b"\5\0\0\1" + bytes(6))
        return b""

    async def _http(self, client: StreamReader, answers: StreamWriter, first: bytes) -> bytes | None:
        head = first + await client.readuntil(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        given = [one.partition(": ")[2] for one in headers if one.lower().startswith("proxy-authorization:")]
        if self._login:
            wanted = "Basic " + base64.b64encode(":".join(self._login).encode()).decode()
            if given != [wanted]:
                answers.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return None
            self.users.add(self._login[0])
        method, url, _ = line.split(" ")
        self.hosts.append(url.partition("://")[2].partition("/")[0] or url)
        if method == "CONNECT":
            answers.write(b"HTTP/1.1 200 OK\r\n\r\n")
            return b""
        return head

    async def _relay(self, client: StreamReader, answers: StreamWriter, first: bytes) -> None:
        server, requests = await asyncio.open_connection("127.0.0.1", self._target)
        requests.write(first)

        async def down() -> None:
            while data := await server.read(65536):
                self.bytes_down += len(data)
                answers.write(data)
                await answers.drain()
            answers.close()

        downwards = asyncio.create_task(down())
        try:
            while data := await client.read(65536):
                requests.write(data)
                await requests.drain()
        finally:
            requests.close()
            downwards.cancel()

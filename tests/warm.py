"""Starts `scrapy` out of a process that has imported all that a crawl needs, which takes longer than most crawls do.

What starts is a process like any other, with arguments, an environment, a folder, a umask and streams of its own; the
project's settings it reads itself. Linux only, for it alone lets a process adopt the children of its children.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

# None of these makes a thread, a loop or a reactor.
MODULES = (
    *("aiohttp.web", "filelock", "itemadapter", "msgspec.json", "platformdirs", "pydantic.types", "pydantic.plugin._loader"),
    *("PIL.GifImagePlugin", "PIL.ImageDraw", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.MpoImagePlugin", "PIL.WebPImagePlugin"),
    *("concurrent.futures.process", "concurrent.futures.thread", "rich.live", "rich.logging", "rich.progress"),
    *(f"scrapy.core.downloader.handlers.{name}" for name in ("_aiohttp", "datauri", "file", "ftp", "http11", "s3")),
    *(f"scrapy.extensions.{name}" for name in ("closespider", "corestats", "feedexport", "logcount", "logstats", "memdebug")),
    *(f"scrapy.extensions.{name}" for name in ("memusage", "remote_control", "spiderstate", "telnet", "throttle")),
    *("scrapy.pipelines.files", "scrapy.cmdline", "scrapy.dupefilters", "scrapy.exporters", "scrapy.logformatter", "scrapy.pqueues", "scrapy.resolver"),
    *("scrapy.shell", "scrapy.squeues", "scrapy.statscollectors", "twisted.web.client"),
)  # fmt: skip
PACKAGES = ("pixiv_crawler", "scrapy.commands", "scrapy.downloadermiddlewares", "scrapy.spidermiddlewares")
"""A crawl imports nearly all of these."""
OWN = ("pixiv_crawler.settings", "__main__")
"""Names end so that are left to the process itself: settings look at its environment, and a program would run."""
OTHERS = ("pixiv_crawler.outputs.tables", "pixiv_crawler.commands.tables")
"""What no crawl imports; DuckDB complains when a process ends that got it from another."""
_PR_SET_CHILD_SUBREAPER = 36
_lock = threading.Lock()


class WarmPopen(subprocess.Popen[str]):
    """`python -m scrapy` by another way: the arguments are the words of the command, all three streams are pipes."""

    def _execute_child(
        self, args: Any, executable: Any, preexec: Any, close: Any, keep: Any, cwd: Any, env: Any, *rest: Any
    ) -> None:
        """Called by `Popen` where it would fork; sets `pid`."""
        stdin, _, _, stdout, _, stderr = rest[3:9]  # the ends of pipes that are for the child
        order = json.dumps({"words": args, "folder": str(cwd), "env": env, "umask": _umask()}).encode()
        with _lock:
            home = _home()
            socket.send_fds(home, [order], [stdin, stdout, stderr])
            self.pid = int(home.recv(100))
            home.recv(100)  # from here on it is our child
        self._child_created = True
        for stream in (stdin, stdout, stderr):
            os.close(stream)


def _umask() -> int:
    """That of this process; there is no way to look at it but to change it."""
    os.umask(mask := os.umask(0o077))
    return mask


@functools.cache
def _home() -> socket.socket:
    """The way to the process that makes others."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    with theirs:
        words = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _serve(orders: socket.socket) -> None:
    """Makes a process for each order, and returns in that process only."""
    while True:
        order, streams, _, _ = socket.recv_fds(orders, 1 << 20, 3)
        if not order:
            sys.exit()
        if os.fork() == 0:
            if pid := os.fork():
                orders.send(str(pid).encode())
                os._exit(0)  # makes an orphan of it, which the tests' process adopts
            orders.close()
            _become(json.loads(order), streams)
            return
        os.wait()
        orders.send(b"adopted")
        for stream in streams:
            os.close(stream)


def _become(order: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    os.umask(order["umask"])
    sys.argv = ["scrapy", *order["words"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _modules(package: str) -> Iterator[str]:
    """The modules of a package and of the packages in it."""
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        if not module.name.endswith(OWN) and module.name not in OTHERS:
            yield module.name
            if module.ispkg:
                yield from _modules(module.name)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at a terminal it is meant for the tests
    for name in (*MODULES, *(name for package in PACKAGES for name in _modules(package))):
        import_module(name)
    assert threading.active_count() == 1
    assert "twisted.internet.reactor" not in sys.modules
    gc.freeze()  # a collection would copy the memory that is shared
    _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.modules["scrapy.cmdline"].execute()


if __name__ == "__main__":
    main()

"""Generates animations without blocking the crawl, each in a process of its own, which releases all its memory."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation import AnimationError, temporary_path

# The program is started without multiprocessing, which would run the main module again. The worker ignores the signals
# with which a service manager stops the crawl and its children: it ends with the crawl, or the crawl kills it.
_PROGRAM = """
import signal
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
from pixiv_crawler.media.animation.worker import main
main()
"""


class AnimationGenerator:
    """Generates animations, by default one at a time; belongs to one event loop."""

    def __init__(self, workers: int = 1) -> None:
        self._free = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers, "animations")
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    async def generate(self, zip_path: Path, frames: Sequence[Frame], kind: str, target: Path) -> str | None:
        """Does the same as `generate_animation` without blocking the event loop; cancelling it ends the work.

        Raises:
            AnimationError: it cannot be generated from these frames, or its process ended.
            OSError: the ZIP does not exist, or the disk failed.
            StoppedError: `close` was called meanwhile.
        """
        job = json.dumps([str(zip_path), [[frame.file, frame.delay] for frame in frames], kind, str(target)])
        async with self._free:
            self._check()
            process = _start(kind)
            self._processes.add(process)
            loop = asyncio.get_running_loop()
            try:
                result = await loop.run_in_executor(self._threads, _result, process, job.encode() + b"\n", target)
            finally:
                process.kill()
                self._processes.discard(process)
        if result is None:
            self._check()
            raise AnimationError(f"the animation could not be generated as {kind}: its process ended {_how(process)}")
        _raise(result)
        problem: str | None = result["problem"]
        return problem

    def close(self) -> None:
        """Ends the work in progress and refuses new work."""
        self._is_closed = True
        for process in self._processes:
            process.kill()
        self._threads.shutdown(wait=False)

    def _check(self) -> None:
        if self._is_closed:
            raise StoppedError("the crawl is being stopped")


def _start(kind: str) -> subprocess.Popen[bytes]:
    paths = [path or str(Path.cwd()) for path in sys.path]
    try:
        return subprocess.Popen(  # noqa: S603 - the program is our own
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # so that Ctrl-C in a terminal does not reach it
        )
    except OSError as error:
        raise AnimationError(
            f"the animation could not be generated as {kind}: no process could be started ({error})"
        ) from error


def _result(process: subprocess.Popen[bytes], job: bytes, target: Path) -> dict[str, Any] | None:
    """The result of a worker; None if it was killed or failed.

    Its standard input stays open until then: its end tells the worker that the crawl has ended.
    """
    result = b""
    with suppress(OSError), process:  # the process may have ended already
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(job)
        process.stdin.flush()
        result = process.stdout.read()
    if result and process.returncode == 0:
        decoded: dict[str, Any] = json.loads(result)
        return decoded
    with suppress(OSError):
        temporary_path(target).unlink(missing_ok=True)
    return None


def _raise(result: dict[str, Any]) -> None:
    if "errno" in result:
        raise OSError(result["errno"], result["strerror"])
    if "error" in result:
        raise AnimationError(result["error"])


def _how(process: subprocess.Popen[bytes]) -> str:
    if (status := process.returncode) >= 0:
        return f"with status {status}"
    name = signal.Signals(-status).name
    return f"by {name}, perhaps because memory ran out" if -status == signal.SIGKILL else f"by {name}"

"""Makes animations beside the crawl, each in a process of its own, which gives all its memory back."""

from __future__ import annotations

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
from pixiv_crawler.media.animation import AnimationError, part_of

# Not by multiprocessing, which runs the program's main module once more. Signals by which a service manager stops the
# crawl and all it started are none of the worker's business: it ends with the crawl, or is ended by it.
_PROGRAM = """
import signal
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
from pixiv_crawler.media.animation.worker import main
main()
"""


class Workshop:
    """Makes some animations at once, one unless told otherwise; of one event loop."""

    def __init__(self, workers: int = 1) -> None:
        self._free = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers, "animations")
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    async def make(self, zip_path: Path, frames: Sequence[Frame], kind: str, target: Path) -> None:
        """As `make_animation`, without holding up the event loop; when cancelled, the work ends.

        Raises:
            AnimationError: it cannot be made of these frames, or its process ended.
            OSError: the ZIP is not there, or the disk failed.
            StoppedError: `close` was called before it was made.
        """
        job = json.dumps([str(zip_path), [[frame.file, frame.delay] for frame in frames], kind, str(target)])
        async with self._free:
            self._check()
            process = _started(kind)
            self._processes.add(process)
            loop = asyncio.get_running_loop()
            try:
                answer = await loop.run_in_executor(self._threads, _answer, process, job.encode() + b"\n", target)
            finally:
                process.kill()
                self._processes.discard(process)
        if answer is None:
            self._check()
            raise AnimationError(f"the animation could not be made as {kind}: its process ended {_how(process)}")
        _raise(answer)

    def close(self) -> None:
        """Ends the work under way, and lets none begin."""
        self._is_closed = True
        for process in self._processes:
            process.kill()
        self._threads.shutdown(wait=False)

    def _check(self) -> None:
        if self._is_closed:
            raise StoppedError("the crawl is being stopped")


def _started(kind: str) -> subprocess.Popen[bytes]:
    paths = [path or str(Path.cwd()) for path in sys.path]
    try:
        return subprocess.Popen(  # noqa: S603 - the program is our own
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
        )
    except OSError as error:
        raise AnimationError(
            f"the animation could not be made as {kind}: no process could be started ({error})"
        ) from error


def _answer(process: subprocess.Popen[bytes], job: bytes, target: Path) -> dict[str, Any] | None:
    """What a worker has to say at its end; None when it was ended.

    Its input stays open so long: at the end of that it knows that the crawl is gone.
    """
    answer = b""
    with suppress(OSError), process:  # a process that is gone takes no job
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(job)
        process.stdin.flush()
        answer = process.stdout.read()
    if answer and process.returncode == 0:
        told: dict[str, Any] = json.loads(answer)
        return told
    with suppress(OSError):
        part_of(target).unlink(missing_ok=True)
    return None


def _raise(answer: dict[str, Any]) -> None:
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"])
    if "error" in answer:
        raise AnimationError(answer["error"])


def _how(process: subprocess.Popen[bytes]) -> str:
    if (status := process.returncode) >= 0:
        return f"with status {status}"
    name = signal.Signals(-status).name
    return f"by {name}, perhaps for want of memory" if -status == signal.SIGKILL else f"by {name}"

"""Runs `scrapy` in a pseudo-terminal and returns what a user would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import pyte

from tests.crawling import PROJECT, crawl_environment

ROWS = 40


class Terminal:
    """A terminal with one running scrapy command."""

    def __init__(self, words: list[str], env: dict[str, str], *, columns: int = 200) -> None:
        self._screen = pyte.HistoryScreen(columns, ROWS, history=100_000, ratio=1)
        self._stream = pyte.ByteStream(self._screen)
        self.output = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        unwanted = ("NO_COLOR", "FORCE_COLOR", "TTY_", "COLUMNS", "LINES")
        clean = {name: value for name, value in crawl_environment().items() if not name.startswith(unwanted)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", *words],
            cwd=PROJECT,
            env=clean | {"TERM": "xterm-256color"} | env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def read_until(self, is_shown: Callable[[], bool], seconds: float = 60) -> None:
        """Reads until the condition is true; fails if the process ends before."""
        deadline = time.monotonic() + seconds
        while not is_shown():
            assert time.monotonic() < deadline, f"not shown within {seconds} seconds:\n{self.text[-3000:]}"
            if select.select([self._master], [], [], 0.1)[0] and not self._read():
                assert is_shown(), f"not shown before the end:\n{self.text[-3000:]}"

    def run(self) -> int:
        """Reads until the process ends; returns its exit status."""
        while self._read():
            pass
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        try:
            # In small pieces, so that text which is only shown for a moment is not missed.
            data = os.read(self._master, 200)
        except OSError:  # on Linux, the other side is closed
            return False
        self.output += data
        self._stream.feed(data)
        return bool(data)

    @property
    def text(self) -> str:
        """The scrollback and the screen as rows of full width, joined, so that wrapped lines are contiguous."""
        columns = range(self._screen.columns)
        rows = [*self._screen.history.top, *(self._screen.buffer[row] for row in range(ROWS))]
        return "".join(row[column].data for row in rows for column in columns)

    @property
    def screen(self) -> str:
        """The current screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def shows_cursor(self) -> bool:
        """Whether the cursor is visible."""
        return not self._screen.cursor.hidden

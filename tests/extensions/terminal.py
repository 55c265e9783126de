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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from types import TracebackType
from typing import Self, TextIO

import pyte

from tests.in_process import PROJECT, crawl_environment, scrapy_with_streams

ROWS = 40
TERM = {"TERM": "xterm-256color"}


class Screen:
    """What a terminal shows."""

    def __init__(self, columns: int) -> None:
        self._screen = pyte.HistoryScreen(columns, ROWS, history=100_000, ratio=1)
        self._stream = pyte.ByteStream(self._screen)
        self.output = b""
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))

    def feed(self, data: bytes) -> None:
        """Shows what was written to the terminal."""
        self.output += data
        self._stream.feed(data)

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


class FinishedTerminal(Screen):
    """A terminal on which a scrapy command has run in this process."""

    def __init__(self, words: list[str], env: dict[str, str], *, columns: int = 200) -> None:
        super().__init__(columns)
        written: list[bytes] = []
        reader = Thread(target=lambda: written.extend(_written_to(self._master)))
        reader.start()
        with _standard_streams(self._slave) as streams:
            self.status = scrapy_with_streams(*streams, words, TERM | env)
        reader.join()
        os.close(self._master)
        self.feed(b"".join(written))


class Terminal(Screen):
    """A terminal with one running scrapy command, in a process of its own."""

    def __init__(self, words: list[str], env: dict[str, str], *, columns: int = 200) -> None:
        super().__init__(columns)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", *words],
            cwd=PROJECT,
            env=crawl_environment() | TERM | env,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
        )
        os.close(self._slave)

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
        self.feed(data)
        return bool(data)


@contextmanager
def _standard_streams(slave: int) -> Iterator[tuple[TextIO, TextIO, TextIO]]:
    """Makes a terminal the standard input, output and error of this process, where rich looks for its size."""
    before = [os.dup(number) for number in range(3)]
    try:
        for number in range(3):
            os.dup2(slave, number)
        os.close(slave)
        with (
            open(0, encoding="utf-8", closefd=False) as stdin,
            open(1, "w", encoding="utf-8", closefd=False) as stdout,
            open(2, "w", encoding="utf-8", closefd=False) as stderr,
        ):
            yield stdin, stdout, stderr
    finally:
        for number, original in enumerate(before):
            os.dup2(original, number)
            os.close(original)


def _written_to(master: int) -> Iterator[bytes]:
    """What is written to a terminal until its other side is closed."""
    with suppress(OSError):  # raised by Linux when it is closed
        while data := os.read(master, 65536):
            yield data

"""Runs a command of `scrapy` in this process: the same command, without the second that a new process needs for imports.

The crawl runs in an asyncio event loop without Twisted's reactor, because a reactor cannot be started twice.
Everything else that the command changes in the process is restored when it ends.
"""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TextIO

from scrapy import cmdline
from scrapy.utils import versions
from twisted.python.log import removeObserver, theLogPublisher

PROJECT = Path(__file__).parent.parent
# What is installed does not change meanwhile; Scrapy reads it from the disk for each command.
cmdline.entry_points = cache(cmdline.entry_points)
versions.version = cache(versions.version)


def scrapy_in_process(
    *words: str | Path, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs a command in the project's folder, without the caller's Pixiv settings."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    stdout, stderr = _Stream(), _Stream()
    status = scrapy_with_streams(given, stdout, stderr, words, env or {})
    return subprocess.CompletedProcess(["scrapy", *map(str, words)], status, stdout.text, stderr.text)


def scrapy_with_streams(
    stdin: TextIO, stdout: TextIO, stderr: TextIO, words: Sequence[str | Path], env: dict[str, str]
) -> int:
    """The same with these streams; returns the exit status."""
    with ExitStack() as stack:
        stack.enter_context(_environment(crawl_environment() | env))
        stack.enter_context(chdir(PROJECT))
        stack.enter_context(_command_line(["scrapy", *map(str, words)], stdin))
        stack.enter_context(_logging())
        stack.enter_context(_signal_handlers())
        stack.enter_context(redirect_stdout(stdout))
        stack.enter_context(redirect_stderr(stderr))
        return _status()


def clean_environment() -> dict[str, str]:
    """The environment without the variables that configure this project, Scrapy or the output on a terminal."""
    unwanted = ("PIXIV_", "SCRAPY_", "NO_COLOR", "FORCE_COLOR", "TTY_", "COLUMNS", "LINES")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def crawl_environment() -> dict[str, str]:
    """The same, without trusted authorities: OpenSSL needs 50 ms to read those of the system, a quarter of a short crawl."""
    return clean_environment() | {"SSL_CERT_FILE": os.devnull}


class _Stream(io.TextIOWrapper):
    """An output stream in UTF-8 that records what was written."""

    def __init__(self) -> None:
        self._written = io.BytesIO()
        super().__init__(self._written, encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        return self._written.getvalue().decode("utf-8")


def _status() -> int:
    """The exit status of the command in `sys.argv`."""
    # The settings module reads some settings from the environment when it is imported.
    sys.modules.pop("pixiv_crawler.settings", None)
    try:
        cmdline.execute()
    except SystemExit as end:
        return int(end.code or 0)
    except Exception as error:  # noqa: BLE001 - Python would print it and exit
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    raise AssertionError("scrapy must end with an exit status")


@contextmanager
def _environment(env: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _command_line(words: list[str], stdin: TextIO) -> Iterator[None]:
    before = sys.argv, sys.stdin
    # Commands without a reactor ignore this setting.
    sys.argv, sys.stdin = [*words[:2], "-s", "TWISTED_REACTOR_ENABLED=False", *words[2:]], stdin
    try:
        yield
    finally:
        sys.argv, sys.stdin = before


@contextmanager
def _logging() -> Iterator[None]:
    """Lets the command configure logging, warnings and unhandled errors; restores them afterwards."""
    handlers, level, factory = logging.root.handlers[:], logging.root.level, logging.getLogRecordFactory()
    observers, excepthook = list(theLogPublisher.observers), sys.excepthook
    logging.root.handlers.clear()
    sys.excepthook = sys.__excepthook__
    try:
        with warnings.catch_warnings():
            yield
            logging.captureWarnings(False)
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        logging.setLogRecordFactory(factory)
        sys.excepthook = excepthook
        for observer in set(theLogPublisher.observers) - set(observers):
            removeObserver(observer)


@contextmanager
def _signal_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

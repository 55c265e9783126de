"""Which terminals get a live display."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from rich.console import Console
from rich.file_proxy import FileProxy

from pixiv_crawler.console.live_display import live_display


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """The slave side of a pseudo-terminal."""
    for name in ("TTY_COMPATIBLE", "TTY_INTERACTIVE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    master, slave = os.openpty()
    with open(slave, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a file descriptor has no path
        yield stream
    os.close(master)


def has_display(handler: logging.Handler | None) -> bool:
    return live_display(handler, lambda: "") is not None


def test_a_log_to_a_terminal_has_a_display(terminal: TextIO) -> None:
    assert has_display(logging.StreamHandler(terminal))


def test_a_terminal_without_a_log_has_a_display(terminal: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    assert has_display(logging.NullHandler())


def test_a_log_to_a_file_has_no_display(terminal: TextIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal)
    assert not has_display(None)
    file = logging.FileHandler(tmp_path / "log", delay=True)
    assert not has_display(file)
    file.close()
    with (tmp_path / "log").open("w") as stream:
        assert not has_display(logging.StreamHandler(stream))


def test_a_log_file_that_is_a_terminal_has_no_display(terminal: TextIO) -> None:
    """LOG_FILE may name a terminal, but it is still a log."""
    file = logging.FileHandler(os.ttyname(terminal.fileno()))
    assert not has_display(file)
    file.close()


def test_a_terminal_has_at_most_one_display(terminal: TextIO) -> None:
    proxy = FileProxy(Console(file=terminal), terminal)
    assert not has_display(logging.StreamHandler(proxy))


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("TERM", "unknown"), ("TTY_COMPATIBLE", "0")])
def test_a_terminal_that_cannot_move_its_cursor_has_no_display(
    terminal: TextIO, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert not has_display(logging.StreamHandler(terminal))

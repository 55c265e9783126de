"""A live display at the foot of a terminal, above which log lines go on."""

from __future__ import annotations

import atexit
import io
import logging
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console, RenderableType
from rich.file_proxy import FileProxy
from rich.live import Live


class LiveDisplay:
    """Lines at the foot of a terminal, drawn anew by `refresh`.

    As long as it stands, what `handler` logs goes through it: written past it, a line would land amid the display.
    """

    def __init__(self, console: Console, handler: logging.Handler, render: Callable[[], RenderableType]) -> None:
        self._handler = handler if isinstance(handler, logging.StreamHandler) else None
        self._above = _AboveDisplay(console)
        self._live = Live(
            console=console,
            get_renderable=render,
            auto_refresh=False,  # drawn by whoever owns the figures, so no thread reads them meanwhile
            redirect_stdout=_is_terminal(sys.stdout),
        )

    def start(self) -> None:
        """Shows the display, and hides the cursor."""
        self._live.start(refresh=True)
        if self._handler:
            self._before = self._handler.setStream(self._above)
        # A second Ctrl-C ends the process without another word; the cursor must come back all the same.
        atexit.register(self.stop)

    def refresh(self) -> None:
        """Draws it anew."""
        self._live.refresh()

    def stop(self) -> None:
        """Leaves the last figures on the terminal, and the terminal as it was before."""
        self._live.stop()
        if self._handler:
            self._handler.setStream(self._before)
        atexit.unregister(self.stop)


def live_display(handler: logging.Handler | None, render: Callable[[], RenderableType]) -> LiveDisplay | None:
    """A display for a process that logs by `handler`; None unless that is a terminal which can show one.

    A process that logs nothing (NullHandler) may have one on its standard error. One that logs elsewhere, to a file or
    by handlers of its own, has none; and where there is one already, a second would write over it.
    """
    stream: Any = getattr(handler, "stream", sys.stderr if isinstance(handler, logging.NullHandler) else None)
    if isinstance(handler, logging.FileHandler) or isinstance(stream, FileProxy) or not _is_terminal(stream):
        return None
    assert handler is not None
    console = Console(file=stream)
    return LiveDisplay(console, handler, render) if console.is_interactive else None


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", bool)())


class _AboveDisplay(io.TextIOBase):
    """Where a log handler writes while a display stands: each line as it is, not wrapped and not coloured."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> int:
        self._console.out(text, end="", highlight=False)
        return len(text)

"""A live display at the bottom of a terminal, below the log lines."""

from __future__ import annotations

import atexit
import io
import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pixiv_crawler.console.terminal import is_terminal

if TYPE_CHECKING:  # only a crawl on a terminal imports rich
    from rich.console import Console, RenderableType


class LiveDisplay:
    """Lines at the bottom of a terminal, redrawn by `refresh`.

    While it is shown, the output of `handler` passes through it; otherwise log lines would overwrite the display.
    """

    def __init__(self, console: Console, handler: logging.Handler, render: Callable[[], RenderableType]) -> None:
        from rich.live import Live

        self._handler = handler if isinstance(handler, logging.StreamHandler) else None
        self._above = _AboveDisplay(console)
        self._live = Live(
            console=console,
            get_renderable=render,
            auto_refresh=False,  # drawn by the owner of the data, so that no other thread reads it
            redirect_stdout=is_terminal(sys.stdout),
        )

    def start(self) -> None:
        """Shows the display and hides the cursor."""
        self._live.start(refresh=True)
        if self._handler:
            self._previous_stream = self._handler.setStream(self._above)
        # A second Ctrl-C ends the process immediately; the cursor must be restored nevertheless.
        atexit.register(self.stop)

    def refresh(self) -> None:
        """Redraws the display."""
        self._live.refresh()

    def stop(self) -> None:
        """Leaves the last output on the terminal and restores the state of the terminal."""
        self._live.stop()
        if self._handler:
            self._handler.setStream(self._previous_stream)
        atexit.unregister(self.stop)


def live_display(handler: logging.Handler | None, render: Callable[[], RenderableType]) -> LiveDisplay | None:
    """A display for a process that logs with `handler`; None unless it logs to an interactive terminal.

    If logging is disabled (NullHandler), the display uses standard error. There is no display if the process logs to a
    file, with its own handlers or only errors, or if another display is active.
    """
    stream: Any = getattr(handler, "stream", sys.stderr if isinstance(handler, logging.NullHandler) else None)
    if isinstance(handler, logging.FileHandler) or not is_terminal(stream) or _is_quiet(handler):
        return None
    from rich.console import Console
    from rich.file_proxy import FileProxy

    if isinstance(stream, FileProxy):
        return None
    assert handler is not None
    console = Console(file=stream)
    return LiveDisplay(console, handler, render) if console.is_interactive else None


def _is_quiet(handler: logging.Handler | None) -> bool:
    return handler is not None and handler.level >= logging.ERROR


class _AboveDisplay(io.TextIOBase):
    """The stream of the log handler while a display is shown: prints lines unchanged, without wrapping or colours."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> int:
        self._console.out(text, end="", highlight=False)
        return len(text)

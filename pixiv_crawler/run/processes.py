"""Crawls in processes of their own, because a process can run only one."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pixiv_crawler.api.page_target import ID_ARGUMENTS
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, INVALID_USE, STOPPED_EARLY

# Windows allows 32,767 characters for the whole command, Linux 131,072 bytes for one word.
_LONGEST_WORD = 8_000
# From the most serious exit status to the least.
_SEVERITY = (INVALID_USE, STOPPED_EARLY, INCOMPLETE, COMPLETE)


def run_in_order(commands: Sequence[Sequence[str]]) -> int:
    """Runs one crawl after the other, each in a process of its own; Ctrl-C or SIGTERM ends the one that runs and skips the others.

    Returns the most serious exit status.
    """
    statuses = [0]
    is_interrupted = False
    crawl: subprocess.Popen[bytes] | None = None

    def interrupt(number: int, _frame: object) -> None:
        nonlocal is_interrupted
        is_interrupted = True
        if crawl and number == signal.SIGTERM:  # a terminal sends Ctrl-C to the crawl, too
            crawl.terminate()

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for command in commands:
            if is_interrupted:
                break
            with TemporaryDirectory() as folder:
                words = [sys.executable, *_safe_path(), "-m", "pixiv_crawler", *_shortened(command, Path(folder))]
                with subprocess.Popen(words) as crawl:  # noqa: S603 - our own command line, without a shell
                    statuses.append(crawl.wait())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return next((status for status in _SEVERITY if status in statuses), STOPPED_EARLY)


def _shortened(words: Sequence[str], folder: Path) -> list[str]:
    """The words of a command, with long lists of IDs in files: systems limit the length of a word."""
    short = list(words)
    for number, word in enumerate(words):
        name, _, value = word.partition("=")
        if len(word) > _LONGEST_WORD and name in ID_ARGUMENTS:
            file = folder / f"{name}.txt"
            file.write_text(value, "utf-8")
            short[number] = f"{name}=@{file}"
    return short


def _safe_path() -> list[str]:
    """The option that keeps Python from importing modules from the working folder, unless this process does so too."""
    return [] if str(Path.cwd()) in sys.path else ["-P"]

"""What a crawl shows on a terminal instead of Scrapy's log: what it collects and where, then the outcome."""

import logging
import os
import shlex
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from pixiv_crawler.console.program import PROGRAM

# Scrapy's log at this level contains only what a person must know.
LEVEL = "WARNING"
# Longer values of arguments, such as lists of IDs, are cut off.
_LONGEST = 80
# Kinds whose plural equals the singular.
_UNCOUNTED = {"illust_series", "novel_series", "unavailable", "rejected", "comments"}


def is_terminal(stream: Any) -> bool:
    """Whether a stream is a terminal."""
    return bool(getattr(stream, "isatty", bool)())


def logs_to_terminal(settings: BaseSettings) -> bool:
    """Whether the log goes to a terminal that can show a live display."""
    is_shown = settings.getbool("LOG_ENABLED") and not settings["LOG_FILE"]
    return is_shown and is_terminal(sys.stderr) and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


def shows_summary(settings: BaseSettings) -> bool:
    """Whether the terminal shows the summary of a crawl: without one, or with Scrapy's log, it would be in the way."""
    return (
        logs_to_terminal(settings)
        and logging.getLevelNamesMapping().get(str(settings["LOG_LEVEL"])) == logging.WARNING
    )


def header(spider: str, arguments: Mapping[str, str], folder: Path) -> list[str]:
    """What is crawled, and where it is written."""
    given = (
        shlex.quote(f"{name}={text if len(text) <= _LONGEST else f'{text[:_LONGEST]}...'}")
        for name, text in arguments.items()
    )
    return [" ".join([spider, *given]), f"writes to {folder}"]


def outcome(report: Mapping[str, Any], folder: Path, failed: Path, settings: BaseSettings) -> list[str]:
    """How a crawl ended: what it collected, where it is, what failed (listed in `failed`), and the next command."""
    files = report["files"].get("downloaded", 0) + report["files"].get("kept", 0)
    failures = report["failure_counts"]
    rows = {
        report["finish_reason"]: listed(report["lines"]) or "nothing was collected",
        "lines": str(folder),
        "files": f"{files} in {settings['FILES_STORE']}" if files else "",
        "failed": f"{listed(failures)}: see {failed}" if failures else "",
        "next": _next(report, settings),
    }
    width = max(map(len, rows))
    return [f"{name:<{width}}  {text}" for name, text in rows.items() if text]


def _next(report: Mapping[str, Any], settings: BaseSettings) -> str:
    """The next command; after a crawl that ended early, what to do before it."""
    if report["finish_reason"] != "finished":
        return str(report["next"])
    if report["failure_counts"]:
        return command("retry", f"{report['spider']}/{report['job']}", settings)
    if report["files"].get("downloaded", 0) + report["files"].get("kept", 0):
        return command("gallery", "", settings)
    has_tables = find_spec("duckdb") and find_spec("pyarrow")
    return command("tables", "", settings) if has_tables and report["lines"] else command("runs", "", settings)


def listed(counts: Mapping[str, Any]) -> str:
    """Counts of things in words, such as `20 illusts, 1 novel`."""
    return ", ".join(f"{count} {name_of(kind, count)}" for kind, count in counts.items())


def name_of(kind: str, count: int) -> str:
    """A kind of line or of failure in words, in the plural unless there is one."""
    return (kind if kind in _UNCOUNTED or count == 1 else f"{kind}s").replace("_", " ")


def command(name: str, argument: str, settings: BaseSettings) -> str:
    """A command with an optional argument, and the data folder if it was given on the command line."""
    is_given = settings.getpriority("PIXIV_DATA_DIR") == SETTINGS_PRIORITIES["cmdline"]
    words = [PROGRAM, name, *([argument] if argument else [])]
    return shlex.join([*words, *(["-s", f"PIXIV_DATA_DIR={settings['PIXIV_DATA_DIR']}"] if is_given else [])])

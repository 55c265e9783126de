"""Finds runs: folders with files of lines, and what their reports tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.outputs.jsonl import NO_SPIDERS

_TOLD = ("spider", "job", "arguments", "started_at", "finished_at", "finish_reason", "failure_counts", "failures")


@dataclass(slots=True)
class Run:
    """One run, or any folder with files of lines."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    """Its files of lines, by name."""

    @property
    def name(self) -> str:
        """As rows tell it."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def report(self) -> dict[str, Any]:
        """What was asked and how it ended; `report` tells whether that is known: there, missing or unreadable."""
        path = paths.report_path(self.folder)
        try:
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except FileNotFoundError:
            return {"report": "missing"}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {"report": "unreadable"}
        told = {name: found.get(name) for name in _TOLD}
        search = found.get("search")
        holes = search.get("holes") if isinstance(search, dict) else None
        return {"report": "there", **told, "search_holes": holes or []}


def find_runs(given: Sequence[str], data_dir: Path) -> list[Run]:
    """The runs that are given, by path or by their place in the data folder; all in the data folder without any.

    Raises:
        SettingError: something given is not there, or nowhere is a file of lines.
    """
    runs: dict[Path, list[Path]] = defaultdict(list)
    for place in [_place(text, data_dir) for text in given] or [data_dir]:
        for path in _line_files(place):
            folder = path.parent.resolve()
            runs[folder].append(folder / path.name)
        for path in () if place.is_file() else _matching(place, "report.json"):
            runs[path.parent.resolve()] += ()
    if not any(runs.values()):
        where = " or ".join(given) or f"PIXIV_DATA_DIR {data_dir}"
        raise SettingError(f"no lines are in {where}; crawl first, or give folders of runs")
    return [Run(folder, sorted(set(files))) for folder, files in sorted(runs.items())]


def _place(text: str, data_dir: Path) -> Path:
    for path in (Path(text).expanduser().absolute(), data_dir / text):
        if path.exists():
            return path
    raise SettingError(f"{text} is not there, nor in {data_dir}; give a run, such as user_works/2026-11-23T13-45-00")


def _line_files(place: Path) -> Iterable[Path]:
    """The files of a run, of all runs of a spider, or of a whole data folder."""
    if place.is_file():
        return [place]
    return (
        path
        for ending in ("*.jsonl", "*.jsonl.gz")
        for path in _matching(place, ending)
        if path.is_file() and path.name != paths.FAILURES_NAME
    )


def _matching(place: Path, pattern: str) -> Iterator[Path]:
    for depth in ("", "*/", "*/*/"):
        for path in place.glob(depth + pattern):
            first = path.relative_to(place).parts[0]
            if depth != "*/*/" or not (first in NO_SPIDERS or first.startswith(".")):
                yield path

"""Finds runs (folders with JSON Lines files) and reads their reports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.outputs.jsonl import NOT_SPIDERS, UNDECODABLE

_REPORT_FIELDS = (
    "spider",
    "job",
    "arguments",
    "started_at",
    "finished_at",
    "finish_reason",
    "failure_counts",
    "failures",
)


@dataclass(slots=True)
class Run:
    """A run, or any folder with JSON Lines files."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    """Its JSON Lines files, by name."""

    @property
    def name(self) -> str:
        """The name of the run in rows."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def report(self) -> dict[str, Any]:
        """The arguments and the result of the run; `report` is `found`, `missing` or `unreadable`."""
        path = paths.report_path(self.folder)
        try:
            content = msgspec.json.decode(read_regular(path), type=dict[str, Any])
        except FileNotFoundError:
            return {"report": "missing"}
        except (OSError, *UNDECODABLE):
            return {"report": "unreadable"}
        fields = {name: content.get(name) for name in _REPORT_FIELDS}
        search = content.get("search")
        holes = search.get("holes") if isinstance(search, dict) else None
        return {"report": "found", **fields, "search_holes": holes or []}


def find_runs(given: Sequence[str], data_dir: Path) -> list[Run]:
    """The given runs, by path or relative to the data folder; all runs in the data folder if none are given.

    Raises:
        SettingError: a given run does not exist, or there are no JSON Lines files.
    """
    runs: dict[Path, list[Path]] = defaultdict(list)
    for location in [_existing(text, data_dir) for text in given] or [data_dir]:
        for path in _line_files(location):
            folder = path.parent.resolve()
            runs[folder].append(folder / path.name)
        for path in () if location.is_file() else _matching(location, "report.json"):
            runs[path.parent.resolve()] += ()
    if not any(runs.values()):
        where = " or ".join(given) or f"PIXIV_DATA_DIR {data_dir}"
        raise SettingError(f"there are no JSON Lines files in {where}; run a crawl first, or pass the folders of runs")
    return [Run(folder, sorted(set(files))) for folder, files in sorted(runs.items())]


def _existing(text: str, data_dir: Path) -> Path:
    for path in (Path(text).expanduser().absolute(), data_dir / text):
        if path.exists():
            return path
    raise SettingError(
        f"{text} does not exist, nor does it in {data_dir}; pass a run, such as user_works/2026-11-23T13-45-00"
    )


def _line_files(location: Path) -> Iterable[Path]:
    """The JSON Lines files of a run, of all runs of a spider, or of a data folder."""
    if location.is_file():
        return [location]
    return (
        path
        for pattern in ("*.jsonl", "*.jsonl.gz")
        for path in _matching(location, pattern)
        if path.is_file() and path.name != paths.FAILURES_NAME
    )


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    for depth in ("", "*/", "*/*/"):
        for path in folder.glob(depth + pattern):
            first = path.relative_to(folder).parts[0]
            if depth != "*/*/" or not (first in NOT_SPIDERS or first.startswith(".")):
                yield path

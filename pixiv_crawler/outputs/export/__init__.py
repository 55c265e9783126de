"""Exports the collected works for other programs: offline, incrementally, only files that are complete.

selection.py applies the filters and finds the files, target.py writes what is new or has changed, merging.py adds to files
of lines, and each module in formats/ defines one format by its arguments, `Args`, and a function, `export`.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from pixiv_crawler.exceptions import ArgumentError, SettingError
from pixiv_crawler.outputs.export import formats
from pixiv_crawler.outputs.export.selection import Selection
from pixiv_crawler.outputs.export.target import Target

__all__ = ["Export", "format_names", "load_format", "make_export"]


@dataclass(slots=True, kw_only=True)
class Export:
    """What an export has done."""

    works: int
    """Number of works that the arguments select."""
    written: int
    """Number of files that are new or have changed."""
    unchanged: int
    """Number of files that were already there."""
    left_out: int
    """Number of works that the format does not support."""
    missing: list[str]
    """What could not be exported, each in one sentence."""
    unreadable_lines: int


def format_names() -> list[str]:
    """The names of all formats."""
    return [module.name for module in iter_modules(formats.__path__)]


def load_format(name: str) -> Any:
    """The module of a format.

    Raises:
        ArgumentError: there is no such format.
    """
    if name not in format_names():
        raise ArgumentError(f"{name!r} is not a format: pass one of {', '.join(format_names())}")
    return import_module(f"{formats.__name__}.{name}")


def make_export(name: str, data_dir: Path, folder: Path, arguments: dict[str, Any], *, link: bool) -> Export:
    """Writes the selected works to a folder, or updates it; with `link`, files become hard links where possible.

    Raises:
        ArgumentError: an argument is invalid.
        SettingError: there are no lines, or the folder contains something else, or is in the data folder.
        OSError: a folder cannot be read or written.
    """
    format_ = load_format(name)
    args = format_.Args.parse(arguments)
    if not data_dir.is_dir():
        raise SettingError(f"PIXIV_DATA_DIR {data_dir} does not exist; run a crawl first, or set it to another folder")
    if folder.resolve().is_relative_to(data_dir.resolve()):  # other commands would take its lines for those of a run
        raise SettingError(
            f"{folder} is inside of PIXIV_DATA_DIR, which has only what crawls write: pass another folder"
        )
    selection = Selection(data_dir, args)
    with Target(folder, f"{name} {args.folder_kind}".strip(), link=link) as target:
        format_.export(selection, target, args)
    return Export(
        works=selection.works,
        written=target.written,
        unchanged=target.unchanged,
        left_out=selection.left_out,
        missing=[*selection.missing, *target.problems],
        unreadable_lines=selection.unreadable_lines,
    )

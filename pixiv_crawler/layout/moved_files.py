"""The log of moved files, by which lines and programs find a file that has another path than a line says."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from pixiv_crawler.layout.paths import files_folder
from pixiv_crawler.layout.regular_files import regular_only


class _Entry(msgspec.Struct, rename={"old": "from", "new": "to"}):
    """A line of the log."""

    old: str
    new: str


def log_path(data_dir: Path) -> Path:
    """The log in a data folder: JSON Lines under another name, because it is no output of a run."""
    return data_dir / "moved.log"


def log_moves(data_dir: Path, moves: Mapping[str, str]) -> None:
    """Logs that files will be moved: their new paths by their old ones, relative to the folder of files.

    An entry whose move is not carried out means nothing, because there is nothing at its new path.

    Raises:
        OSError: the log cannot be written.
    """
    # A line break first: the last line may have been cut by a power cut.
    lines = [b"\n", *(msgspec.json.encode(_Entry(old, new)) + b"\n" for old, new in moves.items())]
    # One write call: several processes may write at the same time.
    with open(log_path(data_dir), "ab", buffering=0, opener=regular_only) as file:
        file.write(b"".join(lines))
        os.fsync(file.fileno())


def moved_paths(data_dir: Path) -> dict[str, str]:
    """The present paths of files that are no longer at their former ones, by their former paths.

    Raises:
        OSError: the log cannot be read.
    """
    moves = {entry.old: entry.new for entry in _entries(log_path(data_dir))}
    found, files_dir = {old: _end(old, moves) for old in moves}, files_folder(data_dir)
    return {
        old: new
        for old, new in found.items()
        if not os.path.lexists(files_dir / old) and os.path.lexists(files_dir / new)
    }


def _entries(path: Path) -> Iterator[_Entry]:
    try:
        with open(path, "rb", opener=regular_only) as file:
            for line in file:
                try:
                    yield msgspec.json.decode(line, type=_Entry)
                except (msgspec.MsgspecError, UnicodeDecodeError):  # an empty or incomplete line
                    continue
    except FileNotFoundError:
        return


def _end(path: str, moves: Mapping[str, str]) -> str:
    """Where a file is after all of its moves."""
    seen = {path}
    while (following := moves.get(path)) is not None and following not in seen:
        seen.add(following)
        path = following
    return path

"""The JSON Lines files of all runs in a data folder, of which single lines can be read again."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pixiv_crawler.outputs.jsonl import MAX_LINE_BYTES, NOT_SPIDERS, decompress, is_compressed, open_lines, raw_lines


class LinePosition(NamedTuple):
    """Where a line is."""

    file: int
    """The index of its file."""
    offset: int


def find_run_files(data_dir: Path, *names: str) -> list[Path]:
    """The files with these names, such as `illusts`, in all runs; compressed ones, too."""
    found = (path for name in names for end in ("jsonl", "jsonl.gz") for path in data_dir.glob(f"*/*/{name}.{end}"))
    return sorted(path for path in found if path.parent.parent.name not in NOT_SPIDERS)


class RunFiles:
    """Reads lines of these files; compressed ones are decompressed into a temporary folder.

    Raises:
        OSError: a file cannot be read.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.unreadable = 0
        """Number of damaged compressed files, to which readers add the lines that they cannot decode."""
        self.runs = [path.parent for path in files]
        """The folder of the run of each file."""
        self._paths = [self._seekable(path) for path in files]

    def __iter__(self) -> Iterator[tuple[LinePosition, bytes]]:
        """Each line with its position."""
        for number, path in enumerate(self._paths):
            with open_lines(path) as file:
                for offset, raw in raw_lines(file):
                    yield LinePosition(number, offset), raw

    def at(self, position: LinePosition) -> bytes:
        """The line at a position, which another program may have changed meanwhile."""
        with self._paths[position.file].open("rb") as file:
            file.seek(position.offset)
            return file.readline(MAX_LINE_BYTES)

    @cached_property
    def _temporary_folder(self) -> Path:
        """A temporary folder that is removed with this object."""
        folder = tempfile.mkdtemp(prefix="pixiv_crawler-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _seekable(self, path: Path) -> Path:
        """The file, or a decompressed copy of what is readable of it: seeking in a compressed file is slow."""
        if not is_compressed(path):
            return path
        copy = self._temporary_folder / f"{len(list(self._temporary_folder.iterdir()))}.jsonl"
        self.unreadable += not decompress(path, copy)
        return copy

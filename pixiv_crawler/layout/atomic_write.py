"""Replaces files on disk so that readers find the old or the new content, even after a kill or a power cut."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path


def write_atomically(
    path: Path, content: bytes, *, temporary: Path | None = None, mtime_ns: int | None = None, mode: int = 0o666
) -> None:
    """Writes a file under a temporary name in the same folder, then renames it; replaces any existing file.

    `mode` limits the permissions of the new file, in addition to the umask.

    Raises:
        OSError: the file cannot be written; the temporary file has been removed.
    """
    temporary = temporary or path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb", opener=partial(os.open, mode=mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mtime_ns is not None:
            os.utime(temporary, ns=(mtime_ns, mtime_ns))
        replace_durably(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def sync_to_disk(path: Path) -> None:
    """Flushes the content of a file to the disk: after a rename and a power cut it would otherwise be empty."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def replace_durably(source: Path, target: Path) -> None:
    """Renames a file whose content is on disk; a power cut after the call does not undo the rename."""
    source.replace(target)
    with suppress(PermissionError):  # Windows cannot open folders
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

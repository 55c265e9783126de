"""Writes files so that readers find the old or the new content, and that what was written survives a power cut."""

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path

from pixiv_crawler.layout.regular_files import check_regular, regular_only

_COPY_BYTES = 1024 * 1024
# Some network file systems, and file systems in user space.
_CANNOT_SYNC_FOLDERS = {errno.EINVAL, errno.ENOTSUP}


def write_atomically(
    path: Path, content: bytes, *, temporary: Path | None = None, mtime_ns: int | None = None, mode: int = 0o666
) -> None:
    """Writes a file under a temporary name in the same folder, then renames it; replaces any existing file.

    `mode` limits the permissions of the new file, in addition to the umask.

    Raises:
        OSError: the file cannot be written, or is not a regular file; the temporary file has been removed.
    """
    check_regular(path)
    temporary = temporary or path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb", opener=partial(regular_only, mode=mode)) as file:
            file.write(content)
        if mtime_ns is not None:
            os.utime(temporary, ns=(mtime_ns, mtime_ns))
        sync_to_disk(temporary)
        replace_durably(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def part_path(target: Path, owner: str) -> Path:
    """A name for an unfinished file next to its target, for one owner: other owners may write the same target.

    It is short, because the name of the target may have the maximum length, and the same each time, so that an owner
    overwrites what a kill has left behind.
    """
    name, mark = (hashlib.sha256(text.encode()).hexdigest() for text in (target.name, owner))
    return target.with_name(f".{name[:16]}.{mark[:8]}.part")


def sync_to_disk(path: Path) -> None:
    """Flushes the content of a file to the disk: after a rename and a power cut it would otherwise be empty."""
    with open(path, "r+b", opener=regular_only) as file:  # Windows flushes only what is open for writing
        os.fsync(file.fileno())


def sync_all(files: Collection[Path]) -> None:
    """Flushes the contents of many files: on Linux at once, which takes hardly longer than for one of them."""
    if sys.platform == "linux":  # elsewhere, sync returns before it has finished, or does not exist
        os.sync()
    else:
        for file in files:
            sync_to_disk(file)


def sync_folder(path: Path) -> None:
    """Flushes the names of the files in a folder to the disk: a file without its name is lost."""
    with suppress(PermissionError):  # Windows cannot open folders
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        except OSError as error:
            if error.errno not in _CANNOT_SYNC_FOLDERS:
                raise
        finally:
            os.close(folder)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Creates a folder and its parents, unless they exist; a power cut after the call does not undo that.

    `mode` limits the permissions of the folder itself, in addition to the umask.

    Raises:
        OSError: the folder cannot be created.
    """
    if path.is_dir():
        return
    new = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode, parents=True, exist_ok=True)
    for folder in new:
        sync_folder(folder.parent)


def copy_durably(source: Path, target: Path) -> None:
    """Copies a file with its time; a power cut after the call does not undo that.

    Raises:
        OSError: the file cannot be copied; there may be an incomplete copy.
    """
    with source.open("rb") as original, open(target, "wb", opener=regular_only) as file:
        shutil.copyfileobj(original, file, _COPY_BYTES)
    shutil.copystat(source, target)
    sync_to_disk(target)
    sync_folder(target.parent)


def replace_durably(source: Path, target: Path) -> None:
    """Renames a file whose content is on disk; a power cut after the call does not undo the rename."""
    source.replace(target)
    sync_folder(target.parent)

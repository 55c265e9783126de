"""Opens regular files only: opening a FIFO would wait for another process, and opening a device may have any effect."""

import errno
import os
import stat
from pathlib import Path


def regular_only(path: str, flags: int, mode: int = 0o666) -> int:
    """An opener for `open`.

    Raises:
        OSError: there is something other than a regular file.
    """
    check_regular(path)
    return os.open(path, flags, mode)


def check_regular(path: str | Path) -> None:
    """Returns if there is a regular file, or nothing.

    Raises:
        OSError: there is something else.
    """
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))


def read_regular(path: Path) -> bytes:
    """The content of a file.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    with open(path, "rb", opener=regular_only) as file:
        return file.read()

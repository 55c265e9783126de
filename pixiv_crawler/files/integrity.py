"""Compares the files on disk with what the state knows about them."""

import hashlib
import random
import stat
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.files.group_commit import is_taken
from pixiv_crawler.files.interrupted_moves import InterruptedMoves
from pixiv_crawler.files.partial import sha256_of
from pixiv_crawler.layout.atomic_write import make_folder
from pixiv_crawler.layout.paths import files_folder
from pixiv_crawler.run.state import StateStore, StoredFile

_PAGE = 1000
Share = Callable[[str], bool]
"""Whether the file with that path is read; otherwise, only its size and time are compared."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was compared with the state."""

    file: StoredFile
    is_read: bool
    problem: str
    """What is wrong with it; empty if nothing is."""


def parse_share(text: str) -> Share:
    """The share of files to read: `all`, `none`, a random share such as `5%`, or a part such as `1/7`.

    The parts 1/7 to 7/7 together contain each file once.

    Raises:
        ArgumentError: it is none of these.
    """
    if text in ("all", "none"):
        return lambda path: text == "all"
    number, is_part, count = text.partition("/")
    if is_part and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return lambda path: int(hashlib.sha256(path.encode()).hexdigest(), 16) % int(count) == int(number) - 1
    try:
        percent = float(text.removesuffix("%")) if text.endswith("%") else -1.0
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise ArgumentError(
            f"{text!r} is not a share of the files: pass all, none, a share such as 5%, or a part such as 1/7"
        )
    return lambda path: random.random() * 100 < percent  # noqa: S311 - a sample, not a secret


async def check_files(state: StateStore, data_dir: Path, is_in_share: Share) -> AsyncIterator[CheckedFile]:
    """Checks all files that the state knows, by ascending path; those in the share are read.

    A file that was modified since it was stored is read in any case.

    Raises:
        StateError: the state database failed.
    """
    folder = files_folder(data_dir)
    interrupted_moves = InterruptedMoves(folder, data_dir, state)
    async for recorded in _all_files(state):
        file = await interrupted_moves.located(recorded)
        yield _checked(file, folder / file.path, is_read=is_in_share(file.path))


async def recheck_files(state: StateStore, data_dir: Path, paths: Iterable[str]) -> list[CheckedFile]:
    """The files at these paths that have a problem still; one that does not exist becomes a link to an intact copy.

    Raises:
        StateError: the state database failed.
    """
    folder = files_folder(data_dir)
    files = [file for path in paths if (file := await state.file(path))]
    missing = {file.path: file for file in files if not is_taken(folder / file.path)}
    contents = {file.sha256 for file in missing.values()}
    copies = [file async for file in _all_files(state) if file.sha256 in contents and file.path not in missing]
    for copy in copies:
        if not _checked(copy, folder / copy.path, is_read=True).problem:
            await _link(state, folder, copy, [file for file in missing.values() if file.sha256 == copy.sha256])
    checked = [_checked(file, folder / file.path, is_read=True) for path in paths if (file := await state.file(path))]
    return [one for one in checked if one.problem]


async def _link(state: StateStore, folder: Path, copy: StoredFile, files: Iterable[StoredFile]) -> None:
    for file in files:
        with suppress(OSError):  # the file system has no hard links: it is missing still
            make_folder((folder / file.path).parent)
            (folder / file.path).hardlink_to(folder / copy.path)
            await state.save_file(replace(file, size_bytes=copy.size_bytes, mtime_ns=copy.mtime_ns))


async def _all_files(state: StateStore) -> AsyncIterator[StoredFile]:
    last = ""
    while page := await state.files(last, _PAGE):
        last = page[-1].path
        for file in page:
            yield file


def _checked(file: StoredFile, path: Path, *, is_read: bool) -> CheckedFile:
    try:
        status = path.lstat()
        is_read |= status.st_mtime_ns != file.mtime_ns
        if not stat.S_ISREG(status.st_mode):
            return CheckedFile(file, False, "is not a regular file")
        if status.st_size != file.size_bytes:
            return CheckedFile(file, False, f"has {status.st_size:,} bytes instead of {file.size_bytes:,}")
        is_changed = is_read and sha256_of(path) != file.sha256
    except FileNotFoundError:
        return CheckedFile(file, False, "is missing")
    except OSError as error:
        return CheckedFile(file, False, f"cannot be read ({error.strerror})")
    return CheckedFile(file, is_read, "has another content than when it was stored" if is_changed else "")

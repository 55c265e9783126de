"""Gives stored files other paths, with everything that belongs to them."""

import errno
import filecmp
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.files.group_commit import is_taken
from pixiv_crawler.layout.atomic_write import make_folder, part_path, sync_folder, write_atomically
from pixiv_crawler.layout.moved_files import log_moves
from pixiv_crawler.layout.paths import THUMBNAILS, companion_path, replaced_path, thumbnail_path
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.options import FileMove, Sidecar
from pixiv_crawler.run.state import StateStore, StoredFile

InThread = Callable[[Callable[[], None]], Awaitable[None]]
Outcome = StoredFile | OSError | None
"""The new record of a file; why it is still at its old path (its companions may have been moved); None if it does not exist."""

# An artist replaces a file a few times.
_MAX_REPLACED = 20


class Move(NamedTuple):
    """A file that gets another path, and another key of its page."""

    old: StoredFile
    path: str
    page_key: str


class _Group:
    """A file with its earlier uploads, and what has become of it."""

    def __init__(self, move: Move, replaced: dict[StoredFile, StoredFile]) -> None:
        self.old = move.old
        self.new = replace(move.old, path=move.path, page_key=move.page_key)
        # The file comes last, so that nothing of it is left behind if its move is found to be done.
        self.records = {**replaced, self.old: self.new}
        self.paths = {old.path: new.path for old, new in self.records.items()}
        self.is_moved = False
        self.error: OSError | None = None

    @property
    def outcome(self) -> Outcome:
        return self.error or (self.new if self.is_moved else None)


def file_move(setting: str) -> FileMove:
    """The value of PIXIV_FILE_MOVE.

    Raises:
        SettingError: it is not known.
    """
    try:
        return FileMove(setting)
    except ValueError:
        raise SettingError(f"PIXIV_FILE_MOVE {setting!r} is not known: set it to {' or '.join(FileMove)}") from None


class Mover:
    """Moves files below a folder, or gives them further names (hard links); never overwrites a file.

    A file comes after its companions, and its record after all of them: what an interrupted call has moved is
    recognised by its size and time.
    """

    def __init__(self, store: Path, data_dir: Path, state: StateStore, how: FileMove, max_bytes: int) -> None:
        """`max_bytes` is the limit of the file system for one name."""
        self._store = store
        self._data_dir = data_dir
        self._state = state
        self._is_linking = how is FileMove.LINK
        self._max_bytes = max_bytes

    async def move(self, moves: Sequence[Move], in_thread: InThread) -> list[Outcome]:
        """Moves files with their companions and earlier uploads; the errors of one do not affect the others.

        `in_thread` calls a function in a thread that moves no other files meanwhile.

        Raises:
            OSError: the log of moves cannot be written.
            StateError: the state database failed.
        """
        groups = await self._groups(moves)
        await in_thread(partial(self._move_all, groups))
        records = [record for group in groups if group.is_moved for record in group.records.items()]
        done = {old: new for old, new in records if is_taken(self._store / new.path)}
        gone = [old.path for old in done if not is_taken(self._store / old.path)]
        await self._state.save_files(list(done.values()), forgotten=gone)
        return [group.outcome for group in groups]

    async def check(self, moves: Sequence[Move]) -> list[Outcome]:
        """The outcomes that `move` would have, as far as they can be known before.

        Raises:
            StateError: the state database failed.
        """
        groups, given = await self._groups(moves), set()
        for group in groups:
            if group.new.path in given:
                group.error = _file_exists()
            else:
                group.is_moved |= self._can_move(group)
            given.add(group.new.path)
        return [group.outcome for group in groups]

    async def _groups(self, moves: Sequence[Move]) -> list[_Group]:
        return [_Group(move, await self._replaced(move.old, move.path)) for move in moves]

    async def _replaced(self, file: StoredFile, path: str) -> dict[StoredFile, StoredFile]:
        """The earlier uploads of a file that are next to it, with their records next to another path."""
        begin = replaced_path(file.path, mark := "0" * 16, self._max_bytes).rpartition(f".{mark}.old")[0]
        return {
            one: replace(one, path=replaced_path(path, one.sha256, self._max_bytes))
            for one in await self._state.files(f"{begin}.", _MAX_REPLACED)
            if one.path == replaced_path(file.path, one.sha256, self._max_bytes)
        }

    def _move_all(self, groups: Sequence[_Group]) -> None:
        ready = [group for group in groups if self._can_move(group)]
        if not self._is_linking and ready:
            log_moves(self._data_dir, {old: new for group in ready for old, new in group.paths.items()})
        for group in ready:
            try:
                self._move_group(group)
            except OSError as error:
                group.error = error
        for folder in {(self._store / group.new.path).parent for group in ready if group.is_moved}:
            sync_folder(folder)
        if not self._is_linking:
            self._remove_empty_folders([path for group in ready for path in group.paths])

    def _can_move(self, group: _Group) -> bool:
        """Whether there is something to move; sets the outcome if there is not."""
        source, target = self._store / group.old.path, self._store / group.new.path
        if not self._is_free(source, target):
            group.is_moved = _is_moved(group.old, source, target)
            if not group.is_moved:
                group.error = _file_exists()
            return False
        if is_taken(source) and (not source.is_file() or source.is_symlink()):
            group.error = OSError(errno.EINVAL, "Not a regular file")
        return is_taken(source) and group.error is None

    def _is_free(self, source: Path, target: Path) -> bool:
        """Whether a file can get that path; a copy of it is replaced, because nothing is lost."""
        return not is_taken(target) or (not self._is_linking and _is_copy(source, target))

    def _move_group(self, group: _Group) -> None:
        if not self._is_free(self._store / group.old.path, self._store / group.new.path):  # another one has got it
            raise _file_exists()
        self._move_sidecar(group.old.path, group.new.path)
        for old, new in {**self._companions(group.old.path, group.new.path), **group.paths}.items():
            self._move(self._store / old, self._store / new)
        group.is_moved = True

    def _move_sidecar(self, old: str, new: str) -> None:
        """Moves the JSON sidecar of a file, which contains its path."""
        source, target = (self._store / self._companion(path, Sidecar.JSON) for path in (old, new))
        if (content := _with_path(source, new)) and not is_taken(target):
            make_folder(target.parent)
            write_atomically(target, content, temporary=part_path(target, "move"))
            if not self._is_linking:
                source.unlink()

    def _companion(self, path: str, kind: Sidecar) -> str:
        return companion_path(path, f".{kind}", self._max_bytes)

    def _companions(self, old: str, new: str) -> dict[str, str]:
        """The possible paths of other sidecars and of thumbnails, and their new paths."""
        return {self._companion(old, kind): self._companion(new, kind) for kind in Sidecar} | {
            thumbnail_path(old, pixels, self._max_bytes): thumbnail_path(new, pixels, self._max_bytes)
            for pixels in self._thumbnail_sizes()
        }

    def _thumbnail_sizes(self) -> list[int]:
        with suppress(OSError):
            return [int(folder.name) for folder in (self._store / THUMBNAILS).iterdir() if folder.name.isdecimal()]
        return []

    def _move(self, source: Path, target: Path) -> None:
        if not is_taken(source) or not self._is_free(source, target):
            return
        make_folder(target.parent)
        if self._is_linking:
            target.hardlink_to(source)
        else:
            source.replace(target)

    def _remove_empty_folders(self, paths: Iterable[str]) -> None:
        thumbs = [f"{THUMBNAILS}/{pixels}/{path}" for path in paths for pixels in self._thumbnail_sizes()]
        for folder in {(self._store / path).parent for path in (*paths, *thumbs)}:
            with suppress(OSError):  # it does not exist, or is not empty
                while folder != self._store:
                    folder.rmdir()
                    folder = folder.parent


def _file_exists() -> FileExistsError:
    """What a file meets whose new path is that of another one."""
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _is_moved(old: StoredFile, source: Path, target: Path) -> bool:
    """Whether a file is at its new path already, because an interrupted call has moved it."""
    if is_taken(source):
        return source.exists() and target.exists() and (source.samefile(target) or _is_copy(source, target))
    return is_as_recorded(target, old)


def _is_copy(source: Path, target: Path) -> bool:
    """Whether there are two files with the same content, as after a download of a file that was moved and not recorded."""
    if not all(path.is_file() and not path.is_symlink() for path in (source, target)) or source.samefile(target):
        return False
    return filecmp.cmp(source, target, shallow=False)


def is_as_recorded(path: Path, file: StoredFile) -> bool:
    """Whether what is at a path has the size and the time of a file."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.size_bytes, file.mtime_ns)


def _with_path(sidecar: Path, path: str) -> bytes | None:
    """The content of a sidecar with another path; None if there is none, or it is not ours."""
    try:
        line = msgspec.json.decode(read_regular(sidecar))
        line["files"][0]["path"] = path
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError):
        return None
    content: bytes = msgspec.json.format(msgspec.json.encode(line), indent=2)
    return content + b"\n"

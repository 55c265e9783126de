"""The folder of an export: writes what is new or has changed, and never what somebody else has written or changed.

A record of each file says what it was made from, and its size and time. Files are written to `.part`, recorded, then
renamed: if the process is killed, all files are complete, and the next run knows whether they are the old or the new ones.
"""

import filecmp
import hashlib
import os
import shutil
import stat
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import msgspec
from filelock import FileLock, Timeout

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import FileError, SettingError
from pixiv_crawler.layout.atomic_write import make_folder, sync_all, write_atomically
from pixiv_crawler.layout.regular_files import read_regular, regular_only
from pixiv_crawler.outputs.export.selection import StoredFile
from pixiv_crawler.outputs.jsonl import UNDECODABLE

RECORDS_NAME = ".pixiv-crawler-export.jsonl"
_PART = ".part"
_LOCK = ".lock"
_NEW_RECORDS = f"{RECORDS_NAME}.part"
# After so many files, waits for the disk once.
_BATCH = 1000


class Record(msgspec.Struct, array_like=True):
    """A file that was exported."""

    path: str
    """Relative to the folder, with `/` as separator."""
    source: str
    """A hash of what it was made from; that of its content if it is a copy or a text."""
    size: int
    mtime_ns: int
    key: str
    """Identifies it if its path changes, for example with a title; usually the path."""


class _Header(msgspec.Struct):
    format: str


class Target:
    """The folder of an export, locked while it is open."""

    def __init__(self, folder: Path, format_name: str, *, link: bool) -> None:
        self.folder = folder
        self._header = _Header(format_name)
        self._link = link
        self._records: dict[str, Record] = {}
        self._new: list[str] = []
        """The paths of files that may not be on the disk yet."""
        self._cleanup = ExitStack()
        self.written = 0
        self.unchanged = 0
        self.problems: list[str] = []
        """Files that could not be written, each in one sentence."""

    def __enter__(self) -> Self:
        """Opens the folder, and creates it if it does not exist.

        Raises:
            SettingError: it contains something else, or another process is writing to it.
            OSError: it cannot be read or written.
        """
        self._has_records()
        make_folder(self.folder)
        try:
            self._cleanup.enter_context(FileLock(self.folder / _LOCK, timeout=0))
        except Timeout:
            raise SettingError(
                f"another {PROGRAM} export is writing to {self.folder}; wait until it has finished"
            ) from None
        with ExitStack() as on_error:
            on_error.push(self._cleanup)
            if self._has_records():
                self._read_records()
            self._write_records()
            self._log = self._cleanup.enter_context((self.folder / RECORDS_NAME).open("ab", buffering=0))
            self._cleanup.callback(shutil.rmtree, self.folder / _PART, ignore_errors=True)
            shutil.rmtree(self.folder / _PART, ignore_errors=True)
            (self.folder / _PART).mkdir()
            on_error.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._flush()
        finally:
            self._cleanup.close()

    @property
    def records(self) -> Collection[Record]:
        """The files of this export and earlier ones."""
        return self._records.values()

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file that an earlier export has written; none if somebody else has changed it."""
        record = self._records.get(path)
        if record and _is_as_recorded(self.folder / path, record):
            with (self.folder / path).open("rb") as file:
                yield from file

    def put_file(self, path: str, file: StoredFile, key: str = "", *, is_verified: bool = False) -> None:
        """Exports a file as it is; with `is_verified`, its content is verified even if it is linked."""
        self.put(path, file.record.sha256 or "", lambda part: self._copy(file, part, is_verified=is_verified), key)

    def put_bytes(self, path: str, content: bytes, key: str = "", *, is_editable: bool = False) -> None:
        """Exports a small file; if it `is_editable`, a change by the user is no problem until its source has changed."""
        digest = hashlib.sha256(content).hexdigest()
        self.put(path, digest, lambda part: part.write_bytes(content), key, is_editable=is_editable)

    def put_lines(self, path: str, lines: Iterable[bytes]) -> str:
        """Exports a file of any size, while `lines` may export others; returns the SHA-256 of its content."""
        new, sha256 = self.folder / _PART / "lines", hashlib.sha256()
        with new.open("wb") as file:
            for line in lines:
                sha256.update(line)
                file.write(line)
        self.put(path, sha256.hexdigest(), new.replace)
        return sha256.hexdigest()

    def put(
        self, path: str, source: str, write: Callable[[Path], object], key: str = "", *, is_editable: bool = False
    ) -> None:
        """Exports a file, unless it is there and was made from the same source; `write` writes it to the given path.

        A file that somebody else has written or changed is left as it is.

        Raises:
            OSError: it cannot be written.
        """
        key = key or path
        target = self.folder / path
        record = self._records.get(key)
        if record and record.path != path:
            self._move(record, target)
        is_ours = record is not None and _is_as_recorded(target, record)
        if record and record.source == source and (is_ours or (is_editable and _has_content(target))):
            self.unchanged += 1
            return
        part = self.folder / _PART / "file"
        part.unlink(missing_ok=True)
        try:
            write(part)
        except FileError as error:
            self.problems.append(f"{path} was not written: {error}")
            return
        if not is_ours and _has_content(target) and filecmp.cmp(part, target, shallow=False):
            self._add(path, source, key, target)
            self.unchanged += 1
        elif (is_ours or _is_free(target)) and _is_folder(target.parent):
            self._add(path, source, key, part)
            part.replace(target)
            self.written += 1
        else:
            self.problems.append(f"{path} was not updated: another program wrote or changed it; move it to update it")

    def remove(self, path: str) -> None:
        """Removes a file of this export, unless another program has changed it."""
        record, target = self._records[path], self.folder / path
        if _is_as_recorded(target, record):
            self._flush()
            target.unlink()
        else:
            self.problems.append(
                f"{path} was not removed: another program wrote or changed it; remove it if you do not need it"
            )

    def _add(self, path: str, source: str, key: str, file: Path) -> None:
        """Records a file that is about to get its name."""
        status = file.stat()
        self._record(Record(path, source, status.st_size, status.st_mtime_ns, key))
        if len(self._new) >= _BATCH:
            self._flush()
        self._new.append(path)

    def _record(self, record: Record) -> None:
        self._records[record.key] = record
        self._log.write(_line(record))

    def _move(self, record: Record, target: Path) -> None:
        """Moves a file whose name has changed."""
        old = self.folder / record.path
        if old.is_file() and not os.path.lexists(target) and _is_folder(target.parent):
            self._record(msgspec.structs.replace(record, path=target.relative_to(self.folder).as_posix()))
            old.replace(target)
            with suppress(OSError):  # it contains other files
                old.parent.rmdir()

    def _copy(self, file: StoredFile, part: Path, *, is_verified: bool) -> None:
        """Copies or links a file.

        Raises:
            FileError: it has another content than when it was stored.
        """
        if self._link:
            if is_verified:
                deque(file.chunks(), maxlen=0)
            with suppress(OSError):  # on another disk, or the file system has no hard links
                part.hardlink_to(file.path)
                return
        with part.open("wb") as copy:
            copy.writelines(file.chunks())
        status = file.path.stat()
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _has_records(self) -> bool:
        """Whether the folder is that of an earlier export; False if it is new or empty.

        Raises:
            SettingError: it contains something else.
            OSError: it cannot be read.
        """
        # An export that is killed at its beginning leaves these.
        if not self.folder.exists() or {path.name for path in self.folder.iterdir()} <= {_LOCK, _NEW_RECORDS}:
            return False
        try:
            with open(self.folder / RECORDS_NAME, "rb", opener=regular_only) as file:
                header = msgspec.json.decode(file.readline(), type=_Header)
            if header == self._header:
                return True
            raise SettingError(
                f"{self.folder} is a folder of {PROGRAM} export {header.format}, not of {self._header.format}; "
                "pass a new or an empty folder"
            )
        except (FileNotFoundError, *UNDECODABLE):
            pass
        raise SettingError(
            f"{self.folder} is not a folder of {PROGRAM} export {self._header.format}; pass a new or an empty folder"
        )

    def _read_records(self) -> None:
        """Reads the last record of each file, or that of an earlier version if the process was killed before it was replaced."""
        for line in read_regular(self.folder / RECORDS_NAME).splitlines()[1:]:
            with suppress(*UNDECODABLE):  # the process was killed while it wrote the last one
                record = msgspec.json.decode(line, type=Record)
                earlier = self._records.get(record.key)
                if not earlier or not _is_as_recorded(self.folder / earlier.path, earlier):
                    self._records[record.key] = record

    def _write_records(self) -> None:
        lines = [msgspec.json.encode(self._header) + b"\n", *map(_line, self._records.values())]
        write_atomically(self.folder / RECORDS_NAME, b"".join(lines), temporary=self.folder / _NEW_RECORDS)

    def _flush(self) -> None:
        """Waits until the files and their records are on the disk."""
        written = [path for name in (*self._new, RECORDS_NAME) if (path := self.folder / name).exists()]
        if self._new:
            sync_all(written)
        self._new.clear()


def _is_as_recorded(path: Path, record: Record) -> bool:
    """Whether a file has its recorded size and time; False if there is none."""
    try:
        status = path.stat()
    except OSError:
        return False
    is_file = stat.S_ISREG(status.st_mode)
    return is_file and (status.st_size, status.st_mtime_ns) == (record.size, record.mtime_ns)


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _is_free(path: Path) -> bool:
    """Whether there is nothing, or a file without content, as a power cut leaves it."""
    return not os.path.lexists(path) or (path.is_file() and not path.stat().st_size)


def _is_folder(path: Path) -> bool:
    """Creates a folder; False if there is something else."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return False
    return True


def _line(record: Record) -> bytes:
    return msgspec.json.encode(record) + b"\n"

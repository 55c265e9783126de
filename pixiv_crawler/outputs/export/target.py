"""The folder of an export: writes what is new or has changed, and never what somebody else has written or changed.

A record of each file says what it was made from, and its size and time. Files are written to `.part`, then renamed. If
the process is killed, all files are complete; those without a record are compared by their content in the next run.
"""

import filecmp
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

import msgspec
from filelock import FileLock, Timeout

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import FileError, SettingError
from pixiv_crawler.layout.atomic_write import make_folder, sync_all, write_atomically
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.outputs.export.selection import StoredFile

RECORDS_NAME = ".pixiv-crawler-export.jsonl"
_PART = ".part"
_LOCK = ".lock"
# After so many files, waits for the disk once and writes their records.
_BATCH = 1000
_CHUNK_BYTES = 1024 * 1024


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
        self._new: list[Record] = []
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
        is_new = not self.folder.exists() or not {path.name for path in self.folder.iterdir()} - {_LOCK}
        make_folder(self.folder)
        try:
            self._cleanup.enter_context(FileLock(self.folder / _LOCK, timeout=0))
        except Timeout:
            raise SettingError(
                f"another {PROGRAM} export is writing to {self.folder}; wait until it has finished"
            ) from None
        with ExitStack() as on_error:
            on_error.push(self._cleanup)
            self._write_records([]) if is_new else self._read_records()
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

    def content(self, path: str) -> bytes:
        """The content of a file that an earlier export has written; empty if there is none."""
        try:
            return read_regular(self.folder / path)
        except FileNotFoundError:
            return b""

    def put_file(self, path: str, file: StoredFile, key: str = "") -> None:
        """Exports a file as it is."""
        self.put(path, file.record.sha256 or "", lambda part: self._copy(file, part), key)

    def put_bytes(self, path: str, content: bytes, key: str = "") -> None:
        """Exports a small file."""
        self.put(path, hashlib.sha256(content).hexdigest(), lambda part: _write(part, content), key)

    def put(self, path: str, source: str, write: Callable[[Path], None], key: str = "") -> None:
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
        if record and record.source == source and target.exists():
            self.unchanged += 1
            return
        part = self.folder / _PART / "file"
        part.unlink(missing_ok=True)
        try:
            write(part)
        except FileError as error:
            self.problems.append(f"{path} was not written: {error}")
            return
        # A power cut before the flush leaves an empty file.
        if not target.exists() or not target.stat().st_size or (record and _is_as_recorded(target, record)):
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)
            self.written += 1
        elif filecmp.cmp(part, target, shallow=False):
            self.unchanged += 1  # the process was killed before it wrote the record
        else:
            self.problems.append(f"{path} was not updated: another program wrote or changed it; move it to update it")
            return
        self._add(path, source, key)

    def remove(self, path: str) -> None:
        """Removes a file of this export, unless another program has changed it."""
        record, target = self._records[path], self.folder / path
        if _is_as_recorded(target, record):
            target.unlink()
            self._flush()
            del self._records[path]
            self._write_records(self._records.values())

    def _add(self, path: str, source: str, key: str) -> None:
        status = (self.folder / path).stat()
        self._records[key] = record = Record(path, source, status.st_size, status.st_mtime_ns, key)
        self._new.append(record)
        if len(self._new) == _BATCH:
            self._flush()

    def _move(self, record: Record, target: Path) -> None:
        """Moves a file whose name has changed."""
        old = self.folder / record.path
        if old.exists() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            old.replace(target)
            with suppress(OSError):  # it contains other files
                old.parent.rmdir()

    def _copy(self, file: StoredFile, part: Path) -> None:
        """Copies or links a file.

        Raises:
            FileError: it has another content than when it was stored.
        """
        if self._link:
            with suppress(OSError):  # on another disk, or the file system has no hard links
                part.hardlink_to(file.path)
                return
        with part.open("wb") as copy:
            for chunk in chunks(file):
                copy.write(chunk)
        status = file.path.stat()
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _read_records(self) -> None:
        try:
            header, *lines = read_regular(self.folder / RECORDS_NAME).splitlines()
            if msgspec.json.decode(header, type=_Header) != self._header:
                raise ValueError(header)
        except (FileNotFoundError, ValueError, msgspec.MsgspecError):
            raise SettingError(
                f"{self.folder} is not a folder of {PROGRAM} export {self._header.format}; pass a new or an empty folder"
            ) from None
        for line in lines:
            with suppress(msgspec.MsgspecError):  # the process was killed while it wrote the last one
                record = msgspec.json.decode(line, type=Record)
                self._records[record.key] = record
        self._write_records(self._records.values())

    def _write_records(self, records: Collection[Record]) -> None:
        lines = [msgspec.json.encode(one) + b"\n" for one in (self._header, *records)]
        write_atomically(self.folder / RECORDS_NAME, b"".join(lines))

    def _flush(self) -> None:
        """Writes the records of files that are on the disk."""
        if not self._new:
            return
        sync_all([self.folder / record.path for record in self._new])
        with (self.folder / RECORDS_NAME).open("ab") as file:
            file.writelines(msgspec.json.encode(record) + b"\n" for record in self._new)
        self._new.clear()


def chunks(file: StoredFile) -> Iterator[bytes]:
    """The content of a file.

    Raises:
        FileError: it has another content than when it was stored.
    """
    sha256 = hashlib.sha256()
    with file.path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            sha256.update(chunk)
            yield chunk
    if sha256.hexdigest() != file.record.sha256:
        raise FileError(
            f"{file.record.path} has another content than when it was stored; run: {PROGRAM} verify --read all --fetch"
        )


def _is_as_recorded(path: Path, record: Record) -> bool:
    status = path.stat()
    return (status.st_size, status.st_mtime_ns) == (record.size, record.mtime_ns)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)

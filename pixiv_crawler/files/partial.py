"""Unfinished downloads on disk, and how to go on with them.

The name of a part tells what it is a part of: a hash of the file and its address, the size of the whole, and the
validator with which the server named this content. So a part left by a killed process is never taken for another's,
and never gets an end that is not its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pixiv_crawler.exceptions import FileError

_SUFFIX = ".part"
# Base64 makes a third more of it, and a name has 255 bytes; a part with a longer one is not gone on with.
_LONGEST_VALIDATOR = 120
_STRONG_ETAG = re.compile(r'"[^"]*"')
_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-[0-9]+/([0-9]+|\*)")


class StorageError(FileError):
    """Our own disk failed; the cause is the `OSError`."""


@contextmanager
def storing() -> Iterator[None]:
    """Turns errors of our own disk into `StorageError`, so that nobody takes them for the network's."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"the file could not be stored ({error.strerror})") from error


def part_place(folder: Path, key: str, url: str) -> Path:
    """Where the part of a file lies that is had from that address: the beginning of its path."""
    return folder / hashlib.sha256(f"{key} {url}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a file."""

    path: Path
    total: int | None
    """Bytes of the whole file; None when the server did not tell."""
    validator: str
    """ETag or Last-Modified of the content; empty when there was none, so that it cannot be gone on with."""

    @classmethod
    def find(cls, place: Path) -> Part | None:
        """The part that lies there; None when there is none."""
        for path in _found(place):
            total, _, validator = path.name.removeprefix(f"{place.name}.").removesuffix(_SUFFIX).partition(".")
            with suppress(ValueError, binascii.Error):
                return cls(path, int(total) if total else None, base64.urlsafe_b64decode(validator).decode())
        return None

    @classmethod
    def begin(cls, place: Path, headers: Mapping[str, str], total: int | None) -> Part:
        """A part for an answer with these headers (lower case), in place of any that lies there."""
        place.parent.mkdir(parents=True, exist_ok=True)
        discard(place)
        validator = _validator(headers)
        encoded = base64.urlsafe_b64encode(validator.encode()).decode()
        told = "" if total is None else total
        return cls(place.with_name(f"{place.name}.{told}.{encoded}{_SUFFIX}"), total, validator)

    @property
    def size(self) -> int:
        """Bytes that are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self.total is not None and self.size == self.total

    def range_headers(self) -> dict[str, str]:
        """What asks for the rest; empty when it must be begun anew."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator} if self.validator and self.size else {}

    def is_continued_by(self, headers: Mapping[str, str]) -> bool:
        """Whether an answer of status 206 with these headers (lower case) is the rest of the same content."""
        found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
        if found is None or int(found[1]) != self.size or found[2] not in ("*", str(self.total or found[2])):
            return False
        told = headers.get("etag" if self.validator.startswith('"') else "last-modified", self.validator)
        return told == self.validator


def discard(place: Path) -> None:
    """Takes away what lies there."""
    for path in _found(place):
        path.unlink(missing_ok=True)


def _found(place: Path) -> list[Path]:
    """Without `glob`, which takes ten times as long: a run has few parts at a time, but looks for them often."""
    with suppress(FileNotFoundError):
        beginning = f"{place.name}."
        return [path for path in place.parent.iterdir() if path.name.startswith(beginning) and path.suffix == _SUFFIX]
    return []


def _validator(headers: Mapping[str, str]) -> str:
    """A weak ETag promises only that the content means the same."""
    etag = headers.get("etag", "")
    validator = etag if _STRONG_ETAG.fullmatch(etag) else headers.get("last-modified", "")
    return validator if validator.isascii() and len(validator) <= _LONGEST_VALIDATOR else ""


class PartFile:
    """A part that is being written, with the hash of all that is in it.

    Raises (on every call):
        StorageError: the disk failed.
    """

    def __init__(self, part: Part, *, goes_on: bool = False) -> None:
        with storing():
            self._digest = hashlib.sha256()
            if goes_on:
                self._digest = _digest(part.path)
            self._file = part.path.open("ab" if goes_on else "wb")
            self.size = part.size if goes_on else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with storing():
            self._file.close()

    def write(self, piece: bytes) -> None:
        with storing():
            self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The hash of a file's content, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    return _digest(path).hexdigest()


def _digest(path: Path) -> hashlib._Hash:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256")

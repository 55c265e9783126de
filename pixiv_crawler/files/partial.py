"""Partial downloads on disk, and how to resume them.

The name of a partial file identifies its content: a hash of the file's key and URL (the prefix), the size of the
complete file, and the validator with which the server identified this version. A partial file left by a killed process
is therefore never used for another file, and never continued with bytes of another version.
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
from pixiv_crawler.layout.regular_files import check_regular, regular_only

_SUFFIX = ".part"
# Base64 adds a third, and some file systems limit names to 143 bytes; with a longer validator, nothing can be resumed.
_MAX_VALIDATOR_LENGTH = 66
_STRONG_ETAG = re.compile(r'"[^"]*"')
_CONTENT_RANGE = re.compile(r"bytes ([0-9]+)-[0-9]+/([0-9]+|\*)")


class StorageError(FileError):
    """The local disk failed; the cause is the `OSError`."""


@contextmanager
def storage_errors() -> Iterator[None]:
    """Converts errors of the local disk to `StorageError`, so that they are not mistaken for network errors."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"the file could not be stored ({error.strerror})") from error


def partial_prefix(folder: Path, key: str, url: str) -> Path:
    """The path prefix of the partial file for a key and a URL."""
    return folder / hashlib.sha256(f"{key} {url}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PartialFile:
    """The first bytes of a file."""

    path: Path
    total: int | None
    """Size of the complete file in bytes; None if the server did not report it."""
    validator: str
    """ETag or Last-Modified of the content; empty if there was none, in which case the download cannot be resumed."""

    @classmethod
    def find(cls, prefix: Path) -> PartialFile | None:
        """The partial file with this prefix; None if there is none."""
        for path in _paths(prefix):
            total, _, validator = path.name.removeprefix(f"{prefix.name}.").removesuffix(_SUFFIX).partition(".")
            with suppress(ValueError, binascii.Error):
                return cls(path, int(total) if total else None, base64.urlsafe_b64decode(validator).decode())
        return None

    @classmethod
    def create(cls, prefix: Path, headers: Mapping[str, str], total: int | None) -> PartialFile:
        """A partial file for a response with these headers (lower case); discard any previous one first."""
        with storage_errors():
            if not prefix.parent.is_dir():
                prefix.parent.mkdir(parents=True, exist_ok=True)
        validator = _validator(headers)
        encoded = base64.urlsafe_b64encode(validator.encode()).decode()
        size = "" if total is None else total
        return cls(prefix.with_name(f"{prefix.name}.{size}.{encoded}{_SUFFIX}"), total, validator)

    @property
    def size(self) -> int:
        """Number of bytes on disk."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def is_complete(self) -> bool:
        """Whether all bytes are on disk."""
        return self.total is not None and self.size == self.total

    def range_headers(self) -> dict[str, str]:
        """Headers that request the remaining bytes; empty if the download must start over."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator} if self.validator and self.size else {}

    def is_continued_by(self, headers: Mapping[str, str]) -> bool:
        """Whether a response with status 206 and these headers (lower case) contains the remaining bytes."""
        content_range = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
        if content_range is None or int(content_range[1]) != self.size:
            return False
        if content_range[2] not in ("*", str(self.total or content_range[2])):
            return False
        name = "etag" if self.validator.startswith('"') else "last-modified"
        return headers.get(name, self.validator) == self.validator


def discard(prefix: Path) -> None:
    """Removes the partial file with this prefix, if any."""
    with storage_errors():
        for path in _paths(prefix):
            path.unlink(missing_ok=True)


def _paths(prefix: Path) -> list[Path]:
    """Avoids `glob`, which takes ten times as long: a run has few partial files at a time, but looks for them often."""
    with suppress(FileNotFoundError):
        start = f"{prefix.name}."
        return [path for path in prefix.parent.iterdir() if path.name.startswith(start) and path.suffix == _SUFFIX]
    return []


def _validator(headers: Mapping[str, str]) -> str:
    """Ignores weak ETags: they only promise equivalent content, not the same bytes."""
    etag = headers.get("etag", "")
    validator = etag if _STRONG_ETAG.fullmatch(etag) else headers.get("last-modified", "")
    return validator if validator.isascii() and len(validator) <= _MAX_VALIDATOR_LENGTH else ""


class PartialFileWriter:
    """Writes a partial file and computes the hash of its content.

    Raises (on every call):
        StorageError: the disk failed.
    """

    def __init__(self, partial: PartialFile, *, resume: bool = False) -> None:
        with storage_errors():
            self._digest = _digest(partial.path) if resume else hashlib.sha256()
            check_regular(partial.path)
            self._file = partial.path.open("ab" if resume else "wb")
            self.size = partial.size if resume else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with storage_errors():
            self._file.close()

    def write(self, chunk: bytes) -> None:
        with storage_errors():
            self._file.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The hash of a file's content, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    return _digest(path).hexdigest()


def _digest(path: Path) -> hashlib._Hash:
    with open(path, "rb", opener=regular_only) as file:
        return hashlib.file_digest(file, "sha256")

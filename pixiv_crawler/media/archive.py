"""Verifies the ZIP of an animation's frames: central directory, names, sizes, and the checksum of every member."""

import re
import struct
import zipfile
import zlib
from typing import BinaryIO

_CHUNK_BYTES = 256 * 1024
_END, _END64 = b"PK\5\6", b"PK\6\7"
# The size of the end of the central directory without its comment, and the maximum size of the comment.
_END_BYTES, _COMMENT_BYTES = 22, 65_535
_END64_BYTES = 20
# Pixiv's animations have at most a few hundred frames; the largest ZIP is smaller than DOWNLOAD_MAXSIZE.
_MOST_MEMBERS = 10_000
_MOST_TABLE_BYTES = 4 * 1024 * 1024
_MOST_BYTES = 1 << 30
# Unpacking members with other compression methods may need any amount of memory.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# No path that leaves the folder, and no name that is invalid on some systems.
_UNSAFE = re.compile(r'[\0-\x1f\\:*?"<>|]|(?:^|/)\.{0,2}(?:/|$)')

_UNREADABLE = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, RuntimeError, ArithmeticError, struct.error, zlib.error,
)  # fmt: skip
_NO_TABLE = "is truncated: no central directory (ZIP)"


def zip_problem(file: BinaryIO) -> str | None:
    """What is wrong with a ZIP; None if every member can be unpacked and has the right checksum."""
    if problem := directory_problem(file):
        return problem
    with zipfile.ZipFile(file) as archive:
        problems = (member_problem(archive, member) for member in archive.infolist())
        found = next(filter(None, problems), None)
    return f"contains a file that {found} (ZIP)" if found else None


def directory_problem(file: BinaryIO) -> str | None:
    """What is wrong with the central directory of a ZIP; the content of its members is not read."""
    if problem := _table_problem(file):
        return problem
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            return _names_problem(members) or _sizes_problem(members)
    except _UNREADABLE:
        return _NO_TABLE


def member_problem(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str | None:
    """Why a member cannot be unpacked; None if it can, and has the right checksum."""
    if member.compress_type not in _METHODS:
        return f"has the unsupported compression method {member.compress_type}"
    try:
        with archive.open(member) as content:
            while content.read(_CHUNK_BYTES):
                pass
    except _UNREADABLE as error:
        return f"cannot be unpacked: {error or type(error).__name__}"
    return None


def _table_problem(file: BinaryIO) -> str | None:
    """What is wrong with the central directory: it must be complete, belong to this file, and be small enough to be read at once."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES - _COMMENT_BYTES - _END64_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        return _NO_TABLE
    count, table_bytes, start, comment_bytes = struct.unpack_from("<HIIH", tail, at + 10)
    if tail[max(at - _END64_BYTES, 0) : at].startswith(_END64) or table_bytes > _MOST_TABLE_BYTES:
        return "contains too many files (ZIP)"
    if not count:
        return "contains no files (ZIP)"
    if len(tail) - at - _END_BYTES < comment_bytes or start + table_bytes != size - len(tail) + at:
        # The central directory is that of an embedded ZIP, or its last bytes are missing.
        return "is truncated: no central directory (ZIP)"
    return None


def _names_problem(members: list[zipfile.ZipInfo]) -> str | None:
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        return "contains two files with the same name (ZIP)"
    if unsafe := next((name for name in names if _UNSAFE.search(name)), None):
        return f"contains a file with an unsafe name: {unsafe[:100]!r} (ZIP)"
    return None


def _sizes_problem(members: list[zipfile.ZipInfo]) -> str | None:
    if len(members) > _MOST_MEMBERS:
        return "contains too many files (ZIP)"
    if sum(member.file_size for member in members) > _MOST_BYTES:
        return f"unpacks to more than {_MOST_BYTES} bytes (ZIP)"
    return None

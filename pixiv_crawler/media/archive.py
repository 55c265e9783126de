"""ZIP of an animation's frames: table of contents, names, sizes, and the checksum of every member."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import BinaryIO

_CHUNK_BYTES = 256 * 1024
_END, _END64 = b"PK\5\6", b"PK\6\7"
# The end of the table of contents without its comment, and the most that a comment can have.
_END_BYTES, _COMMENT_BYTES = 22, 65_535
_END64_BYTES = 20
# An animation of Pixiv's has some hundred frames; the largest of its files is below DOWNLOAD_MAXSIZE.
_MOST_MEMBERS = 10_000
_MOST_TABLE_BYTES = 4 * 1024 * 1024
_MOST_BYTES = 1 << 30
# Others can ask for any amount of memory.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# No way out of a folder, and nothing that only some systems take for a name.
_UNSAFE = re.compile(r'[\0-\x1f\\:*?"<>|]|(?:^|/)\.{0,2}(?:/|$)')

_UNREADABLE = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, RuntimeError, ArithmeticError, struct.error, zlib.error,
)  # fmt: skip
_NO_TABLE = "ends early: no table of contents (ZIP)"


def zip_problem(file: BinaryIO) -> str | None:
    """What is wrong with a ZIP; None when every member can be unpacked as its maker packed it."""
    if problem := _table_problem(file):
        return problem
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            return _names_problem(members) or _sizes_problem(members) or _members_problem(archive, members)
    except _UNREADABLE:
        return _NO_TABLE


def _table_problem(file: BinaryIO) -> str | None:
    """Whether the table of contents is its own, whole, and of a size to be read at once."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES - _COMMENT_BYTES - _END64_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        return _NO_TABLE
    count, table_bytes, start, comment_bytes = struct.unpack_from("<HIIH", tail, at + 10)
    if tail[max(at - _END64_BYTES, 0) : at].startswith(_END64) or table_bytes > _MOST_TABLE_BYTES:
        return "holds too many files (ZIP)"
    if not count:
        return "holds no file (ZIP)"
    if len(tail) - at - _END_BYTES < comment_bytes or start + table_bytes != size - len(tail) + at:
        # The table of contents found is that of a ZIP inside, or its last bytes are missing.
        return "ends early: no table of contents of its own (ZIP)"
    return None


def _names_problem(members: list[zipfile.ZipInfo]) -> str | None:
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        return "holds two files of one name (ZIP)"
    if unsafe := next((name for name in names if _UNSAFE.search(name)), None):
        return f"holds a file of an unsafe name: {unsafe[:100]!r} (ZIP)"
    return None


def _sizes_problem(members: list[zipfile.ZipInfo]) -> str | None:
    if len(members) > _MOST_MEMBERS:
        return "holds too many files (ZIP)"
    if sum(member.file_size for member in members) > _MOST_BYTES:
        return f"unpacks to more than {_MOST_BYTES} bytes (ZIP)"
    return None


def _members_problem(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> str | None:
    for member in members:
        if member.compress_type not in _METHODS:
            return f"holds a file packed by method {member.compress_type} (ZIP)"
        try:
            with archive.open(member) as content:
                while content.read(_CHUNK_BYTES):
                    pass
        except _UNREADABLE as error:
            return f"cannot be unpacked: {error or type(error).__name__} (ZIP)"
    return None

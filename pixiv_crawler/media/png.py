"""Verifies a PNG: chunks with their checksums, and that no pixels are missing."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

_CHUNK_BYTES = 64 * 1024
_SIGNATURE_BYTES = 8

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# First column and row of the seven passes of an interlaced image, and their steps.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Maximum number of bytes of pixels to unpack (and discard): 250 megapixels, two seconds of work. Beyond it, only
# checksums are verified.
_MOST_BYTES = 1 << 30


def png_problem(file: BinaryIO) -> str | None:
    """What is wrong with a PNG; None if it is complete, even with appended data."""
    file.seek(_SIGNATURE_BYTES)
    pixels: _Pixels | None = None
    while len(head := file.read(8)) == 8:
        name = head[4:]
        if pixels is None:
            header = file.read(int.from_bytes(head[:4])) if name == b"IHDR" and head[:4] == b"\0\0\0\r" else b""
            if not (pixels := _Pixels.of(header)):
                return "cannot be decoded: no header (PNG)"
            checksum: int | None = zlib.crc32(header, zlib.crc32(name))
        else:
            checksum = _read(file, head, pixels)
        if checksum is None or len(stored := file.read(4)) < 4:
            break
        if checksum != int.from_bytes(stored):
            return f"cannot be decoded: wrong checksum of {name!r} (PNG)"
        if name == b"IEND":
            return pixels.problem
    return "is truncated: no IEND chunk (PNG)"


def _read(file: BinaryIO, head: bytes, pixels: _Pixels) -> int | None:
    """Counts the pixels of a chunk and returns its checksum; None if the file ends within the chunk."""
    left, checksum = int.from_bytes(head[:4]), zlib.crc32(head[4:])
    while left and (piece := file.read(min(left, _CHUNK_BYTES))):
        left -= len(piece)
        checksum = zlib.crc32(piece, checksum)
        if head[4:] == b"IDAT":
            pixels.unpack(piece)
    return None if left else checksum


class _Pixels:
    """Counts the unpacked bytes of the pixels."""

    def __init__(self, expected: int) -> None:
        self._missing = expected if expected <= _MOST_BYTES else 0
        self._error = ""
        self._unpacker = zlib.decompressobj()

    @classmethod
    def of(cls, header: bytes) -> _Pixels | None:
        """The pixels of an image with this header; None if the header is invalid."""
        if len(header) != struct.calcsize(">IIBBBBB"):
            return None
        width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
        bits = depth * _CHANNELS.get(colour, 0)
        if not (width and height and bits):
            return None
        passes = _PASSES if interlace else ((0, 0, 1, 1),)
        sizes = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in passes]
        return cls(sum(rows * (1 + (columns * bits + 7) // 8) for columns, rows in sizes if columns > 0 and rows > 0))

    def unpack(self, packed: bytes) -> None:
        try:
            while packed and self._missing > 0 and not (self._error or self._unpacker.eof):
                self._missing -= len(self._unpacker.decompress(packed, _CHUNK_BYTES))
                packed = self._unpacker.unconsumed_tail
        except zlib.error as error:
            self._error = str(error)

    @property
    def problem(self) -> str | None:
        if self._error:
            return f"cannot be decoded: {self._error} (PNG)"
        return "is truncated: pixels are missing (PNG)" if self._missing > 0 else None

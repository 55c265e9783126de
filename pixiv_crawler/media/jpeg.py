"""Verifies a JPEG: its markers, that no scan is missing, and that the data reach the last pixel."""

import io
import re
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pixiv_crawler.media.decoding import UNREADABLE, decode_reduced, decoding_problem, is_decodable

_CHUNK_BYTES = 256 * 1024
# Padding that some servers and disks append to a file.
_PADDING = b"\0 \t\r\n"

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
# Within the data of a scan, 0xFF is followed by 0 or is a restart marker (0xD0 to 0xD7).
_MARKER = re.compile(rb"\xff([^\xff\0\xd0-\xd7])")
# Markers without a length.
_BARE = frozenset({0x01, _START})
_SEQUENTIAL, _PROGRESSIVE = frozenset({0xC0, 0xC1}), 0xC2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_NO_DATA = "is truncated: no image data (JPEG)"
_NO_END = "is truncated: no end-of-image marker (JPEG)"

# Decoders replace missing data before an end marker with zeros, which result in this value in each channel.
_GREY = frozenset({127, 128})
# Inserted in place of missing data; contains no 0xFF, which would begin a marker.
_NOISE = bytes((number * number * 7 + number * 31) % 255 for number in range(4096))


@dataclass(slots=True)
class _Frame:
    """The properties of an image according to its markers."""

    kind: int = 0
    """The marker of its header; 0 if there is none."""
    precision: int = 0
    width: int = 0
    height: int = 0
    factors: dict[int, int] = field(default_factory=dict)
    """Samples of each component in one unit of the image."""
    scanned: int = 0
    """The number of scans of each component."""
    scans: int = 0
    missing: dict[int, list[int]] = field(default_factory=dict)
    """For progressive images: the missing low bits of each coefficient, by component."""

    def begin(self, kind: int, header: bytes) -> None:
        self.kind, self.precision = kind, header[0]
        self.height, self.width = int.from_bytes(header[1:3]), int.from_bytes(header[3:5])
        self.factors = {id_: (size >> 4) * (size & 15) for id_, size in zip(header[6::3], header[7::3], strict=False)}
        self.missing = {component: [1] * 64 for component in self.factors}

    def scan(self, header: bytes) -> None:
        count = header[0] if header else 0
        self.scans += 1
        self.scanned += count
        first, last, bits = (*header[1 + 2 * count : 4 + 2 * count], 0, 0, 0)[:3]
        for component in header[1 : 1 + 2 * count : 2]:
            if left := self.missing.get(component):
                left[first : last + 1] = [bits & 15] * len(left[first : last + 1])

    @property
    def is_known(self) -> bool:
        """Whether it has a common coding and 8 bits per sample; other images are not verified further."""
        return self.precision == 8 and (self.kind == _PROGRESSIVE or self.kind in _SEQUENTIAL)

    @property
    def has_all_scans(self) -> bool:
        if self.kind == _PROGRESSIVE:
            return not any(any(left) for left in self.missing.values())
        return self.scanned >= len(self.factors)

    @property
    def needed_bytes(self) -> float:
        """Memory required to decode it at an eighth of its size; with several scans, all coefficients are in memory."""
        pixels = self.width * self.height
        if self.kind in _SEQUENTIAL and self.scans == 1:
            return pixels / 64 * 4
        return pixels * 2 * sum(self.factors.values()) / max(self.factors.values(), default=1)


def jpeg_problem(file: BinaryIO) -> str | None:
    """What is wrong with a JPEG; None if it is complete, even with appended data."""
    frame = _Frame()
    file.seek(2)
    while (marker := _next_marker(file)) not in (None, _END):
        if marker not in _BARE:
            header = file.read(max(int.from_bytes(file.read(2)) - 2, 0))
            if marker in _FRAMES and len(header) >= 6:
                frame.begin(marker or 0, header)
            elif marker == _SCAN:
                frame.scan(header)
    if not frame.scans or not frame.kind:
        return _NO_DATA if marker == _END or not frame.scans else _NO_END
    if marker is None:
        return _NO_END
    return _picture_problem(file, frame) if frame.is_known else None


def _next_marker(file: BinaryIO) -> int | None:
    """Skips to the end of the next marker and returns it; None if there is none."""
    # Begins with few bytes, because markers usually follow each other directly.
    left, size = b"", 64
    while chunk := file.read(size):
        size = min(size * 4, _CHUNK_BYTES)
        chunk = left + chunk
        if found := _MARKER.search(chunk):
            file.seek(found.end() - len(chunk), 1)
            return found[1][0]
        left = b"\xff" if chunk.endswith(b"\xff") else b""
    return None


def _picture_problem(file: BinaryIO, frame: _Frame) -> str | None:
    """What is wrong with the image whose end marker has just been read."""
    end = file.tell() - 2
    if not frame.has_all_scans:
        return "is truncated: scans are missing (JPEG)"
    pixels = frame.width * frame.height
    if not is_decodable(pixels, frame.needed_bytes):
        return None
    # Usually a second image; all are then decoded in full size.
    has_more = _has_more(file) and is_decodable(pixels, pixels * 3)
    try:
        if _is_cut(file, end):
            return "is truncated: the data do not reach the last pixel (JPEG)"
    except UNREADABLE as error:
        return f"cannot be decoded: {error}"
    return decoding_problem(file, "JPEG") if has_more else None


def _has_more(file: BinaryIO) -> bool:
    while chunk := file.read(_CHUNK_BYTES):
        if chunk.strip(_PADDING):
            return True
    return False


def _is_cut(file: BinaryIO, end: int) -> bool:
    """Whether the data end before the last pixel: in that case, additional data before the end marker change the image.

    Applies only to images with one scan: if there are several, each contains data of all pixels.
    """
    picture = decode_reduced(file)
    if not _GREY.issuperset(_values(picture.getpixel((picture.width - 1, picture.height - 1)))):
        return False
    longer: Any = io.BufferedReader(_Longer(file, end))
    return picture.tobytes() != decode_reduced(longer).tobytes()


def _values(pixel: Any) -> tuple[int, ...]:
    return pixel if isinstance(pixel, tuple) else (pixel,)


class _Longer(io.RawIOBase):
    """A JPEG up to its end marker, then noise, then the marker."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file = file
        self._end = end
        self._rest = _NOISE + b"\xff\xd9"
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self._at, self._end + len(self._rest))[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._at)
        piece = self._file.read(min(len(buffer), max(self._end - self._at, 0)))
        piece = piece or self._rest[max(self._at - self._end, 0) :][: len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

"""Animated PNG, without loss, with the exact delays.

Pillow encodes each change alone, and the frames are put together here: its own writer keeps all frames in memory.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections import defaultdict
from itertools import count
from pathlib import Path

from PIL import Image

from pixiv_crawler.media.animation.film import Box, Film

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# As small as Pillow's 6 and twice as fast for pictures that were JPEGs.
_COMPRESS_LEVEL = 4
_FOREVER = 0
_MS_PER_SECOND = 1000
# The change stays, and replaces what is there.
_STAYS, _REPLACES = 0, 0


def write_apng(path: Path, film: Film) -> None:
    """Writes a film as animated PNG.

    Raises:
        AnimationError: a frame cannot be decoded.
    """
    delays = film.delays
    numbers = count()
    with path.open("wb") as file:
        file.write(_SIGNATURE)
        for at, ((box, change), delay) in enumerate(zip(film.changes(), delays, strict=True)):
            header, pixels = _encoded(change)
            if at == 0:
                file.write(_chunk(b"IHDR", header) + _chunk(b"acTL", struct.pack(">II", len(delays), _FOREVER)))
            file.write(_chunk(b"fcTL", _control(next(numbers), box, delay)))
            for piece in pixels:
                file.write(_chunk(b"fdAT", struct.pack(">I", next(numbers)) + piece) if at else _chunk(b"IDAT", piece))
        file.write(_chunk(b"IEND", b""))


def _control(number: int, box: Box, delay: int) -> bytes:
    left, top, right, bottom = box
    place = (right - left, bottom - top, left, top)
    return struct.pack(">IIIIIHHBB", number, *place, delay, _MS_PER_SECOND, _STAYS, _REPLACES)


def _encoded(picture: Image.Image) -> tuple[bytes, list[bytes]]:
    """The header and the packed pixels of a picture."""
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=_COMPRESS_LEVEL)
    file.seek(len(_SIGNATURE))
    chunks: dict[bytes, list[bytes]] = defaultdict(list)
    while head := file.read(8):
        chunks[head[4:]].append(file.read(int.from_bytes(head[:4])))
        file.seek(4, 1)
    return chunks[b"IHDR"][0], chunks[b"IDAT"]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))

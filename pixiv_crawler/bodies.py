"""Bodies that came packed although nobody asked for it, as some proxies do: unpacked piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_PIECE_BYTES = 256 * 1024
# With which each member of a gzip body begins.
_GZIP = b"\x1f"
# zlib's word for "gzip or zlib, whichever it is".
_ANY_WRAPPER = 47


class PackedError(Exception):
    """A body that cannot be unpacked."""


class Body:
    """Unpacks a body of the given `Content-Encoding`.

    Raises:
        PackedError: it is an encoding that nobody asked for and that cannot be unpacked here.
    """

    def __init__(self, encoding: str) -> None:
        self.is_packed = encoding.strip().lower() not in ("", "identity")
        if self.is_packed and encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
            raise PackedError(f"came packed as {encoding!r}, which was not asked for")
        self._unpacker = zlib.decompressobj(_ANY_WRAPPER)

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What a piece of the body unpacks to, in pieces of bounded size."""
        if not self.is_packed:
            yield packed
            return
        while packed:
            if self._unpacker.eof:
                if packed[:1] != _GZIP:
                    return  # such as zeros that fill a block up
                # A body may be packed in several members, one behind the other.
                self._unpacker = zlib.decompressobj(_ANY_WRAPPER)
            try:
                yield self._unpacker.decompress(packed, _PIECE_BYTES)
            except zlib.error as error:
                raise PackedError(f"came packed and cannot be unpacked ({error})") from error
            packed = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    @property
    def is_whole(self) -> bool:
        """Whether the end has come, as far as the encoding tells."""
        return not self.is_packed or self._unpacker.eof

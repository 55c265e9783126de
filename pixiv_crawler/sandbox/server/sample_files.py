"""Files for the addresses that recorded answers name: of the right type and size, in one colour."""

from __future__ import annotations

import re
from typing import Any

from ..media import images, variants

_DEFAULT_SIZE = (360, 360)
_ADDRESS = re.compile(r"https://[is]\.pximg\.net(/[^?\s]+\.(?:jpg|png|gif|zip))(?:\?.*)?")
_SMALL_ZIP, _LARGE_ZIP = "_ugoira600x600.zip", "_ugoira1920x1080.zip"


class SampleFiles:
    def __init__(self) -> None:
        self._images: dict[str, images.Size] = {}
        self._zips: dict[str, tuple[str, ...]] = {}

    def find(self, path: str) -> bytes | None:
        """The file at a path of the image hosts, if a recorded answer names it."""
        name = path.rpartition("/")[2]
        if path in self._zips:
            return images.frames_zip(name, self._zips[path], _DEFAULT_SIZE)
        if path in self._images:
            return images.image(name, self._images[path], variants.split(path)[1].extension(name))
        return None

    def collect(self, content: Any, size: images.Size = _DEFAULT_SIZE) -> None:
        """Remember every address in a recorded answer, each with the size of the work it belongs to."""
        match content:
            case {"zip_urls": {"medium": str(address)}, "frames": list(frames)}:
                self._collect_zip(address, tuple(str(frame["file"]) for frame in frames))
            case dict():
                size = _size(content.get("width"), content.get("height")) or size
                for value in content.values():
                    self.collect(value, size)
            case list():
                for value in content:
                    self.collect(value, size)
            case str() if found := _ADDRESS.fullmatch(content):
                self._images.setdefault(found[1], _shown_size(found[1], size))

    def _collect_zip(self, address: str, names: tuple[str, ...]) -> None:
        if found := _ADDRESS.fullmatch(address):
            self._zips[found[1]] = self._zips[found[1].replace(_SMALL_ZIP, _LARGE_ZIP)] = names


def _size(width: object, height: object) -> images.Size | None:
    """The size that a work declares; None when it declares none."""
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return width, height
    return None


def _shown_size(path: str, original: images.Size) -> images.Size:
    """The size of the picture at an address, which tells the box that Pixiv fitted it in."""
    plain, flavour = variants.split(path)
    return flavour.size(original, plain)

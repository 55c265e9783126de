"""Files for the URLs in recorded responses: of the right type and size, in one colour."""

import re
from typing import Any

from ..media import images, variants

_DEFAULT_SIZE = (360, 360)
_URL = re.compile(r"https://[is]\.pximg\.net(/[^?\s]+\.(?:jpg|png|gif|zip))(?:\?.*)?")
_SMALL_ZIP, _LARGE_ZIP = "_ugoira600x600.zip", "_ugoira1920x1080.zip"


class SampleFiles:
    def __init__(self) -> None:
        self._images: dict[str, images.Size] = {}
        self._zips: dict[str, tuple[str, ...]] = {}

    def find(self, path: str) -> bytes | None:
        """The file at a path of the image hosts, if a recorded response names it."""
        name = path.rpartition("/")[2]
        if path in self._zips:
            return images.frames_zip(name, self._zips[path], _DEFAULT_SIZE)
        if path in self._images:
            return images.image(name, self._images[path], variants.split(path)[1].extension(name))
        return None

    def collect(self, content: Any, size: images.Size = _DEFAULT_SIZE) -> None:
        """Remembers every URL in a recorded response, with the size of the work that it belongs to."""
        match content:
            case {"zip_urls": {"medium": str(url)}, "frames": list(frames)}:
                self._collect_zip(url, tuple(str(frame["file"]) for frame in frames))
            case dict():
                size = _size(content.get("width"), content.get("height")) or size
                for value in content.values():
                    self.collect(value, size)
            case list():
                for value in content:
                    self.collect(value, size)
            case str() if found := _URL.fullmatch(content):
                self._images.setdefault(found[1], _shown_size(found[1], size))

    def _collect_zip(self, url: str, names: tuple[str, ...]) -> None:
        if found := _URL.fullmatch(url):
            self._zips[found[1]] = self._zips[found[1].replace(_SMALL_ZIP, _LARGE_ZIP)] = names


def _size(width: object, height: object) -> images.Size | None:
    """The declared size of a work; None if there is none."""
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return width, height
    return None


def _shown_size(path: str, original: images.Size) -> images.Size:
    """The size of the image at a URL, which names the box into which Pixiv fitted it."""
    plain, variant = variants.split(path)
    return variant.size(original, plain)

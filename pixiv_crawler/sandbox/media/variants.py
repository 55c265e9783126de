"""The flavours that Pixiv serves an image in: what the `/c/…` at the head of an address asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

from .images import Size

_HEAD = re.compile(
    r"^/c/(?=\w)(?:([0-9]+)x([0-9]+))?(\w*)"
    r"(?=/(?:img-master|background|illust-series-cover-original|novel-cover-master|novel-cover-original)/)"
)
_MASTER_BOX = (1200, 1200)


class Flavour(NamedTuple):
    box: Size | None = None
    """None: the picture is as large as without a flavour."""
    is_cropped: bool = False
    """The picture fills the box; otherwise it is fitted in."""
    is_webp: bool = False

    def size(self, original: Size, path: str) -> Size:
        """Of the picture at a path that `split` gave, made of an original of this size."""
        if self.box is not None and self.is_cropped:
            return self.box
        if self.box is not None and "_square1200" in path:
            return self.box[0], self.box[0]
        size = fitted(original, _MASTER_BOX) if "_master1200" in path else original
        return size if self.box is None else fitted(size, self.box)

    def extension(self, path: str) -> str:
        """What the file at such a path is by its type, whatever the path ends in."""
        return "webp" if self.is_webp else path.rpartition(".")[2]


PLAIN = Flavour()


def split(path: str) -> tuple[str, Flavour]:
    """A path of the image hosts without its head, and what that asks for."""
    found = _HEAD.match(path)
    if found is None:
        return path, PLAIN
    box = (int(found[1]), int(found[2])) if found[1] else None
    return path[found.end() :], Flavour(box, "_a2" in found[3], found[3].endswith("_webp"))


def fitted(size: Size, box: Size) -> Size:
    """The same shape within the box; never enlarged."""
    shrink = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))

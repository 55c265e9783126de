"""The variants that Pixiv serves of an image: the size, cropping and format that the URL prefix `/c/…` selects."""

import re
from typing import NamedTuple

from .images import Size

_HEAD = re.compile(
    r"^/c/(?=\w)(?:([0-9]+)x([0-9]+))?(\w*)"
    r"(?=/(?:img-master|background|illust-series-cover-original|novel-cover-master|novel-cover-original)/)"
)
_MASTER_BOX = (1200, 1200)


class Variant(NamedTuple):
    box: Size | None = None
    """None: the size is not changed."""
    is_cropped: bool = False
    """True: the image fills the box; False: it is fitted into the box."""
    is_webp: bool = False

    def size(self, original: Size, path: str) -> Size:
        """The size of this variant; `path` is what `split` returned, `original` the size of the original."""
        if self.box is not None and self.is_cropped:
            return self.box
        if self.box is not None and "_square1200" in path:
            return self.box[0], self.box[0]
        size = fitted(original, _MASTER_BOX) if "_master1200" in path else original
        return size if self.box is None else fitted(size, self.box)

    def extension(self, path: str) -> str:
        """The file type of this variant, whatever the extension of the path."""
        return "webp" if self.is_webp else path.rpartition(".")[2]


PLAIN = Variant()


def split(path: str) -> tuple[str, Variant]:
    """The path without its variant prefix, and the variant that the prefix selects."""
    found = _HEAD.match(path)
    if found is None:
        return path, PLAIN
    box = (int(found[1]), int(found[2])) if found[1] else None
    return path[found.end() :], Variant(box, "_a2" in found[3], found[3].endswith("_webp"))


def fitted(size: Size, box: Size) -> Size:
    """The same aspect ratio within the box; never enlarged."""
    shrink = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))

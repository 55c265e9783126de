"""The files of a sandbox that draws scenes: the same paths as otherwise, in the sizes that Pixiv's variants have."""

import re
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from PIL import Image, ImageOps

from ..world.works import Work, drawn_size
from . import scenes, unusual_images
from .images import FORMATS, Size, padded
from .variants import Variant, fitted
from .work_files import work_files

_PAGE = re.compile(r"_(?:p|ugoira)([0-9]+)[_.]")
_SMALL_BOX = (600, 600)
_ENOUGH_COLOURS = 64


def work_file(work: Work, path: str, variant: Variant) -> bytes | None:
    """The file of a work at a path without its variant prefix; None: there is no such file."""
    if path not in work_files(work):
        return None
    size = drawn_size(work.size)
    if path.endswith(".zip"):
        return _zip(work, fitted(size, _SMALL_BOX) if "600x600" in path else size)
    found = _PAGE.search(path)
    page, extension = int(found[1]) if found else 0, variant.extension(path)
    if not path.startswith("/img-original/"):
        return _page(work, page, variant.size(size, path), extension)
    if work.spec.content:
        return unusual_images.MAKERS[work.spec.content](f"{work.id} {page}", size)
    content = _page(work, page, size, extension)
    return padded(content, work.spec.file_bytes) if extension == "jpg" else content


@lru_cache(maxsize=256)
def drawn(draw: Callable[[str, Size], Image.Image], seed: str, size: Size, extension: str) -> bytes:
    """A scene as a file, cropped if its aspect ratio is not that of the size."""
    return _encoded(draw(seed, size), extension)


@lru_cache(maxsize=256)
def _page(work: Work, page: int, size: Size, extension: str) -> bytes:
    seed = f"{work.id} {work.edition} {page}"
    whole = _covering(work.size, size)
    if work.type == "manga":
        picture = scenes.manga_page(seed, whole)
    elif work.delays:
        picture = scenes.scene(f"{work.id} {work.edition}", whole, page / len(work.delays))
    else:
        picture = scenes.scene(seed, whole)
    return _encoded(ImageOps.fit(picture, size, centering=(0.5, 0.35)), extension)


def _covering(shape: Size, box: Size) -> Size:
    """The smallest size with the aspect ratio of `shape` that covers the box."""
    scale = max(box[0] / shape[0], box[1] / shape[1])
    return max(box[0], round(shape[0] * scale)), max(box[1], round(shape[1] * scale))


@lru_cache(maxsize=8)
def _zip(work: Work, size: Size) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for number, name in enumerate(work.frame_names):
            archive.writestr(ZipInfo(name), _page(work, number, size, "jpg"))
    return file.getvalue()


def _encoded(picture: Image.Image, extension: str) -> bytes:
    file = BytesIO()
    if extension == "gif":
        picture = picture.quantize(_ENOUGH_COLOURS, dither=Image.Dither.NONE)
    picture.save(file, FORMATS[extension], **({"compress_level": 3} if extension == "png" else {}))
    return file.getvalue()

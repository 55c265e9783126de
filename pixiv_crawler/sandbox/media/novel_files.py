"""The files behind the URLs of novels: covers, and the images uploaded with a text."""

import re
from collections.abc import Callable
from random import Random

from ..world.novel_catalogue import NovelCatalogue
from ..world.novels import Novel
from ..world.users import ON_WEBSITE
from . import images
from .novel_image_urls import cover_stem, image_stem, master_path, original_path
from .variants import Variant

ROOTS = ("/novel-cover-master/", "/novel-cover-original/")

Draw = Callable[[str, images.Size, str], bytes]
"""Generates an image of this label, size and file type."""

_PATH = re.compile(r"^/novel-cover-(?:master|original)/img/[0-9/]+/(ci|tei|)([0-9]{1,18})_[^/]+$")
_COVER_SIZE = (427, 600)
_UPLOADED_SIZES = ((640, 360), (300, 500), (96, 96), (1300, 400))


def find_novel_file(novel_catalogue: NovelCatalogue, path: str, variant: Variant, draw: Draw) -> bytes | None:
    """The content at a path of the image hosts, without its variant prefix; None: there is no such file."""
    found = _PATH.match(path)
    if found is None:
        return None
    kind, number = found[1], int(found[2])
    novel = novel_catalogue.novel(number // 10 if kind == "tei" else number)
    if novel is None or novel.spec.limit not in ON_WEBSITE:
        return None
    return _uploaded(novel, number, path, variant, draw) if kind == "tei" else _cover(novel, path, variant, draw)


def _uploaded(novel: Novel, image_id: int, path: str, variant: Variant, draw: Draw) -> bytes | None:
    size = Random(f"size of uploaded {image_id}").choice(_UPLOADED_SIZES)
    return _file(image_stem(novel, image_id), size, path, variant, draw) if image_id in novel.image_ids else None


def _cover(novel: Novel, path: str, variant: Variant, draw: Draw) -> bytes | None:
    return _file(cover_stem(novel), _COVER_SIZE, path, variant, draw) if novel.spec.has_cover else None


def _file(stem: str, size: images.Size, path: str, variant: Variant, draw: Draw) -> bytes | None:
    if path not in (original_path(stem), master_path(stem), master_path(stem, "square1200")):
        return None
    name = stem.rpartition("/")[2].partition("_")[0]
    kind = path.split("/")[1].removeprefix("novel-cover-")
    return draw(f"{name} {kind}", variant.size(size, path), variant.extension(path))

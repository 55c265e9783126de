"""The files behind the addresses of novels: covers, and the images uploaded with a text."""

from __future__ import annotations

import re
from random import Random

from ..world.novel_catalogue import Shelf
from ..world.novels import Novel
from . import images
from .novel_image_urls import cover_stem, image_stem, master_path, original_path
from .variants import Flavour

ROOTS = ("/novel-cover-master/", "/novel-cover-original/")

_PATH = re.compile(r"^/novel-cover-(?:master|original)/img/[0-9/]+/(ci|tei|)([0-9]{1,18})_[^/]+$")
_COVER_SIZE = (427, 600)
_UPLOADED_SIZES = ((640, 360), (300, 500), (96, 96), (1300, 400))


def find_novel_file(shelf: Shelf, path: str, flavour: Flavour) -> bytes | None:
    """The bytes at a path of the image hosts, which has no flavour at its head any more; None: there is no such file."""
    found = _PATH.match(path)
    if found is None:
        return None
    kind, number = found[1], int(found[2])
    novel = shelf.novel(number // 10 if kind == "tei" else number)
    if novel is None or not novel.is_open:
        return None
    return _uploaded(novel, number, path, flavour) if kind == "tei" else _cover(novel, path, flavour)


def _uploaded(novel: Novel, image_id: int, path: str, flavour: Flavour) -> bytes | None:
    size = Random(f"size of uploaded {image_id}").choice(_UPLOADED_SIZES)
    return _file(image_stem(novel, image_id), size, path, flavour) if image_id in novel.image_ids else None


def _cover(novel: Novel, path: str, flavour: Flavour) -> bytes | None:
    return _file(cover_stem(novel), _COVER_SIZE, path, flavour) if novel.sketch.has_cover else None


def _file(stem: str, size: images.Size, path: str, flavour: Flavour) -> bytes | None:
    if path not in (original_path(stem), master_path(stem), master_path(stem, "square1200")):
        return None
    name = stem.rpartition("/")[2].partition("_")[0]
    kind = path.split("/")[1].removeprefix("novel-cover-")
    return images.image(f"{name} {kind}", flavour.size(size, path), flavour.extension(path))

"""The files behind the addresses of novels: covers, and the images uploaded with a text."""

from __future__ import annotations

import re

from . import media
from .novel_addresses import cover_stem, image_stem, master_path, original_path
from .novel_shelf import Shelf
from .novel_works import Novel

ROOTS = ("/novel-cover-master/", "/novel-cover-original/")

_PATH = re.compile(r"^(?:/c/\w+)?(/novel-cover-(?:master|original)/img/[0-9/]+/(ci|tei|)([0-9]{1,18})_[^/]+)$")


def find_novel_file(shelf: Shelf, path: str) -> bytes | None:
    """The bytes at a path of the image hosts, whatever flavour it asks for; None: Pixiv has no such file."""
    found = _PATH.match(path)
    if found is None:
        return None
    plain, kind, number = found[1], found[2], int(found[3])
    novel = shelf.novel(number // 10 if kind == "tei" else number)
    if novel is None or not novel.is_open:
        return None
    if kind == "tei":
        return _file(plain, image_stem(novel, number)) if number in novel.image_ids else None
    return _cover(novel, plain)


def _cover(novel: Novel, plain: str) -> bytes | None:
    return _file(plain, cover_stem(novel)) if novel.sketch.has_cover else None


def _file(plain: str, stem: str) -> bytes | None:
    name = stem.rpartition("/")[2].partition("_")[0]
    if plain == original_path(stem):
        return media.image(f"{name} original", (90, 130), plain.rpartition(".")[2])
    if plain in (master_path(stem), master_path(stem, "square1200")):
        return media.image(f"{name} master", (45, 65), "jpg")
    return None

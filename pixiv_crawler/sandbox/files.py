"""The files behind the image addresses: every image and zip that an answer of the App API names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from . import addresses, media
from .comments_answers import stamp_names
from .novel_addresses import default_cover_names
from .novel_files import ROOTS as NOVEL_ROOTS
from .novel_files import find_novel_file
from .users import User
from .works import Work
from .world import World

STATIC_ROOT = "/common/images/"
ROOTS = (
    STATIC_ROOT,
    "/c/",
    "/img-original/",
    "/img-master/",
    "/img-zip-ugoira/",
    "/user-profile/",
    "/background/",
    "/illust-series-cover-original/",
    *NOVEL_ROOTS,
)
ZIP_SIZES = ("600x600", "1920x1080")

Maker = Callable[[], bytes]

_FLAVOUR = re.compile(r"^/c/\w+(?=/(?:img-master|background|illust-series-cover-original)/)")
_OWNER_ID = re.compile(r"/([0-9]{1,18})_[^/]+$")
_AVATAR_SIZE = re.compile(r"(?:_50|_170)?(?=\.\w+$)")
_LIMITS = ("sanity_level", "unviewable", "mypixiv", "unknown", "r18", "r18g")
_STATIC_NAMES = {
    *(f"limit_{limit}_360.png" for limit in _LIMITS),
    *(f"no_profile{size}.png" for size in ("", "_s", "_ss")),
    *stamp_names(),
    *default_cover_names(),
}


def find_file(world: World, path: str) -> bytes | None:
    """The bytes at a path of the image hosts, whatever flavour it asks for; None: Pixiv has no such file."""
    if path.startswith(STATIC_ROOT):
        name = path.removeprefix(STATIC_ROOT)
        return media.image(name, (90, 90), name.rpartition(".")[2]) if name in _STATIC_NAMES else None
    if "/novel-cover-" in path:
        return find_novel_file(world.shelf, path)
    owner_id = _OWNER_ID.search(path)
    if owner_id is None:
        return None
    number, plain = int(owner_id[1]), _FLAVOUR.sub("", path)
    if plain.startswith("/illust-series-cover-original/"):
        is_there = plain == addresses.series_cover_path(number)
        return media.image(f"series {number}", (100, 52), "jpg") if is_there else None
    if plain.startswith(("/user-profile/", "/background/")):
        user = world.user(number)
        return None if user is None else _user_file(user, plain)
    work = world.work(number)
    maker = None if work is None else _work_files(work).get(plain)
    return None if maker is None else maker()


def _user_file(user: User, path: str) -> bytes | None:
    if user.has_avatar and _AVATAR_SIZE.sub("_170", path, count=1) == addresses.avatar_path(user.id):
        return media.image(f"{user.id} avatar", (50, 50), path.rpartition(".")[2])
    background = addresses.background_path(user.id)
    if user.has_background and path in (background, background.replace("_master1200", "")):
        return media.image(f"{user.id} background", (120, 60), "jpg")
    return None


@lru_cache(maxsize=8192)
def _work_files(work: Work) -> dict[str, Maker]:
    return {} if work.sketch.limit else dict(_makers(work))


def _makers(work: Work) -> Iterator[tuple[str, Maker]]:
    for page in range(len(work.delays) or work.page_count):
        path = addresses.original_path(work, page)
        yield path, partial(_original, work, page, path.rpartition(".")[2])
    for page in range(work.page_count):
        for shape in ("master1200", "square1200"):
            label = f"{work.id} {shape} {page}"
            yield addresses.thumbnail_path(work, page, shape), partial(media.image, label, (40, 40), "jpg")
    if work.delays:
        for size in ZIP_SIZES:
            label = f"{work.id} {size}"
            maker = partial(media.frames_zip, label, tuple(work.frame_names), work.size)
            yield addresses.zip_path(work, size), maker


def _original(work: Work, page: int, extension: str) -> bytes:
    edition = f" {work.edition}" if work.edition else ""
    drawn = media.image(f"{work.id} original {page}{edition}", work.size, extension)
    wanted = work.sketch.file_bytes
    return media.padded(drawn, wanted) if wanted and extension == "jpg" else drawn

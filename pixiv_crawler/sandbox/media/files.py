"""The files behind the image URLs: every image and zip that a response of the App API names."""

import re
from collections.abc import Callable
from functools import partial
from random import Random

from PIL import Image

from ..world.users import User
from ..world.world import World
from . import drawn_files, image_urls, images, scenes, variants
from .image_urls import AVATAR_NUMBERS_AHEAD, series_cover_path, stamp_names
from .novel_files import ROOTS as NOVEL_ROOTS
from .novel_files import find_novel_file
from .novel_image_urls import default_cover_sizes
from .variants import Variant
from .work_files import work_files

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

Draw = Callable[[str, images.Size], Image.Image]
_OWNER_ID = re.compile(r"/([0-9]{1,18})_[^/]+$")
_LIMITS = ("sanity_level", "unviewable", "mypixiv", "unknown", "r18", "r18g")
_SERIES_COVER_SIZE = (1200, 630)
_STATIC_SIZES = {
    **{f"limit_{limit}_360.png": (90, 90) for limit in _LIMITS},
    **{f"no_profile{size}.png": (90, 90) for size in ("", "_s", "_ss")},
    **dict.fromkeys(stamp_names(), (90, 90)),
    **default_cover_sizes(),
}
_AVATAR_EDGE = re.compile(r"_(50|170)(?=\.\w+$)")
_AVATAR_SIZES = ((300, 300), (320, 240), (180, 400))
_BACKGROUND_SIZE = (1400, 700)


def find_file(world: World, path: str) -> bytes | None:
    """The content at a path of the image hosts, in the variant that the path names; None: Pixiv has no such file."""
    if path.startswith(STATIC_ROOT):
        name = path.removeprefix(STATIC_ROOT)
        return images.image(name, _STATIC_SIZES[name], name.rpartition(".")[2]) if name in _STATIC_SIZES else None
    plain, variant = variants.split(path)
    if plain.startswith(NOVEL_ROOTS):
        return find_novel_file(world.novel_catalogue, plain, variant, partial(_image, world, scenes.scene))
    owner_id = _OWNER_ID.search(plain)
    return None if owner_id is None else _owned_file(world, int(owner_id[1]), plain, variant)


def _image(world: World, draw: Draw, label: str, size: images.Size, extension: str) -> bytes:
    if world.draws_scenes:
        return drawn_files.drawn(draw, label, size, extension)
    return images.image(label, size, extension)


def _owned_file(world: World, number: int, path: str, variant: Variant) -> bytes | None:
    """`number` is part of the file name: the ID of the work, user or series that the file belongs to."""
    if path.startswith("/illust-series-cover-original/"):
        is_there = path == series_cover_path(number)
        size = variant.size(_SERIES_COVER_SIZE, path)
        return _image(world, scenes.scene, f"series {number}", size, "jpg") if is_there else None
    if path.startswith("/user-profile/"):
        user = world.user(number - AVATAR_NUMBERS_AHEAD)
        return None if user is None else _avatar(world, user, path)
    if path.startswith("/background/"):
        user = world.user(number)
        return None if user is None else _background(world, user, path, variant)
    work = world.work(number)
    if work is None:
        return None
    if world.draws_scenes:
        return drawn_files.work_file(work, path, variant)
    maker = work_files(work).get(path)
    return None if maker is None else maker(variant.extension(path))


def _avatar(world: World, user: User, path: str) -> bytes | None:
    """A square of 50 or 170 pixels, or the original."""
    edge = _AVATAR_EDGE.search(path)
    known = image_urls.avatar_path(user.id)
    if not user.has_avatar or _AVATAR_EDGE.sub("", path) != _AVATAR_EDGE.sub("", known):
        return None
    uploaded = Random(f"size of the avatar of {user.id}").choice(_AVATAR_SIZES)
    size = (int(edge[1]), int(edge[1])) if edge else uploaded
    return _image(world, scenes.portrait, f"{user.id} avatar", size, path.rpartition(".")[2])


def _background(world: World, user: User, path: str, variant: Variant) -> bytes | None:
    """`path` has no variant prefix."""
    original = image_urls.background_original_path(user.id, user.background)
    if not user.background or path not in (original, image_urls.background_path(user.id)):
        return None
    size = variant.size(_BACKGROUND_SIZE, path)
    return _image(world, scenes.landscape, f"{user.id} background", size, path.rpartition(".")[2])

"""The pictures of users: their avatars, and what lies behind their profiles."""

from __future__ import annotations

import re
from random import Random

from ..world.users import User
from . import image_urls, images
from .variants import Flavour

_AVATAR_EDGE = re.compile(r"_(50|170)(?=\.\w+$)")
_AVATAR_SIZES = ((300, 300), (320, 240), (180, 400))
_BACKGROUND_SIZE = (1400, 700)


def avatar(user: User, path: str) -> bytes | None:
    """50 or 170 pixels square, or as it was uploaded."""
    edge = _AVATAR_EDGE.search(path)
    known = image_urls.avatar_path(user.id)
    if not user.has_avatar or _AVATAR_EDGE.sub("", path) != _AVATAR_EDGE.sub("", known):
        return None
    uploaded = Random(f"size of the avatar of {user.id}").choice(_AVATAR_SIZES)
    size = (int(edge[1]), int(edge[1])) if edge else uploaded
    return images.image(f"{user.id} avatar", size, path.rpartition(".")[2])


def background(user: User, path: str, flavour: Flavour) -> bytes | None:
    """`path` has no flavour at its head any more."""
    original = image_urls.background_original_path(user.id, user.background)
    if not user.background or path not in (original, image_urls.background_path(user.id)):
        return None
    return images.image(f"{user.id} background", flavour.size(_BACKGROUND_SIZE, path), path.rpartition(".")[2])

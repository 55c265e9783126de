"""URLs of novel covers and of the images inside novels on Pixiv's image hosts."""

from datetime import datetime
from functools import lru_cache
from random import Random

from ..world.novels import Novel
from ..world.works import JST
from .image_urls import IMAGES, STATIC, date_folder

# The sizes in which Pixiv serves uploaded images, and the variant prefix of each.
_UPLOADED_VARIANTS = {
    "240mw": "/c/240x480_80",
    "480mw": "/c/480x960",
    "1200x1200": "/c/1200x1200",
    "128x128": "/c/128x128",
}
# Newer covers have a prefix before the novel's ID.
_MARKED_SINCE = datetime(2023, 1, 1, tzinfo=JST)
_DEFAULT_COVERS = 10


def cover_urls(novel: Novel) -> dict[str, str]:
    if not novel.spec.has_cover:
        number = novel.id % _DEFAULT_COVERS
        default = f"{STATIC}/common/images/novel_thumb/novel_thumb_{number}"
        return {
            "square_medium": f"{default}_128x128.jpg",
            "medium": f"{default}_176mw.jpg",
            "large": f"{default}_240mw.jpg",
        }
    return {
        "square_medium": f"{IMAGES}/c/128x128{master_path(cover_stem(novel), 'square1200')}",
        "medium": f"{IMAGES}/c/176x352{master_path(cover_stem(novel))}",
        "large": f"{IMAGES}/c/240x480_80{master_path(cover_stem(novel))}",
    }


def default_cover_sizes() -> dict[str, tuple[int, int]]:
    """Sizes of the default covers, by their names relative to the image folder of the static host."""
    sizes = {"128x128": (128, 128), "176mw": (176, 250), "240mw": (240, 341)}
    return {
        f"novel_thumb/novel_thumb_{number}_{name}.jpg": size
        for number in range(_DEFAULT_COVERS)
        for name, size in sizes.items()
    }


def uploaded_image_urls(novel: Novel, image_id: int) -> dict[str, str]:
    stem = image_stem(novel, image_id)
    urls = {
        name: IMAGES + variant + master_path(stem, "square1200" if name == "128x128" else "master1200")
        for name, variant in _UPLOADED_VARIANTS.items()
    }
    return urls | {"original": IMAGES + original_path(stem)}


def master_path(stem: str, shape: str = "master1200") -> str:
    """Without the variant prefix `/c/…`; `shape` is master1200 or square1200."""
    return f"/novel-cover-master/{stem}_{shape}.jpg"


def original_path(stem: str) -> str:
    return f"/novel-cover-original/{stem}.{_extension(stem)}"


@lru_cache(maxsize=8192)
def cover_stem(novel: Novel) -> str:
    mark = "ci" if novel.created >= _MARKED_SINCE else ""
    return f"{date_folder(novel.created)}/{mark}{novel.id}_{_hash(f'cover of {novel.id}')}"


def image_stem(novel: Novel, image_id: int) -> str:
    return f"{date_folder(novel.created)}/tei{image_id}_{_hash(f'uploaded {image_id}')}"


def _hash(seed: str) -> str:
    return f"{Random(seed).getrandbits(128):032x}"


def _extension(stem: str) -> str:
    return Random(f"extension of {stem}").choice(("jpg", "png"))

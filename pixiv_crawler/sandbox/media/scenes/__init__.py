"""Pictures that are drawn from a seed: the same seed gives the same picture in every size."""

from collections.abc import Callable
from random import Random

from PIL import Image

from . import landscapes, manga, patterns, portraits
from .canvas import Canvas
from .palettes import PALETTES, Palette

_LANDSCAPES = (landscapes.mountains, landscapes.sea, landscapes.town, landscapes.forest, landscapes.field)
_PORTRAITS = (portraits.face, portraits.cat, portraits.walker)
_ALL = (
    *_LANDSCAPES,
    *_PORTRAITS,
    portraits.face,
    patterns.blossoms,
    patterns.bouquet,
    patterns.waves,
    patterns.tiles,
)


def scene(seed: str, size: tuple[int, int], progress: float = 0.0) -> Image.Image:
    """A scene; `progress` from 0 to 1 moves what moves in it."""
    return _drawn(seed, size, _ALL, progress)


def portrait(seed: str, size: tuple[int, int]) -> Image.Image:
    """A face, a cat or a person."""
    return _drawn(seed, size, _PORTRAITS)


def landscape(seed: str, size: tuple[int, int]) -> Image.Image:
    return _drawn(seed, size, _LANDSCAPES)


def manga_page(seed: str, size: tuple[int, int]) -> Image.Image:
    return manga.page(seed, size, (*_PORTRAITS, *_LANDSCAPES, portraits.face), PALETTES)


def _drawn(
    seed: str,
    size: tuple[int, int],
    draws: tuple[Callable[[Canvas, Palette, float], None], ...],
    progress: float = 0.0,
) -> Image.Image:
    random = Random(f"scene {seed}")
    draw, palette = random.choice(draws), random.choice(PALETTES)
    canvas = Canvas(f"drawing {seed}", size)
    draw(canvas, palette, progress)
    return canvas.finished()

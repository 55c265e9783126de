"""Pages of manga: panels with small scenes in grey, read from right to left, and empty speech balloons."""

from collections.abc import Callable, Iterator
from random import Random

from PIL import Image, ImageOps

from .canvas import BLACK, WHITE, Canvas
from .palettes import Palette

Draw = Callable[[Canvas, Palette, float], None]
Box = tuple[float, float, float, float]
_MARGIN, _GUTTER, _FRAME = 0.035, 0.014, 0.004


def page(seed: str, size: tuple[int, int], draws: tuple[Draw, ...], palettes: tuple[Palette, ...]) -> Image.Image:
    """A page; each panel shows one of the scenes."""
    canvas = Canvas(seed, size)
    canvas.rectangle(0, 0, canvas.width, 1, WHITE)
    random = canvas.random
    height = canvas.image.height
    for number, (left, top, right, bottom) in enumerate(_panels(random, canvas.width)):
        canvas.rectangle(left - _FRAME, top - _FRAME, right + _FRAME, bottom + _FRAME, BLACK)
        pixels = max(2, round((right - left) * height)), max(2, round((bottom - top) * height))
        panel = Canvas(f"{seed} panel {number}", (max(1, pixels[0] // 2), max(1, pixels[1] // 2)))
        random.choice(draws)(panel, random.choice(palettes), 0.0)
        grey = ImageOps.autocontrast(ImageOps.grayscale(panel.finished()), cutoff=2)
        canvas.image.paste(grey.resize(pixels).convert("RGB"), (round(left * height), round(top * height)))
        if random.random() < 0.75:
            _balloon(canvas, (left, top, right, bottom))
    return canvas.finished()


def _panels(random: Random, width: float) -> Iterator[Box]:
    """Rows of one to three panels."""
    rows = random.choice((2, 3, 3, 4))
    weights = [random.uniform(0.7, 1.4) for _ in range(rows)]
    top = _MARGIN
    for weight in weights:
        bottom = top + (1 - 2 * _MARGIN) * weight / sum(weights)
        shares = [random.uniform(0.7, 1.5) for _ in range(random.choice((1, 2, 2, 3)))]
        left = _MARGIN
        for share in shares:
            right = left + (width - 2 * _MARGIN) * share / sum(shares)
            yield left + _GUTTER / 2, top + _GUTTER / 2, right - _GUTTER / 2, bottom - _GUTTER / 2
            left = right
        top = bottom


def _balloon(canvas: Canvas, box: Box) -> None:
    """Vertical lines of strokes stand for the text."""
    left, top, right, bottom = box
    across, down = min(0.075, (right - left) * 0.24), min(0.08, (bottom - top) * 0.28)
    x = canvas.random.choice((left + across * 1.25, right - across * 1.25))
    y = top + down * 1.2
    canvas.polygon(
        [(x - across * 0.2, y + down * 0.8), (x + across * 0.3, y + down * 0.8), (x + across * 0.5, y + down * 1.45)],
        WHITE,
    )
    canvas.ellipse(x, y, across + _FRAME, down + _FRAME, BLACK)
    canvas.ellipse(x, y, across, down, WHITE)
    for column in range(3):
        at = x + (1 - column) * across * 0.42
        for row in range(canvas.random.randrange(3, 6)):
            start = y - down * 0.6 + row * down * 0.24
            canvas.rectangle(at - across * 0.09, start, at + across * 0.09, start + down * 0.15, (50, 50, 50))

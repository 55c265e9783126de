"""A canvas whose coordinates do not depend on the number of pixels: the height is 1, the width is the aspect ratio."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageDraw, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
# Drawn this many times larger and then reduced, so that edges are smooth.
_OVERSAMPLING = 2


class Canvas:
    """Draws with colours that are mixed beforehand; the seed determines everything that is drawn."""

    def __init__(self, seed: str, size: tuple[int, int]) -> None:
        self.random = Random(seed)
        self._pixels = (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING)
        self.width = size[0] / size[1]
        self.image = Image.new("RGB", self._pixels)
        self._draw = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        return self.image.reduce(_OVERSAMPLING)

    def gradient(self, top: Colour, bottom: Colour, start: float = 0.0, end: float = 1.0) -> None:
        """Fills the canvas from `start` to `end` with a vertical gradient."""
        upper, lower = round(start * self._pixels[1]), round(end * self._pixels[1])
        ramp = Image.linear_gradient("L").resize((1, max(1, lower - upper)))
        strip = ImageOps.colorize(ramp, top, bottom)
        self.image.paste(strip.resize((self._pixels[0], strip.height), Image.Resampling.NEAREST), (0, upper))

    def polygon(self, points: Iterable[Point], colour: Colour) -> None:
        self._draw.polygon(self._scaled(points), colour)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        """`across` and `down` are the radii."""
        self._draw.ellipse(self._scaled([(x - across, y - down), (x + across, y + down)]), colour)

    def circle(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self.ellipse(x, y, radius, radius, colour)

    def rectangle(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, round_: float = 0
    ) -> None:
        box = self._scaled([(left, top), (right, bottom)])
        self._draw.rounded_rectangle(box, round_ * self._pixels[1], colour)

    def line(self, points: Iterable[Point], width: float, colour: Colour) -> None:
        pixels = max(1, round(width * self._pixels[1]))
        self._draw.line(self._scaled(points), colour, pixels, "curve" if pixels > 3 else None)

    def arc(
        self, x: float, y: float, radius: float, angles: tuple[float, float], width: float, colour: Colour
    ) -> None:
        """Angles in degrees, clockwise from the right."""
        box = self._scaled([(x - radius, y - radius), (x + radius, y + radius)])
        self._draw.arc(box, *angles, colour, max(1, round(width * self._pixels[1])))

    def _scaled(self, points: Iterable[Point]) -> list[Point]:
        height = self._pixels[1]
        return [(x * height, y * height) for x, y in points]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The first colour with this share of the second one."""
    # Written out, because it is called a thousand times for each scene.
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def ridge(random: Random, width: float, height: float, roughness: float, steps: int = 6) -> list[Point]:
    """The outline of hills around a height, from left to right: midpoints are displaced, less in each step."""
    levels: Sequence[float] = [height + random.uniform(-1, 1) * roughness for _ in range(3)]
    for _ in range(steps):
        roughness *= 0.52
        middles = [(a + b) / 2 + random.uniform(-1, 1) * roughness for a, b in pairwise(levels)]
        levels = [level for pair in zip(levels, middles, strict=False) for level in pair] + [levels[-1]]
    return [(number * width / (len(levels) - 1), level) for number, level in enumerate(levels)]

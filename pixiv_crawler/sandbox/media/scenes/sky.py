"""What several scenes share: the sky, hills, falling flakes and flowers."""

import math

from .canvas import WHITE, Canvas, Colour, mix, ridge
from .palettes import Palette


def sky(canvas: Canvas, palette: Palette, horizon: float, progress: float = 0.0) -> None:
    """The sky above the horizon with sun or moon, stars and clouds; `progress` from 0 to 1 moves them."""
    random = canvas.random
    canvas.gradient(palette.sky, palette.horizon, 0, horizon)
    canvas.gradient(palette.horizon, palette.horizon, horizon, 1)
    if palette.is_night:
        for _ in range(140):
            x, y, size = random.random() * canvas.width, random.random() ** 1.4 * horizon, random.random()
            twinkle = 0.5 + 0.5 * math.sin(6.28 * (progress + random.random()))
            canvas.circle(x, y, 0.0012 + size**6 * 0.004, mix(palette.sky, WHITE, 0.35 + 0.6 * size * twinkle))
    x, y, radius = (
        canvas.width * random.uniform(0.18, 0.82),
        horizon * random.uniform(0.25, 0.75),
        random.uniform(0.05, 0.1),
    )
    x += (progress - 0.5) * 0.2 * canvas.width if progress else 0
    around = mix(palette.sky, palette.horizon, y / horizon)
    for ring in range(5, 0, -1):
        canvas.circle(x, y, radius * (1 + ring * 0.32), mix(around, palette.light, 0.07 * (6 - ring)))
    canvas.circle(x, y, radius, palette.light)
    if palette.is_night and random.random() < 0.5:
        canvas.circle(x + radius * 0.42, y - radius * 0.12, radius * 0.86, mix(around, palette.light, 0.3))
    for _ in range(random.randrange(2, 6)):
        _cloud(canvas, palette, random.uniform(0.08, horizon * 0.8), progress)


def _cloud(canvas: Canvas, palette: Palette, y: float, progress: float) -> None:
    random = canvas.random
    x, length = random.uniform(-0.1, 1) * canvas.width + progress * 0.15, random.uniform(0.12, 0.34)
    colour = mix(mix(palette.sky, palette.horizon, y), WHITE, 0.12 if palette.is_night else 0.55)
    for number in range(9):
        bow = math.sin(math.pi * number / 8)
        canvas.ellipse(
            x + length * number / 8,
            y - bow * 0.012,
            0.03 + bow * 0.035,
            0.008 + bow * random.uniform(0.014, 0.03),
            colour,
        )
    canvas.rectangle(x - 0.03, y, x + length + 0.03, y + 0.012, colour, 0.006)


def hills(canvas: Canvas, palette: Palette, horizon: float, layers: int = 4, roughness: float = 0.13) -> None:
    """Hills behind each other; the nearer, the darker."""
    for layer in range(layers):
        share = layer / max(1, layers - 1)
        height = horizon + share * (0.94 - horizon) - 0.03
        points = ridge(canvas.random, canvas.width, height, roughness * (1 - 0.6 * share))
        colour = mix(palette.far, palette.near, share**1.2)
        canvas.polygon([*points, (canvas.width, 1), (0, 1)], mix(colour, palette.horizon, 0.35 * (1 - share)))


def flakes(canvas: Canvas, colour: Colour, count: int, progress: float) -> None:
    for _ in range(count):
        x, y, size = (
            canvas.random.random() * canvas.width,
            (canvas.random.random() + progress) % 1,
            canvas.random.random(),
        )
        canvas.circle(x + 0.02 * math.sin(6.28 * (progress + size)), y, 0.002 + size * size * 0.006, colour)


def flower(
    canvas: Canvas, x: float, y: float, radius: float, petal: Colour, heart: Colour, petals: int = 5, turn: float = 0.0
) -> None:
    """A flower seen from the front."""
    places = [turn + 6.283 * number / petals for number in range(petals)]
    centres = [(x + radius * 0.56 * math.cos(angle), y + radius * 0.56 * math.sin(angle)) for angle in places]
    for size, colour in ((0.46, mix(petal, (90, 30, 70), 0.16)), (0.38, mix(petal, WHITE, 0.12))):
        for centre in centres:
            canvas.circle(*centre, radius * size, colour)
    canvas.circle(x, y, radius * 0.26, mix(heart, (200, 130, 30), 0.25))

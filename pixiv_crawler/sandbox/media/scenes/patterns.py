"""Scenes of flowers and patterns."""

import math

from .canvas import BLACK, WHITE, Canvas, mix, ridge
from .palettes import Palette
from .sky import flakes, flower


def blossoms(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """A flowering branch in front of the sky."""
    random = canvas.random
    canvas.gradient(palette.sky, palette.horizon)
    radius = 0.16 + random.random() * 0.1
    canvas.circle(
        canvas.width * random.uniform(0.25, 0.75),
        random.uniform(0.25, 0.6),
        radius,
        mix(palette.horizon, palette.light, 0.75),
    )
    bark = mix(palette.near, (60, 40, 40), 0.5)
    branch = [
        (x, y + 0.12 * math.sin(3 * x)) for x, y in ridge(random, canvas.width, random.uniform(0.35, 0.65), 0.14, 3)
    ]
    canvas.line(branch, 0.022, bark)
    for x, y in branch[1::2]:
        tip = (x + random.uniform(-0.12, 0.2), y - random.uniform(-0.25, 0.28))
        canvas.line([(x, y), ((x + tip[0]) / 2 + 0.02, (y + tip[1]) / 2), tip], 0.009, bark)
        for _ in range(5):
            share = random.random()
            at = x + (tip[0] - x) * share + random.gauss(0, 0.025), y + (tip[1] - y) * share + random.gauss(0, 0.025)
            flower(
                canvas,
                *at,
                random.uniform(0.028, 0.055),
                mix(palette.accent, WHITE, random.uniform(0.1, 0.6)),
                palette.second,
                turn=random.random() * 6,
            )
    flakes(canvas, mix(palette.accent, WHITE, 0.5), 40, progress)


def bouquet(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """Large flowers that fill the canvas."""
    random = canvas.random
    canvas.gradient(mix(palette.near, palette.sky, 0.25), palette.near)
    spots = sorted(
        (random.uniform(0.04, 0.17), random.random() * canvas.width, random.random())
        for _ in range(int(34 * max(1.0, canvas.width)))
    )
    for radius, x, y in spots:
        leaf = mix(mix(palette.near, (60, 130, 80), 0.6), BLACK, random.random() * 0.25)
        angle = random.random() * 6.28
        canvas.polygon(
            [
                (x, y),
                (x + 1.7 * radius * math.cos(angle), y + 1.7 * radius * math.sin(angle)),
                (x + radius * math.cos(angle + 0.6), y + radius * math.sin(angle + 0.6)),
            ],
            leaf,
        )
        tone = random.choice((palette.accent, palette.accent, palette.second, palette.light))
        flower(
            canvas,
            x,
            y,
            radius,
            mix(tone, palette.sky, random.random() * 0.25),
            palette.second,
            random.choice((5, 6, 8)),
            random.random() * 6 + progress * 0.3,
        )


def waves(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """The traditional pattern of overlapping circles that stand for waves."""
    radius = canvas.random.choice((0.08, 0.11, 0.14))
    tones = (palette.near, palette.horizon, palette.accent, palette.horizon, palette.sky, palette.light)
    canvas.gradient(palette.sky, palette.near)
    rows = int(2 / radius) + 6
    for row in range(rows):
        y = row * radius / 2 - 0.1
        for column in range(int(canvas.width / radius / 2) + 3):
            x = (column * 2 + row % 2 - 1) * radius + 0.5 * radius * math.sin(6.28 * progress)
            for ring, tone in enumerate(tones):
                canvas.circle(x, y, radius * (1 - ring / len(tones)), mix(tone, palette.sky, 0.45 * (1 - row / rows)))


def tiles(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """A quilt of triangles and quarter circles."""
    random = canvas.random
    side = random.choice((0.125, 0.1667, 0.2))
    tones = (palette.sky, palette.horizon, palette.accent, palette.second, palette.near, palette.far, palette.light)
    canvas.gradient(palette.horizon, palette.horizon)
    for row in range(math.ceil(1 / side)):
        for column in range(math.ceil(canvas.width / side)):
            x, y = column * side, row * side
            ground, figure = random.sample(tones, 2)
            canvas.rectangle(x, y, x + side, y + side, ground)
            shape = random.randrange(4)
            if shape == 0:
                canvas.polygon([(x, y), (x + side, y), (x, y + side)], figure)
            elif shape == 1:
                canvas.polygon([(x + side, y + side), (x + side, y), (x, y + side)], figure)
            elif shape == 2:
                canvas.circle(x + side / 2, y + side / 2, side * (0.4 + 0.04 * math.sin(6.28 * progress)), figure)
            else:
                flower(canvas, x + side / 2, y + side / 2, side * 0.42, figure, palette.light, 6, progress)

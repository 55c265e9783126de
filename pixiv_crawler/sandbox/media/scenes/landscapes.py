"""Scenes of the open air: mountains, sea, town, forest and fields of flowers."""

import math

from PIL import Image

from .canvas import WHITE, Canvas, Colour, mix, ridge
from .palettes import Palette
from .sky import flakes, flower, hills, sky


def mountains(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """A great peak with snow above hills, often over a lake."""
    random, horizon = canvas.random, canvas.random.uniform(0.5, 0.62)
    sky(canvas, palette, horizon, progress)
    _peak(canvas, palette, horizon)
    if random.random() < 0.55:
        shore = horizon + 0.05
        hills(canvas, palette, horizon + 0.01, 1, 0.05)
        _reflect(canvas, palette, shore)
        _pines(canvas, palette, 0.93, 0.22)
    else:
        hills(canvas, palette, horizon)
        _pines(canvas, palette, 0.97, 0.18)
    _birds(canvas, mix(palette.near, palette.sky, 0.3), progress)


def _peak(canvas: Canvas, palette: Palette, base: float) -> None:
    random = canvas.random
    x, top, half = canvas.width * random.uniform(0.3, 0.7), base * random.uniform(0.3, 0.5), random.uniform(0.45, 0.75)
    rise = base + 0.06 - top
    colour, snow = mix(palette.far, palette.near, 0.28), mix(palette.horizon, WHITE, 0.5)
    slope = [
        (x + side * (0.05 + half * share**1.6), top + rise * share)
        for side, shares in ((-1, range(10, -1, -1)), (1, range(11)))
        for share in (number / 10 for number in shares)
    ]
    canvas.polygon(slope, colour)
    line = top + rise * 0.3
    edge = 0.05 + half * 0.3**1.6
    teeth = [
        (x - edge + 2 * edge * number / 8, line + (0.05 if number % 2 else -0.035) * (0.6 + random.random() * 0.5))
        for number in range(1, 8)
    ]
    cap = [point for point in slope if point[1] <= line]
    canvas.polygon([*cap, (x + edge, line), *reversed(teeth), (x - edge, line)], snow)


def _reflect(canvas: Canvas, palette: Palette, shore: float) -> None:
    """Water below the shore shows what is above it, with ripples."""
    image, row = canvas.image, round(shore * canvas.image.height)
    below = image.height - row
    above = image.crop((0, max(0, row - below), image.width, row)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    water = Image.new("RGB", above.size, mix(palette.sky, palette.near, 0.35))
    image.paste(Image.blend(above, water, 0.38), (0, row))
    for number in range(26):
        y = shore + (1 - shore) * (number / 26) ** 1.5 + 0.008
        x, length = canvas.random.random() * canvas.width, canvas.random.uniform(0.05, 0.3)
        canvas.rectangle(x, y, x + length, y + 0.002 + number * 0.0001, mix(palette.horizon, palette.sky, 0.3), 0.001)


def _pines(canvas: Canvas, palette: Palette, ground: float, tallest: float) -> None:
    canvas.polygon(
        [*ridge(canvas.random, canvas.width, ground, 0.03), (canvas.width, 1), (0, 1)],
        mix(palette.near, (8, 12, 20), 0.25),
    )
    for _ in range(int(16 * canvas.width)):
        x, height = canvas.random.random() * canvas.width, tallest * canvas.random.uniform(0.35, 1) ** 1.5
        pine(canvas, x, ground + 0.04, height, mix(palette.near, (8, 12, 20), canvas.random.uniform(0.15, 0.4)))


def pine(canvas: Canvas, x: float, foot: float, height: float, colour: Colour) -> None:
    for storey in range(4):
        wide, top = height * (0.09 + storey * 0.05), foot - height * (1 - storey * 0.2)
        canvas.polygon([(x, top), (x + wide, top + height * 0.34), (x - wide, top + height * 0.34)], colour)


def _birds(canvas: Canvas, colour: Colour, progress: float) -> None:
    random = canvas.random
    x, y = random.uniform(0.1, 0.8) * canvas.width + progress * 0.3, random.uniform(0.12, 0.3)
    for number in range(random.choice((0, 3, 5))):
        left, up, size = x + number * 0.045, y + abs(number - 2) * 0.018 + random.random() * 0.02, 0.014
        wing = size * (0.6 + 0.4 * math.sin(6.28 * (3 * progress + number / 4)))
        canvas.line([(left - size, up - wing), (left, up), (left + size, up - wing)], 0.0035, colour)


def sea(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """The sea with its glitter, a lighthouse on a cliff, and a sail."""
    random, horizon = canvas.random, canvas.random.uniform(0.48, 0.6)
    sky(canvas, palette, horizon, progress)
    deep = mix(palette.near, palette.sky, 0.35)
    canvas.gradient(mix(palette.horizon, palette.sky, 0.55), deep, horizon, 1)
    middle = canvas.width * random.uniform(0.3, 0.7)
    for number in range(70):
        depth = random.random() ** 1.3
        y = horizon + 0.01 + depth * (1 - horizon)
        x = middle + random.gauss(0, 0.06 + 0.25 * depth) + 0.02 * math.sin(6.28 * (progress + number / 9))
        length = 0.01 + depth * 0.06
        canvas.rectangle(
            x - length,
            y,
            x + length,
            y + 0.002 + depth * 0.004,
            mix(deep, palette.light, 0.25 + 0.5 * random.random()),
            0.002,
        )
    x = canvas.width * random.uniform(0.15, 0.85) + progress * 0.08
    canvas.polygon(
        [(x, horizon - 0.13), (x + 0.055, horizon + 0.01), (x, horizon + 0.01)],
        mix(palette.light, palette.accent, 0.15),
    )
    canvas.polygon(
        [(x - 0.006, horizon - 0.1), (x - 0.04, horizon + 0.01), (x - 0.006, horizon + 0.01)], palette.accent
    )
    canvas.polygon(
        [
            (x - 0.06, horizon + 0.016),
            (x + 0.07, horizon + 0.016),
            (x + 0.045, horizon + 0.036),
            (x - 0.04, horizon + 0.036),
        ],
        mix(palette.near, palette.accent, 0.2),
    )
    if random.random() < 0.7:
        _lighthouse(canvas, palette, horizon)


def _lighthouse(canvas: Canvas, palette: Palette, horizon: float) -> None:
    side = canvas.random.choice((-1, 1))
    at = canvas.width * (0.14 if side < 0 else 0.86)
    cliff = ridge(canvas.random, 0.5, horizon - 0.02, 0.05)
    edge = [(at + side * (0.2 - x), y + max(0.0, x - 0.2) ** 1.6 * 3) for x, y in cliff]
    canvas.polygon([*edge, (edge[-1][0], 1), (at + side * 0.6, 1), (at + side * 0.6, edge[0][1])], palette.near)
    foot, top = horizon + 0.01, horizon - 0.3
    for stripe in range(5):
        upper, lower = top + (foot - top) * stripe / 5, top + (foot - top) * (stripe + 1) / 5
        narrow, wide = 0.022 + stripe * 0.004, 0.026 + stripe * 0.004
        canvas.polygon(
            [(at - narrow, upper), (at + narrow, upper), (at + wide, lower), (at - wide, lower)],
            palette.accent if stripe % 2 else mix(WHITE, palette.horizon, 0.25),
        )
    canvas.rectangle(at - 0.017, top - 0.035, at + 0.017, top, palette.light)
    canvas.rectangle(at - 0.03, top - 0.004, at + 0.03, top + 0.006, palette.near)
    canvas.polygon([(at - 0.024, top - 0.033), (at + 0.024, top - 0.033), (at, top - 0.066)], palette.accent)


def town(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """Rows of houses with lit windows; the nearer, the darker."""
    random = canvas.random
    sky(canvas, palette, 0.75, progress)
    for row in range(4):
        colour = mix(mix(palette.far, palette.horizon, 0.3), mix(palette.near, (10, 10, 24), 0.25), (row + 1) / 4)
        x = -0.05
        while x < canvas.width:
            wide, top = random.uniform(0.07, 0.17) * (0.7 + row * 0.2), 0.42 + row * 0.13 + random.uniform(-0.12, 0.12)
            _house(canvas, palette, (x, top, x + wide), colour, progress)
            x += wide + random.uniform(-0.005, 0.012)


def _house(canvas: Canvas, palette: Palette, box: tuple[float, float, float], colour: Colour, progress: float) -> None:
    random, (left, top, right) = canvas.random, box
    canvas.rectangle(left, top, right, 1, colour)
    if random.random() < 0.45:
        canvas.polygon(
            [(left - 0.01, top), (right + 0.01, top), ((left + right) / 2, top - 0.05)],
            mix(colour, palette.accent, 0.45),
        )
    columns = max(2, int((right - left) / 0.03))
    step = (right - left) / columns
    for line in range(int((1 - top) / 0.05)):
        for column in range(columns):
            lit = random.random()
            if lit < (0.5 if palette.is_night else 0.3) and not (
                progress and lit < 0.04 * (1 + math.sin(6.28 * progress))
            ):
                x, y = left + step * (column + 0.25), top + 0.02 + line * 0.05
                canvas.rectangle(
                    x, y, x + step * 0.5, y + 0.025, mix(palette.light, palette.second, random.random() * 0.7)
                )


def forest(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """Pines that disappear in mist; snow or petals fall."""
    random = canvas.random
    sky(canvas, palette, 0.7, progress)
    for row in range(5):
        share = row / 4
        ground = 0.58 + share * 0.38
        colour = mix(mix(palette.horizon, palette.far, 0.55), mix(palette.near, (6, 14, 20), 0.3), share)
        canvas.polygon([*ridge(random, canvas.width, ground, 0.05), (canvas.width, 1), (0, 1)], colour)
        for _ in range(int((22 - row * 3) * canvas.width)):
            pine(
                canvas,
                random.random() * canvas.width,
                ground + 0.05,
                (0.2 + 0.2 * share) * random.uniform(0.6, 1.2),
                mix(colour, palette.horizon, random.random() * 0.08),
            )
    flakes(canvas, mix(palette.horizon, WHITE, 0.7), 90, progress)


def field(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """Hills behind a field of flowers, which are larger the nearer they are."""
    random, horizon = canvas.random, canvas.random.uniform(0.42, 0.52)
    sky(canvas, palette, horizon, progress)
    hills(canvas, palette, horizon, 2, 0.1)
    meadow = mix(palette.near, (110, 160, 80), 0.25 if palette.is_night else 0.55)
    canvas.gradient(mix(meadow, palette.horizon, 0.4), meadow, horizon + 0.09, 1)
    if random.random() < 0.6:
        _tree(canvas, palette, canvas.width * random.uniform(0.2, 0.8), horizon + 0.14)
    for number in range(230):
        depth = number / 230
        y, radius = horizon + 0.11 + depth**1.5 * (0.88 - horizon), 0.004 + depth**2 * 0.032
        x = random.uniform(-0.05, 1.05) * canvas.width
        canvas.line(
            [(x, y + radius), (x + random.uniform(-0.3, 0.3) * radius, y + radius * 4)],
            radius * 0.16,
            mix(meadow, (20, 50, 30), 0.4),
        )
        tone = mix(
            random.choice((palette.accent, palette.accent, palette.second, WHITE)), palette.horizon, 0.35 * (1 - depth)
        )
        flower(canvas, x + progress * 0.3 * radius, y, radius, tone, palette.second)


def _tree(canvas: Canvas, palette: Palette, x: float, foot: float) -> None:
    height = canvas.random.uniform(0.25, 0.36)
    bark = mix(palette.near, (70, 45, 35), 0.5)
    canvas.polygon(
        [(x - 0.022, foot), (x + 0.022, foot), (x + 0.009, foot - height * 0.6), (x - 0.009, foot - height * 0.6)],
        bark,
    )
    for number in range(34):
        share = number / 34
        leaf = mix(mix(palette.near, palette.accent, 0.5), palette.accent, share)
        angle, far = canvas.random.random() * 6.28, canvas.random.random() ** 0.6 * height * 0.42
        canvas.circle(
            x + far * 1.15 * math.cos(angle),
            foot - height * 0.8 + far * 0.8 * math.sin(angle) - share * 0.02,
            0.022 + 0.02 * canvas.random.random(),
            leaf,
        )

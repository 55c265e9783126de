"""Scenes of near things: faces, cats, figures, blossoms, patterns, and pages of manga."""

import math

from .canvas import BLACK, WHITE, Canvas, Colour, mix, ridge
from .landscapes import flakes, flower, hills, sky
from .palettes import Palette

_SKIN = ((255, 228, 208), (250, 214, 190), (238, 196, 166))
_HAIR = (
    (58, 46, 70),
    (92, 60, 50),
    (240, 200, 120),
    (120, 150, 200),
    (230, 130, 150),
    (200, 205, 220),
    (90, 140, 120),
)


def face(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """Head and shoulders of a person in front of the evening sky or a plain ground with dots."""
    random = canvas.random
    canvas.gradient(mix(palette.sky, palette.horizon, 0.3), palette.horizon)
    for _ in range(26):
        canvas.circle(
            random.random() * canvas.width,
            random.random(),
            random.uniform(0.01, 0.09),
            mix(palette.horizon, random.choice((palette.light, palette.accent, palette.second)), 0.28),
        )
    unit, x, y = min(1.0, canvas.width) * 0.5, canvas.width / 2 + random.uniform(-0.03, 0.03), 0.46
    hair, skin = random.choice(_HAIR), random.choice(_SKIN)
    dark, light = mix(hair, (30, 15, 50), 0.28), mix(hair, WHITE, 0.3)
    long = random.random() < 0.6
    canvas.ellipse(x, y - 0.02 * unit, 0.5 * unit, 0.54 * unit, dark)
    if long:
        canvas.polygon(
            [(x - 0.5 * unit, y), (x + 0.5 * unit, y), (x + 0.62 * unit, 1.02), (x - 0.62 * unit, 1.02)], dark
        )
    _shoulders(canvas, palette, (x, y, unit), skin)
    canvas.ellipse(x, y + 0.04 * unit, 0.385 * unit, 0.36 * unit, skin)
    canvas.polygon(
        [
            (x - 0.375 * unit, y + 0.12 * unit),
            (x + 0.375 * unit, y + 0.12 * unit),
            (x + 0.05 * unit, y + 0.5 * unit),
            (x - 0.05 * unit, y + 0.5 * unit),
        ],
        skin,
    )
    blink = 0.15 if 0.75 < progress < 0.9 else 1.0
    for side in (-1, 1):
        _eye(
            canvas,
            (x + side * 0.175 * unit, y + 0.13 * unit, unit),
            mix(palette.near, palette.accent, 0.35),
            side,
            blink,
        )
        canvas.ellipse(
            x + side * 0.25 * unit, y + 0.29 * unit, 0.06 * unit, 0.028 * unit, mix(skin, (255, 120, 120), 0.35)
        )
    canvas.arc(x, y + 0.33 * unit, 0.05 * unit, (20, 160), 0.012 * unit, (170, 80, 80))
    canvas.line(
        [(x, y + 0.235 * unit), (x + 0.008 * unit, y + 0.25 * unit)], 0.01 * unit, mix(skin, (150, 80, 70), 0.5)
    )
    _fringe(canvas, (x, y, unit), hair, light, long=long)
    if random.random() < 0.5:
        flower(canvas, x + 0.36 * unit, y - 0.22 * unit, 0.11 * unit, palette.accent, palette.second)


def _shoulders(canvas: Canvas, palette: Palette, at: tuple[float, float, float], skin: Colour) -> None:
    x, y, unit = at
    canvas.rectangle(x - 0.12 * unit, y + 0.3 * unit, x + 0.12 * unit, y + 0.7 * unit, mix(skin, (160, 90, 90), 0.25))
    canvas.ellipse(x, y + 1.2 * unit, 0.62 * unit, 0.62 * unit, palette.accent)
    canvas.polygon(
        [(x - 0.2 * unit, y + 0.58 * unit), (x + 0.2 * unit, y + 0.58 * unit), (x, y + 0.86 * unit)],
        mix(skin, (160, 90, 90), 0.1),
    )
    for side in (-1, 1):
        canvas.polygon(
            [(x + side * 0.1 * unit, y + 0.56 * unit), (x + side * 0.3 * unit, y + 0.6 * unit), (x, y + 0.95 * unit)],
            mix(WHITE, palette.horizon, 0.3),
        )


def _eye(canvas: Canvas, at: tuple[float, float, float], colour: Colour, side: int, opened: float) -> None:
    x, y, unit = at
    canvas.ellipse(x, y, 0.085 * unit, 0.105 * unit * opened, WHITE)
    canvas.ellipse(x, y + 0.008 * unit, 0.068 * unit, 0.1 * unit * opened, colour)
    if opened == 1.0:
        canvas.ellipse(x, y + 0.05 * unit, 0.05 * unit, 0.045 * unit, mix(colour, WHITE, 0.45))
        canvas.ellipse(x, y + 0.005 * unit, 0.034 * unit, 0.055 * unit, mix(colour, BLACK, 0.7))
        canvas.circle(x + 0.026 * unit, y - 0.04 * unit, 0.026 * unit, WHITE)
    canvas.arc(x, y, 0.105 * unit, (205 - 8 * side, 335 - 8 * side), 0.024 * unit, (45, 30, 50))


def _fringe(canvas: Canvas, at: tuple[float, float, float], hair: Colour, light: Colour, *, long: bool) -> None:
    """The hair above the forehead, with pointed strands and a gloss."""
    x, y, unit = at
    crown = [
        (x + 0.46 * unit * math.cos(angle), y + 0.02 * unit - 0.52 * unit * math.sin(angle))
        for angle in (math.pi * n / 16 for n in range(17))
    ]
    tips = [
        (
            x + unit * (-0.43 + 0.86 * n / 10),
            y + unit * ((0.1 if n % 2 else -0.1) + (0.0 if 2 < n < 8 else 0.1) + canvas.random.uniform(-0.03, 0.03)),
        )
        for n in range(11)
    ]
    canvas.polygon([*crown, *tips], hair)
    for side in (-1, 1):
        length = 0.75 if long else 0.34
        canvas.polygon(
            [
                (x + side * 0.46 * unit, y - 0.1 * unit),
                (x + side * 0.33 * unit, y),
                (x + side * 0.37 * unit, y + length * unit),
                (x + side * 0.5 * unit, y + length * 0.8 * unit),
            ],
            hair,
        )
    canvas.arc(x, y + 0.12 * unit, 0.46 * unit, (228, 312), 0.035 * unit, light)


def cat(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """A cat that sits on a roof or a hill in front of the sky."""
    random = canvas.random
    sky(canvas, palette, 0.85, progress)
    hills(canvas, palette, 0.72, 2, 0.08)
    fur = random.choice(((40, 36, 52), (250, 240, 228), (226, 150, 84), (128, 128, 142)))
    x, foot, unit = canvas.width * random.uniform(0.35, 0.65), 0.88, random.uniform(0.42, 0.56)
    ground = mix(palette.near, (10, 10, 24), 0.3)
    canvas.polygon([*ridge(random, canvas.width, foot - 0.01, 0.02), (canvas.width, 1), (0, 1)], ground)
    shade = mix(fur, palette.near, 0.3)
    wave = 0.08 * math.sin(6.28 * progress)
    tail = [
        (x + unit * (0.2 + 0.42 * share), foot - unit * (0.06 + (0.5 + wave) * share**2.4))
        for share in (n / 12 for n in range(13))
    ]
    canvas.line(tail, 0.07 * unit, shade)
    canvas.circle(*tail[-1], 0.035 * unit, shade)
    canvas.ellipse(x, foot - 0.3 * unit, 0.26 * unit, 0.34 * unit, fur)
    canvas.ellipse(x, foot - 0.22 * unit, 0.13 * unit, 0.22 * unit, mix(fur, WHITE, 0.35))
    for side in (-1, 1):
        canvas.ellipse(x + side * 0.11 * unit, foot - 0.02 * unit, 0.08 * unit, 0.05 * unit, mix(fur, WHITE, 0.15))
        canvas.polygon(
            [
                (x + side * 0.06 * unit, foot - 0.86 * unit),
                (x + side * 0.25 * unit, foot - 1.06 * unit),
                (x + side * 0.26 * unit, foot - 0.72 * unit),
            ],
            fur,
        )
        canvas.polygon(
            [
                (x + side * 0.11 * unit, foot - 0.85 * unit),
                (x + side * 0.22 * unit, foot - 0.97 * unit),
                (x + side * 0.23 * unit, foot - 0.78 * unit),
            ],
            mix(fur, (255, 150, 160), 0.55),
        )
    canvas.ellipse(x, foot - 0.7 * unit, 0.28 * unit, 0.22 * unit, fur)
    for side in (-1, 1):
        canvas.ellipse(
            x + side * 0.11 * unit,
            foot - 0.71 * unit,
            0.05 * unit,
            0.06 * unit,
            mix(palette.light, (180, 200, 60), 0.45),
        )
        canvas.ellipse(x + side * 0.11 * unit, foot - 0.71 * unit, 0.018 * unit, 0.052 * unit, (20, 18, 26))
        for tilt in (-0.03, 0.0, 0.03):
            canvas.line(
                [
                    (x + side * 0.12 * unit, foot - 0.62 * unit),
                    (x + side * 0.38 * unit, foot - (0.64 - tilt * 2) * unit),
                ],
                0.005 * unit,
                mix(fur, WHITE, 0.6),
            )
    canvas.polygon(
        [(x - 0.025 * unit, foot - 0.645 * unit), (x + 0.025 * unit, foot - 0.645 * unit), (x, foot - 0.615 * unit)],
        (230, 120, 130),
    )
    flakes(canvas, mix(palette.accent, WHITE, 0.4), 30, progress)


def walker(canvas: Canvas, palette: Palette, progress: float = 0.0) -> None:
    """A person with an umbrella on a hill, in falling rain or petals."""
    random = canvas.random
    sky(canvas, palette, 0.8, progress)
    hills(canvas, palette, 0.66, 3, 0.1)
    x, foot, unit = canvas.width * random.uniform(0.35, 0.65), 0.93, 0.5
    canvas.polygon(
        [*ridge(random, canvas.width, foot - 0.02, 0.02), (canvas.width, 1), (0, 1)],
        mix(palette.near, (12, 12, 28), 0.35),
    )
    coat, dark = palette.second, mix(palette.near, (20, 14, 30), 0.5)
    step = 0.03 * math.sin(6.28 * progress)
    for side in (-1, 1):
        canvas.line(
            [(x + side * 0.04 * unit, foot - 0.3 * unit), (x + side * (0.05 + step) * unit, foot)], 0.045 * unit, dark
        )
    canvas.polygon(
        [
            (x - 0.08 * unit, foot - 0.72 * unit),
            (x + 0.08 * unit, foot - 0.72 * unit),
            (x + 0.19 * unit, foot - 0.2 * unit),
            (x - 0.19 * unit, foot - 0.2 * unit),
        ],
        coat,
    )
    canvas.line(
        [
            (x + 0.06 * unit, foot - 0.66 * unit),
            (x + 0.15 * unit, foot - 0.5 * unit),
            (x + 0.09 * unit, foot - 0.62 * unit),
        ],
        0.045 * unit,
        mix(coat, dark, 0.25),
    )
    canvas.circle(x, foot - 0.83 * unit, 0.105 * unit, _SKIN[0])
    hair = random.choice(_HAIR)
    canvas.ellipse(x, foot - 0.87 * unit, 0.125 * unit, 0.1 * unit, hair)
    canvas.polygon(
        [
            (x - 0.125 * unit, foot - 0.88 * unit),
            (x - 0.02 * unit, foot - 0.86 * unit),
            (x - 0.05 * unit, foot - 0.58 * unit),
            (x - 0.16 * unit, foot - 0.6 * unit),
        ],
        hair,
    )
    canvas.line([(x + 0.11 * unit, foot - 0.55 * unit), (x + 0.02 * unit, foot - 1.3 * unit)], 0.012 * unit, dark)
    _umbrella(canvas, x + 0.02 * unit, foot - 0.98 * unit, 0.42 * unit, palette.accent)
    flakes(canvas, mix(palette.accent, WHITE, 0.55), 70, progress)


def _umbrella(canvas: Canvas, x: float, y: float, radius: float, colour: Colour) -> None:
    dome = [
        (x + radius * math.cos(angle), y - radius * 0.72 * math.sin(angle))
        for angle in (math.pi * n / 24 for n in range(25))
    ]
    scallops = [
        (x - radius + 2 * radius * n / 24, y - 0.12 * radius * abs(math.sin(math.pi * n / 6))) for n in range(25)
    ]
    canvas.polygon([*dome, *scallops], colour)
    for number, left in enumerate((-1, -1 / 3, 1 / 3)):
        if number % 2:
            canvas.polygon(
                [
                    (x, y - 0.72 * radius),
                    (x + left * radius, y),
                    (x, y - 0.12 * radius),
                    (x + (left + 2 / 3) * radius, y),
                ],
                mix(colour, WHITE, 0.22),
            )


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

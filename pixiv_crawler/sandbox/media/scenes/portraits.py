"""Scenes of people and cats."""

import math

from .canvas import BLACK, WHITE, Canvas, Colour, mix, ridge
from .palettes import Palette
from .sky import flakes, flower, hills, sky

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

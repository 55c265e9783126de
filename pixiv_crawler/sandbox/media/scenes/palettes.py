"""The colours of a scene, each set chosen for one light."""

from typing import NamedTuple

from .canvas import Colour


class Palette(NamedTuple):
    sky: Colour
    horizon: Colour
    light: Colour
    """The sun or moon, and lit windows."""
    far: Colour
    """Distant hills; nearer ones are mixed with `near`."""
    near: Colour
    accent: Colour
    """Flowers, clothes and roofs."""
    second: Colour
    is_night: bool = False


def _colour(text: str) -> Colour:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def _palette(colours: str, *, is_night: bool = False) -> Palette:
    sky, horizon, light, far, near, accent, second = map(_colour, colours.split())
    return Palette(sky, horizon, light, far, near, accent, second, is_night)


PALETTES = (
    _palette("5fb4e8 e8f6fb fff8dc 9cc8d8 2f7d5b ff8fa8 ffd166"),  # a clear morning
    _palette("f79d7b ffe3b8 fff3d0 d98a8a 5b3a5e e8505b ffd27f"),  # dusk
    _palette("2b3a7a c77dae ffe6c9 6d5a9e 1d1d45 ff7eb6 ffd6a5"),  # after sunset
    _palette("0d1b3f 3d5a98 fdf6d8 2b437c 0a1230 f6c453 8ecae6", is_night=True),
    _palette("13213c 41729f eaf6ff 37567f 0c1a2e 9ad1d4 f4d6cc", is_night=True),
    _palette("bfe3e0 fbf3e4 fffdf2 a9cfc4 4c8c6b f28482 f7ede2"),  # spring
    _palette("a8d8f0 fde2ec fff6f8 e6b7cf 6f5b8f ff9ebb fff0f5"),  # cherry blossom
    _palette("f2b36d fff0cf fffbe6 d99152 8a3b1f d1495b edae49"),  # autumn
    _palette("c9d9e6 f4f7fa ffffff b5c7d8 4b6584 e07a5f f2cc8f"),  # winter
    _palette("1fa2a8 c9f2e4 fffbe0 5fc3bb 0b5563 ff8552 ffe8a3"),  # a summer sea
    _palette("8e7cc3 f9d5e5 fff4fb b39ddb 4a3f78 f6a6c1 ffe29a"),  # violet haze
)

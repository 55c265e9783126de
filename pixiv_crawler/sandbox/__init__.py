"""A simulated Pixiv: App API, login and image hosts on one loopback port, for tests and for a first run without an account.

It imports nothing else of this project and spells Pixiv's addresses itself: a mistake in the crawler shows up here.
"""

from .exchange import SandboxError
from .faults import Fault
from .journal import SandboxRequest
from .novel_sketches import NovelSeries, NovelSketch
from .novel_works import Novel
from .server import Sandbox
from .users import Series, Sketch, Standing, User
from .works import Work
from .world import World

__all__ = [
    "Fault",
    "Novel",
    "NovelSeries",
    "NovelSketch",
    "Sandbox",
    "SandboxError",
    "SandboxRequest",
    "Series",
    "Sketch",
    "Standing",
    "User",
    "Work",
    "World",
]

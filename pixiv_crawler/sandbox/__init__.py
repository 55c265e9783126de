"""A simulated Pixiv: App API, login and image hosts on one loopback port, for tests and for a first run without an account.

It imports nothing else of this project and spells Pixiv's addresses itself: a mistake in the crawler shows up here.
"""

from .errors import SandboxError
from .sandbox import Sandbox
from .server.faults import Fault
from .server.request_log import SandboxRequest
from .world.novels import Novel
from .world.users import NovelSeries, NovelSketch, Series, Sketch, Standing, User
from .world.works import Work
from .world.world import World

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

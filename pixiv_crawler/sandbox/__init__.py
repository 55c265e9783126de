"""A simulated Pixiv: App API, login and image hosts on one loopback port, for tests and for trying out the crawler.

It imports no other module of this project and defines Pixiv's URLs itself, so that it exposes mistakes of the crawler.
"""

from .errors import SandboxError
from .sandbox import Sandbox
from .server.faults import Fault
from .server.request_log import SandboxRequest
from .who import who
from .world.churn import Churn
from .world.novels import Novel
from .world.users import NovelSeries, NovelSpec, Series, Standing, User, WorkSpec
from .world.works import Work
from .world.world import World

__all__ = [
    "Churn",
    "Fault",
    "Novel",
    "NovelSeries",
    "NovelSpec",
    "Sandbox",
    "SandboxError",
    "SandboxRequest",
    "Series",
    "Standing",
    "User",
    "Work",
    "WorkSpec",
    "World",
    "who",
]

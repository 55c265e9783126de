"""All endpoints of the App API that the sandbox implements."""

from collections.abc import Callable
from functools import partial

from ..messages import Request, Response
from ..world.world import World

Route = Callable[[World, Request], Response]

ROUTES: dict[tuple[str, str], Route] = {}
"""By method and path; filled by the modules of this package."""


def _register(method: str, *paths: str) -> Callable[[Route], Route]:
    def register(route: Route) -> Route:
        ROUTES.update(((method, path), route) for path in paths)
        return route

    return register


get, post = partial(_register, "GET"), partial(_register, "POST")

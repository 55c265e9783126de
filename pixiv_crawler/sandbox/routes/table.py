"""All endpoints of the App API that the sandbox implements."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..messages import Request, Response
from ..world.world import World
from . import bookmarks, feeds, ranking, search, series, users, works
from .comments import ROUTES as COMMENT_ROUTES
from .novels import ROUTES as NOVEL_ROUTES

Route = Callable[[World, Request], Response]

ROUTES: Mapping[tuple[str, str], Route] = {
    **works.ROUTES,
    **bookmarks.ROUTES,
    **feeds.ROUTES,
    **users.ROUTES,
    **ranking.ROUTES,
    **search.ROUTES,
    **series.ROUTES,
    **NOVEL_ROUTES,
    **COMMENT_ROUTES,
}

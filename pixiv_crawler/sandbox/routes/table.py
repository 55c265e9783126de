"""The endpoints of the App API that the sandbox answers: the one table that names them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..messages import Answer, Call
from ..world.world import World
from . import bookmarks, feeds, ranking, search, series, users, works
from .comments import ROUTES as COMMENT_ROUTES
from .novels import ROUTES as NOVEL_ROUTES

Route = Callable[[World, Call], Answer]

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

"""The endpoints of the App API that the sandbox answers: the one table that names them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import (
    routes_bookmarks,
    routes_feeds,
    routes_people,
    routes_ranking,
    routes_search,
    routes_series,
    routes_works,
)
from .comments_routes import ROUTES as COMMENT_ROUTES
from .exchange import Answer, Call
from .novel_routes import ROUTES as NOVEL_ROUTES
from .world import World

Route = Callable[[World, Call], Answer]

ROUTES: Mapping[tuple[str, str], Route] = {
    **routes_works.ROUTES,
    **routes_bookmarks.ROUTES,
    **routes_feeds.ROUTES,
    **routes_people.ROUTES,
    **routes_ranking.ROUTES,
    **routes_search.ROUTES,
    **routes_series.ROUTES,
    **NOVEL_ROUTES,
    **COMMENT_ROUTES,
}

"""One module per resource: each function handles one endpoint of the App API."""

from . import bookmarks, comments, feeds, novel_feeds, novel_search, novels, ranking, search, series, users, works
from .table import ROUTES

__all__ = [
    "ROUTES",
    "bookmarks",
    "comments",
    "feeds",
    "novel_feeds",
    "novel_search",
    "novels",
    "ranking",
    "search",
    "series",
    "users",
    "works",
]

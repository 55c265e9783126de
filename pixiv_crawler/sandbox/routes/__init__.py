"""One module per resource: each function handles one endpoint of the App API."""

from . import (  # noqa: F401 - each of them registers its routes
    account,
    bookmark_search,
    bookmarks,
    comments,
    feeds,
    novel_feeds,
    novel_search,
    novels,
    ranking,
    search,
    series,
    users,
    works,
)
from .table import ROUTES as ROUTES

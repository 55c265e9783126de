"""Collections of works: what a listing contained, in its order, and what the last run has found."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pixiv_crawler.outputs.gallery.records import Line

# The endpoints whose listings are collections, and the words for them; users have pages of their own.
_NAMES = {
    "/v1/user/bookmarks/illust": "Bookmarks",
    "/v1/user/bookmarks/novel": "Bookmarked novels",
    "/v1/illust/ranking": "Ranking",
    "/v1/novel/ranking": "Novel ranking",
    "/v1/search/illust": "Search",
    "/v1/search/novel": "Novel search",
    "/v1/search/popular-preview/illust": "Popular",
    "/v1/search/popular-preview/novel": "Popular novels",
    "/v1/search/bookmark/illust": "Bookmark search",
    "/v1/search/bookmark/novel": "Novel bookmark search",
    "/v2/novel/markers": "Marked novels",
    "/v2/illust/follow": "Followed artists",
    "/v1/novel/follow": "Followed authors",
    "/v2/illust/mypixiv": "Mypixiv",
    "/v1/novel/mypixiv": "Mypixiv novels",
    "/v1/illust/new": "New on Pixiv",
    "/v1/novel/new": "New novels on Pixiv",
    "/v1/illust/recommended": "Recommended",
    "/v1/manga/recommended": "Recommended manga",
    "/v1/novel/recommended": "Recommended novels",
    "/v2/illust/related": "Related to",
    "/v1/illust/series": "Series",
    "/v2/novel/series": "Novel series",
}
_SERIES = ("illust_series_id", "series_id")
# The parameters that distinguish two listings; all others select a part of one.
_PARAMETERS = (
    "word", "mode", "date", "user_id", "restrict", "tag", "bookmark_tag", "illust_tag", "novel_tag", "bookmark_period",
    "illust_id", *_SERIES,
)  # fmt: skip

_Key = tuple[str, int]


class Collection(NamedTuple):
    id: str
    """Names it in URLs of the page; the same after every run."""
    title: str
    works: list[_Key]


class Collections:
    """Fed with every line; the order of a listing is that of its newest run, then of those before it; a series is in reading order."""

    def __init__(self) -> None:
        self._listings: dict[str, dict[_Key, tuple[float, int]]] = {}
        self._series: set[str] = set()
        self._titles: dict[str, tuple[str, str]] = {}
        self._started: dict[Path, float] = {}
        self._first_run: dict[_Key, float] = {}

    def add(self, key: _Key, line: Line, run: Path, time: float) -> None:
        """`time` is that of the line; the first line of a run dates the run."""
        source = line.source
        started = self._started.setdefault(run, time)
        self._first_run[key] = min(started, self._first_run.get(key, started))
        if source is None or source.endpoint not in _NAMES:
            return
        values = {name: str(source.params[name]) for name in _PARAMETERS if source.params.get(name)}
        id_ = " ".join([source.endpoint.removeprefix("/"), *values.values()])
        owner = values.pop("user_id", "")
        if series := next((values[name] for name in _SERIES if name in values), ""):
            owner, values = series, {"title": line.series.title if line.series and line.series.title else series}
            self._series.add(id_)
        self._titles[id_] = " · ".join([_NAMES[source.endpoint], *values.values()]), owner
        place = (-started, source.position or 0)
        listing = self._listings.setdefault(id_, {})
        listing[key] = min(place, listing.get(key, place))

    def __iter__(self) -> Iterator[Collection]:
        """What is new first, then the listings, newest first."""
        last = max(self._started.values(), default=0)
        new = [key for key, started in self._first_run.items() if started == last]
        if 0 < len(new) < len(self._first_run):
            yield Collection("new", "New since last time", new)
        newest = {id_: min(listing.values())[0] for id_, listing in self._listings.items()}
        counts = Counter(title for title, _ in self._titles.values())
        for id_ in sorted(self._listings, key=lambda id_: (newest[id_], id_)):
            listing, (title, owner) = self._listings[id_], self._titles[id_]
            # Most galleries contain the bookmarks of one user, whose number says nothing; nor does that of a series.
            title = f"{title} · {owner}" if counts[title] > 1 else title
            # IDs rise with time; the listing of a series may be in either order, and later runs add only what is new.
            order = None if id_ in self._series else listing.__getitem__
            yield Collection(id_, title, sorted(listing, key=order))

"""What collects a page of Pixiv's websites: a spider and its arguments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Args = dict[str, str]

ID_ARGUMENTS = ("user_id", "illust_id", "novel_id", "series_id", "novel_series_id")
"""The arguments that take a list of IDs, so that the pages of one spider can be collected by one run."""


_KINDS = {
    "user_id": "a user",
    "illust_id": "an illust",
    "novel_id": "a novel",
    "series_id": "a series of illusts",
    "novel_series_id": "a series of novels",
    "user_works": "a list of works of a user",
    "bookmarks": "a list of bookmarks",
    "following": "a list of followed users",
    "followers": "a list of followers",
    "mypixiv_users": "a list of mypixiv friends",
    "search": "a search",
    "search_users": "a search for users",
    "rankings": "a ranking",
    "following_feed": "the feed of followed users",
    "mypixiv_works": "the feed of mypixiv friends",
    "new_works": "the list of new works",
    "recommended": "the list of recommended works",
    "recommended_users": "the list of recommended users",
    "watchlist": "a watchlist",
    "novel_markers": "the list of markers in novels",
}


@dataclass(frozen=True, slots=True)
class PageTarget:
    """What collects a page."""

    spider: str
    args: Mapping[str, str]
    is_main: bool = field(default=True, compare=False)
    """Whether it is the page of what its IDs name, rather than a list that belongs to it."""

    @property
    def ids(self) -> Args:
        """The arguments that name what the page is about."""
        return {name: value for name, value in self.args.items() if name in ID_ARGUMENTS}

    @property
    def kind(self) -> str:
        """What the page shows, with an article."""
        return _KINDS[next(iter(self.ids)) if self.ids and self.is_main else self.spider]


def group_by_run(targets: Iterable[PageTarget]) -> list[PageTarget]:
    """The runs that collect all pages: one for those of one spider that differ only in their IDs."""
    runs: dict[tuple[object, ...], list[PageTarget]] = {}
    for target in targets:
        others = {item for item in target.args.items() if item[0] not in ID_ARGUMENTS}
        runs.setdefault((target.spider, frozenset(others), bool(target.ids)), []).append(target)
    return [_merged(pages) for pages in runs.values()]


def _merged(pages: list[PageTarget]) -> PageTarget:
    ids: dict[str, dict[str, None]] = {}
    for page in pages:
        for name, value in page.ids.items():
            ids.setdefault(name, {})[value] = None
    return PageTarget(pages[0].spider, {**pages[0].args, **{name: ",".join(values) for name, values in ids.items()}})

"""All works of the artists that the account follows."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from pydantic import Field
from scrapy import Request

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.classification import BROKEN_JSON
from pixiv_crawler.api.enums import FeedRestrict, Restrict, WorkType
from pixiv_crawler.api.pagers.followed_works import FollowedWorksPager
from pixiv_crawler.api.pagers.steps import Cursor, ListingResponse, State
from pixiv_crawler.api.parsing import is_id
from pixiv_crawler.argument_types import UserIdList, pixiv_value
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.items import Item
from pixiv_crawler.layout.paths import report_path
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.options import WebUse
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import Note
from pixiv_crawler.spiders.base_works import WorkListingSpider

_PAGE = 1000
# Earlier runs whose reports are read for the last one with the same lists.
_REPORTS = 20


class _Artists(msgspec.Struct):
    followed: list[int] = []


class _Report(msgspec.Struct):
    """What matters of the report of an earlier run."""

    arguments: dict[str, Any] = {}
    artists: _Artists = msgspec.field(default_factory=_Artists)


class FollowedWorksSpider(WorkListingSpider):
    """All works of all artists that the account follows, artist by artist; yields `Illust` and, if requested, `Novel`.

    With `new_only=true`, the lists of followed users show who is new, and the feed of new works who has new works; only these
    artists are requested, and all those whose works no run has read to the end in the last PIXIV_FULL_PASS_DAYS. If the feed
    ends before it reaches works that are known, all artists are requested. The report names the artists who are followed
    since the last finished run, and those who are not any more.

    Source: GET /v1/user/following, /v2/illust/follow, /v1/novel/follow, /v1/user/detail, /v1/user/illusts, /v1/user/novels
    Example: scrapy crawl followed_works -a new_only=true -a restrict=public -a max_works=5
    """

    name = "followed_works"
    is_newest_first = True

    class Args(TypedWorksArgs):
        restrict: Annotated[FeedRestrict | str, pixiv_value(FeedRestrict)] = Field(
            FeedRestrict.ALL, description="Artists who are followed publicly, privately, or both."
        )
        user_id: UserIdList | None = Field(
            None, description="Additional artists: user IDs or profile URLs, comma-separated, or @FILE."
        )

    args: Args

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._artists: dict[int, bool] = {}
        """The artists met so far, and whether an earlier run has read their works to the end not long ago."""
        self._queue: list[int] = []
        """The artists whose works are requested, in this order; only ever extended."""
        self._uses_feed: bool | None = None
        """None while the lists of followed users are read."""
        self._is_feed_complete = True
        self._is_page_known = False
        """Whether all works of the response of a feed that is being processed are known."""
        self._before: set[int] = set()
        """The artists who were followed when the last run finished."""

    def needs_account(self) -> bool:
        return True

    def pager(self) -> FollowedWorksPager:
        always = self.web.use is WebUse.ALWAYS
        return FollowedWorksPager(self.args.type, yields_profiles=self.args.wants_users, compares_always=always)

    # --- Listings: followed users, feeds, then the works of each artist ------------------------------------------------

    def start_calls(self) -> Iterator[ApiCall]:
        yield from self._lists()
        if self._uses_feed is None:
            return
        yield from self._feeds()
        for user_id in self._queue:
            calls = self.pager().first_calls(user_id)
            if self._artists.get(user_id):
                next(calls)  # the profile, whose counts only show what is missing after a full pass
            yield from calls

    def _lists(self) -> Iterator[ApiCall]:
        both = (Restrict.PUBLIC, Restrict.PRIVATE)
        for restrict in both if self.args.restrict == FeedRestrict.ALL else (self.args.restrict,):
            yield endpoints.user_following(self.own_user_id(), restrict)

    def _feeds(self) -> Iterator[ApiCall]:
        if self._uses_feed and self.args.illust_types:
            yield endpoints.illust_follow(self.args.restrict)
        if self._uses_feed and WorkType.NOVEL in self.args.type:
            yield endpoints.novel_follow(self.args.restrict)

    def next_listing(self, index: int, before: State) -> Iterator[Request]:
        lists = len([*self._lists()])
        if index == lists and self._uses_feed is None:
            self._end_lists()
        if index == lists + len([*self._feeds()]) and not self._is_feed_complete:
            self._enqueue(self._artists)
        yield from super().next_listing(index, before)

    # --- What the lists and feeds show ---------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        run = Run.of(self.crawler)
        for note in await run.state.notes(run.id, "artist"):
            self._artists[note["user_id"]] = note["is_known"]
        self._queue = [note["user_id"] for note in await run.state.notes(run.id, "artist_queued")]
        for note in await run.state.notes(run.id, "artists"):
            self._uses_feed = note["uses_feed"]
        self._is_feed_complete = not await run.state.notes(run.id, "feed_incomplete")
        self._before = await self._followed_before()
        async for found in super().start():
            yield found

    async def _followed_before(self) -> set[int]:
        """The artists in the report of the last finished run with the same lists; empty if there is none."""
        run, last = Run.of(self.crawler), 0
        jobs: list[str] = []
        while page := await run.state.runs(last, _PAGE):
            last = page[-1].id
            jobs += [one.job for one in page if one.spider == self.name and one.finished_at and one.id != run.id]
        for job in reversed(jobs[-_REPORTS:]):
            with suppress(OSError, *BROKEN_JSON):  # the user has moved or changed it
                content = read_regular(report_path(run.folder.path.with_name(job)))
                report = msgspec.json.decode(content, type=_Report)
                if report.arguments.get("restrict") == self.args.restrict:
                    return set(report.artists.followed)
        return set()

    async def _look_up(self, entries: list[Any], kind: str, listing: int) -> None:
        if kind == "user_preview":
            await self._meet(
                entry["user"]["id"] for entry in entries if _has_user(entry) and is_id(entry["user"]["id"])
            )
        elif self._is_feed(listing):
            await self._find_new([entry for entry in entries if _has_user(entry)])
        else:
            await super()._look_up(entries, kind, listing)

    async def _meet(self, user_ids: Iterator[int]) -> None:
        """Notes followed artists, and requests the works of those whose works are not known."""
        excluded = set(self.args.exclude_users or [])
        for user_id in user_ids:
            if user_id in self._artists or user_id in excluded:
                continue
            self._artists[user_id] = is_known = self.args.new_only and await self._is_known_artist(user_id)
            self.checkpoint.add_note(Note("artist", {"user_id": user_id, "is_known": is_known}))
            if not is_known:
                self._enqueue([user_id])

    async def _is_known_artist(self, user_id: int) -> bool:
        days = self.settings.getfloat("PIXIV_FULL_PASS_DAYS")
        calls = [call for call in self.pager().first_calls(user_id) if call.entries_key]
        return all([await self.checkpoint.passes.is_recent(call, full_pass_days=days) for call in calls])

    async def _find_new(self, entries: list[JsonObject]) -> None:
        """Requests the works of artists of whom a feed shows works that are not known."""
        self._is_page_known = True
        for entry in entries:
            user_id = entry["user"]["id"]
            calls = [call for call in self.pager().first_calls(user_id) if call.entries_key]
            known = [await self.checkpoint.passes.has_seen(call, entry["id"]) for call in calls]
            if self._artists.get(user_id) and not any(known):
                self._is_page_known = False
                self._enqueue([user_id])

    def _enqueue(self, user_ids: Sequence[int] | dict[int, bool]) -> None:
        queued = set(self._queue)
        for user_id in user_ids:
            if user_id not in queued:
                self._queue.append(user_id)
                self.checkpoint.add_note(Note("artist_queued", {"user_id": user_id}))

    def _end_lists(self) -> None:
        """Decides whether the feeds are read, and reports who is followed since the last run, or not any more."""
        self._uses_feed = any(self._artists.values())
        self._enqueue([user_id for user_id in self.args.user_id or [] if user_id not in self._artists])
        new = [user_id for user_id in self._artists if self._before and user_id not in self._before]
        gone = sorted(self._before - self._artists.keys())
        note = {"followed": [*self._artists], "new": new, "unfollowed": gone, "uses_feed": self._uses_feed}
        self.checkpoint.add_note(Note("artists", note))
        self.logger.info(
            "%d followed artists, %d of them new since the last run; %d are not followed any more",
            len(self._artists),
            len(new),
            len(gone),
        )

    def _is_feed(self, listing: int) -> bool:
        first = len([*self._lists()])
        return first <= listing < first + len([*self._feeds()])

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        """Followed users and feeds only show which artists to request."""
        if call.key != "user_previews" and not call.path.endswith("/follow"):
            yield from super().parse_entry(entry, call)

    async def _is_known(self, listing: ListingResponse, cursor: Cursor) -> bool:
        if cursor.index is None or not self._is_feed(cursor.index):
            is_known = await super()._is_known(listing, cursor)
            return is_known or await self._ends_known(listing)
        is_known = self._is_page_known and bool(listing.entries) and listing.error is None
        if not is_known and (listing.error or not listing.next_url):
            self._is_feed_complete = False
            self.checkpoint.add_note(Note("feed_incomplete", {}))
        return is_known

    async def _ends_known(self, listing: ListingResponse) -> bool:
        """Whether the last work of a known artist's response is known: behind it, only a full pass finds something."""
        user_id: Any = listing.call.params.get("user_id")
        ids = [entry["id"] for entry in listing.entries if _has_user(entry) and is_id(entry.get("id"))]
        if not ids or not self._artists.get(user_id):
            return False
        (first,) = (call for call in self.pager().first_calls(user_id) if call.path == listing.call.path)
        return await self.checkpoint.passes.has_seen(first, ids[-1])


def _has_user(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("user"), dict) and type(entry["user"].get("id")) is int

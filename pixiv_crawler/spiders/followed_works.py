"""All works of the artists that the account follows."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from pydantic import Field
from scrapy import Request

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import FeedRestrict, Restrict, WorkType
from pixiv_crawler.api.pagers.followed_works import FollowedWorksPager
from pixiv_crawler.api.pagers.steps import Cursor, ListingResponse, State
from pixiv_crawler.api.parsing import is_id
from pixiv_crawler.argument_types import UserIdList, pixiv_value
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.http.shared import shared
from pixiv_crawler.items import Item
from pixiv_crawler.options import WebUse
from pixiv_crawler.run.followed_artists import FollowedArtists
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.spiders.base_works import WorkListingSpider


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
    leads_to_listings = True

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
        # Of the response that is being processed:
        self._is_page_known = False
        """Whether all works of a feed's response are known."""
        self._ends_known = False
        """Whether the last one is."""
        self._late: set[int] = set()
        """The artists that a list shows only when the works of the others are already being read."""

    def needs_account(self) -> bool:
        return True

    def pager(self) -> FollowedWorksPager:
        always = self.web.use is WebUse.ALWAYS
        return FollowedWorksPager(self.args.type, yields_profiles=self.args.wants_users, compares_always=always)

    @property
    def artists(self) -> FollowedArtists:
        """The followed artists, as far as they are known."""
        return shared(self.crawler, FollowedArtists, lambda: FollowedArtists(self.checkpoint))

    async def start(self) -> AsyncIterator[Any]:
        await self.artists.load(Run.of(self.crawler), self.args.restrict)
        async for found in super().start():
            yield found

    # --- Listings: followed users, feeds, then the works of each artist ------------------------------------------------

    def start_calls(self) -> Iterator[ApiCall]:
        yield from self._lists()
        if self.artists.uses_feed is None:
            return
        yield from self._feeds()
        for user_id in self.artists.queue:
            yield from (
                self._listings(user_id) if self.artists.known.get(user_id) else self.pager().first_calls(user_id)
            )

    def _lists(self) -> Iterator[ApiCall]:
        both = (Restrict.PUBLIC, Restrict.PRIVATE)
        for restrict in both if self.args.restrict == FeedRestrict.ALL else (self.args.restrict,):
            yield endpoints.user_following(self.own_user_id(), restrict)

    def _feeds(self) -> Iterator[ApiCall]:
        if self.artists.uses_feed and self.args.illust_types:
            yield endpoints.illust_follow(self.args.restrict)
        if self.artists.uses_feed and WorkType.NOVEL in self.args.type:
            yield endpoints.novel_follow(self.args.restrict)

    def _listings(self, user_id: int) -> list[ApiCall]:
        """The listings of an artist without the profile, whose counts only show what is missing after a full pass."""
        return [call for call in self.pager().first_calls(user_id) if call.entries_key]

    def next_listing(self, index: int, before: State) -> Iterator[Request]:
        if index == len([*self._lists()]) and self.artists.uses_feed is None:
            self._end_lists()
        if index == len([*self._lists(), *self._feeds()]) and not self.artists.is_feed_complete:
            self.artists.enqueue(self.artists.known)
        yield from super().next_listing(index, before)

    def _end_lists(self) -> None:
        new, gone = self.artists.end_lists()
        self.artists.enqueue(user_id for user_id in self.args.user_id or [] if user_id not in self.artists.known)
        self.logger.info(
            "%d followed artists, %d of them new since the last run; %d are not followed any more",
            len(self.artists.known),
            len(new),
            len(gone),
        )

    def _is_list(self, listing: int) -> bool:
        return listing < len([*self._lists()])

    def _is_feed(self, listing: int) -> bool:
        return not self._is_list(listing) and listing < len([*self._lists(), *self._feeds()])

    # --- What the lists and feeds show ---------------------------------------------------------------------------------

    async def _look_up(self, entries: list[Any], kind: str, listing: int) -> None:
        if self._is_list(listing):
            await self._meet(entry["user"]["id"] for entry in entries if _has_user(entry))
        elif self._is_feed(listing):
            await self._find_new([entry for entry in entries if _has_user(entry) and is_id(entry.get("id"))])
        else:
            await super()._look_up(entries, kind, listing)

    async def _meet(self, user_ids: Iterator[int]) -> None:
        excluded = set(self.args.exclude_users or [])
        for user_id in user_ids:
            if user_id not in self.artists.known and user_id not in excluded:
                is_known = self.args.new_only and await self._is_known_artist(user_id)
                self.artists.meet(user_id, is_known=is_known)
                if self.artists.uses_feed is not None:
                    self._late.add(user_id)

    async def _is_known_artist(self, user_id: int) -> bool:
        days, passes = self.settings.getfloat("PIXIV_FULL_PASS_DAYS"), self.checkpoint.passes
        return all([await passes.is_recent(call, full_pass_days=days) for call in self._listings(user_id)])

    async def _find_new(self, entries: list[JsonObject]) -> None:
        """Requests the works of known artists of whom a feed shows new works."""
        wanted = self.args.wanted_types
        is_known = [
            await self._is_known_work(entry["user"]["id"], entry["id"])
            for entry in entries
            if self.artists.known.get(entry["user"]["id"]) and entry.get("type", WorkType.NOVEL) in wanted
        ]
        # Works of other artists show nothing about those that follow.
        self._is_page_known = bool(is_known) and all(is_known)
        self._ends_known = bool(is_known) and is_known[-1]

    async def _is_known_work(self, user_id: int, work_id: int) -> bool:
        is_known = any([await self.checkpoint.passes.has_seen(call, work_id) for call in self._listings(user_id)])
        if not is_known:
            self.artists.enqueue([user_id])
        return is_known

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        """Followed users and feeds only show which artists to request."""
        if call.key == "user_previews" and _has_user(entry):
            yield from self._requests_for_late(entry["user"]["id"])
        elif not call.path.endswith("/follow"):
            yield from super().parse_entry(entry, call)

    def _requests_for_late(self, user_id: int) -> Iterator[Request]:
        """The requests for an artist of a list that failed, and was read at the end of the crawl: its listings have no number."""
        if user_id in self._late:
            self._late.remove(user_id)
            yield from map(self.side_request, self._listings(user_id))

    async def _is_known(self, listing: ListingResponse, cursor: Cursor) -> bool:
        if cursor.index is None or not (self._is_list(cursor.index) or self._is_feed(cursor.index)):
            is_known = await super()._is_known(listing, cursor)
            return is_known or await self._ends_with_known_work(listing)
        if self._is_list(cursor.index):
            if listing.error:
                self.artists.note_lack("list")
            return False
        if listing.error or not (listing.next_url or self._ends_known):
            self.artists.note_lack("feed")
        return self._is_page_known and listing.error is None

    async def _ends_with_known_work(self, listing: ListingResponse) -> bool:
        """Whether the last work of a known artist's response is known: behind it, only a full pass finds something."""
        user_id: Any = listing.call.params.get("user_id")
        ids = [entry["id"] for entry in listing.entries if isinstance(entry, dict) and is_id(entry.get("id"))]
        if not ids or not self.artists.known.get(user_id):
            return False
        (first,) = (call for call in self._listings(user_id) if call.path == listing.call.path)
        return await self.checkpoint.passes.has_seen(first, ids[-1])


def _has_user(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("user"), dict) and is_id(entry["user"].get("id"))

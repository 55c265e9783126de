"""What all spiders share: requests for API calls, and paging."""

import itertools
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import REFUSALS, TRANSIENT, ApiError, ErrorKind
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.api.pagers import steps as noted
from pixiv_crawler.api.pagers.next_url import Pager
from pixiv_crawler.api.pagers.steps import Cursor, ListingResponse, Next, Note, State
from pixiv_crawler.api.parsing import Listing, is_id, kind_of, parse_json, parse_listing
from pixiv_crawler.exceptions import ArgumentError, LoginError, ParseError, PixivCrawlerError, StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import FINAL_RETRY, api_call, api_request, web_call
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.items import Comment
from pixiv_crawler.run import state as run_state
from pixiv_crawler.run.failures import warn
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.spiders.base import now
from pixiv_crawler.spiders.base_entries import EntrySpider


class ListingSpider(EntrySpider):
    """A spider that reads listings, one after the other, each to its end.

    A call whose response is one object is a listing of one entry. Each request carries everything that is needed to
    continue its listing (`Cursor`), so a spider holds no crawl state.
    """

    is_newest_first: ClassVar[bool] = False
    """Whether new entries precede old ones, so that `new_only` may stop where all entries are known (`Pager.may_stop`)."""
    leads_to_listings: ClassVar[bool] = False
    """Whether some listings only show which others are read, so that their number is not known before."""
    _calls: tuple[int, Iterator[ApiCall]] | None = None
    """The number of the next listing, and the first calls of those that have not begun."""

    # --- What a spider defines ---------------------------------------------------------------------------------------

    @abstractmethod
    def start_calls(self) -> Iterator[ApiCall]:
        """The first call of each listing; must yield the same calls in the same order every time."""

    def pager(self) -> Pager:
        """How a listing is followed."""
        return Pager()

    def head_key(self, call: ApiCall) -> str:
        """The key of an object or a list that the first response of a listing has in addition to its entries, if any."""
        return ""

    def needs_account(self) -> bool:
        """Whether the account must be known before the first call."""
        return False

    def check_account(self, account: Account) -> None:
        """Checks whether the account may make the calls.

        Raises:
            ArgumentError: it may not; one sentence says why.
        """

    # --- Requests ----------------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        for value, hint in self.args.new_values:
            warn(self.crawler, f"spider argument {value} is not known to this version, and is used as it is: {hint}")
        if self.needs_account():
            await self._learn_account()
        for request in self.next_listing(0, {}):
            yield request

    async def _learn_account(self) -> None:
        try:
            self.check_account(await ApiSession.of(self.crawler).log_in())
        except LoginError:
            raise CloseSpider("login_failed") from None  # logged already
        except ArgumentError as error:
            Run.of(self.crawler).refusal = error
            raise CloseSpider("bad_arguments") from None

    def own_user_id(self) -> int:
        """The ID of the account; known if `needs_account` is true."""
        account = ApiSession.of(self.crawler).account
        assert account is not None
        return int(account.id)

    def next_listing(self, index: int, before: State) -> Iterator[Request]:
        """The first request of the listing with that number, if there is one and it has not begun yet."""
        call = self._start_call(index)
        # A single object is not a listing, so a later run cannot recognise it.
        if call and self.checkpoint.passes.begin(index, str(call) if call.entries_key else ""):
            seen = call.params.get("offset") or call.params.get("last_order") or 0
            yield self._request(call, Cursor(index, seen, self.pager().first_state(call, before), is_first=True))

    def _start_call(self, index: int) -> ApiCall | None:
        """The first call of the listing with that number; None if there is none.

        One iterator is kept, because there may be a hundred thousand listings, and each is requested after the one before it.
        """
        position, calls = self._calls or (0, self.start_calls())
        if index < position:
            position, calls = 0, self.start_calls()
        call = next(itertools.islice(calls, index - position, None), None)
        self._calls = (index + 1, calls) if call else None
        return call

    def side_request(self, call: ApiCall, callback: Callable[..., Any] | None = None) -> Request:
        """A request in addition to the listings, such as for the comments on a work; sent before the next listing."""
        return self._request(call, Cursor(None), callback=callback, priority=1)

    def replies(self, comment: Any) -> Iterator[Request]:
        """The request for the replies to a comment, if it has any."""
        if isinstance(comment, Comment) and comment.has_replies:
            is_illust = comment.illust_id is not None
            endpoint = endpoints.illust_comment_replies if is_illust else endpoints.novel_comment_replies
            yield self.side_request(endpoint(comment.id, comment.illust_id or comment.novel_id or 0))

    def _request(
        self, call: ApiCall, cursor: Cursor, *, callback: Callable[..., Any] | None = None, priority: int = 0
    ) -> Request:
        return api_request(
            call,
            Servers.of(self.crawler).base_of(call),
            callback=callback or self.parse_answer,
            errback=self.parse_failure,
            cb_kwargs=dict(vars(cursor)),
            priority=priority,
        )

    # --- Responses ---------------------------------------------------------------------------------------------------

    async def parse_answer(self, response: Response, **position: Any) -> AsyncIterator[Any]:
        """Parses the entries of a response, then continues its listing."""
        assert response.request is not None
        call, cursor = api_call(response.request), Cursor(**position)
        assert call is not None
        try:
            listing = parse_listing(response.body, call)
        except ParseError as error:
            self.record_failure("listing", None, str(error), call)
            async for found in self._advance(ListingResponse(call, seen=cursor.seen, error=error), cursor):
                yield found
            return
        pager, entries = self._pager_of(cursor), [*map(_decoded, listing.entries)]
        unread = pager.unread(entries, cursor.state)
        if pager.yields_items(call):
            if cursor.index is not None:
                await self._look_up(unread, kind_of(call.key), cursor.index)
            for found in self._items(listing, unread, call, cursor):
                yield found
        head, total = self._head(listing, call), _decoded(listing.members.get("total", b"null"))
        parsed = ListingResponse(call, entries, listing.next_url, cursor.seen + len(unread), head=head, total=total)
        async for found in self._advance(parsed, cursor):
            yield found

    async def _look_up(self, entries: list[Any], kind: str, listing: int) -> None:
        ids = [entry["id"] for entry in entries if isinstance(entry, dict) and is_id(entry.get("id"))]
        if ids and kind in ("illust", "novel"):
            await self.checkpoint.seen.look_up(listing, kind, ids)

    def hidden_works(self, hidden: noted.HiddenWorks, call: ApiCall) -> Iterator[Request]:
        """What is done about works that a user has and the listings did not show."""
        self.record_failure("works", hidden.user_id, hidden.cause, call)
        yield from ()

    def _pager_of(self, cursor: Cursor) -> Pager:
        return Pager() if cursor.index is None else self.pager()

    def _items(self, listing: Listing, entries: list[Any], call: ApiCall, cursor: Cursor) -> Iterator[Any]:
        fetched_at = now()
        if cursor.is_first and (key := self.head_key(call)):
            head = self._head(listing, call)
            for position, entry in enumerate(head if isinstance(head, list) else [head] if head else [], 1):
                yield from self._parse_one(entry, replace(call, entries_key=key), fetched_at, position)
        for position, entry in enumerate(entries, cursor.seen + 1):
            yield from self._parse_one(entry, call, fetched_at, position)

    def _head(self, listing: Listing, call: ApiCall) -> Any:
        key = self.head_key(call)
        return _decoded(listing.members.get(key, b"null")) if key else None

    async def parse_failure(self, failure: Failure) -> AsyncIterator[Any]:
        """Handles a failed request: its listing is continued if possible, and the next one is requested in any case."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy adds it
        call, error = api_call(request), failure.value
        assert call is not None
        assert isinstance(error, Exception)
        if isinstance(error, LoginError | StoppedError):
            return  # the crawl ends, and the request is sent again when the run is resumed
        cursor = Cursor(**request.cb_kwargs)
        is_end = self._pager_of(cursor).is_end(call, error)
        is_doubtful = self._is_doubtful(error, request, cursor)
        refused = () if is_end else self._doubted(error, call) if is_doubtful else self.parse_refusal(error, call)

        async def found() -> AsyncIterator[Any]:
            for one in self._stamped(refused, call, now(), 1):
                yield one
            async for one in self._advance(ListingResponse(call, seen=cursor.seen, error=error), cursor):
                yield one

        # Recorded here, because Scrapy passes the output of an errback to no middleware.
        # The website has been given up on, or may show it to the next run.
        is_failed = is_doubtful or (_is_transient(error) and not web_call(request))
        async for one in self.checkpoint.recorded(request, found(), is_failed=is_failed):
            yield one

    def _is_doubtful(self, error: Exception, request: Request, cursor: Cursor) -> bool:
        """Whether a later request decides: Pixiv refused a listing whose beginning it has shown, or may refuse everything."""
        if not isinstance(error, ApiError) or FINAL_RETRY in request.meta or web_call(request):
            return False
        is_in_the_middle = cursor.index is not None and cursor.seen > 0
        is_rejected = is_in_the_middle and error.fault.kind is not ErrorKind.OFFSET_LIMIT
        return is_rejected or error.fault.kind in REFUSALS

    def _doubted(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """A generator, so that the failure is recorded together with the request."""
        self._record_failed_listing(error, call)
        yield from ()

    async def _advance(self, listing: ListingResponse, cursor: Cursor) -> AsyncIterator[Any]:
        """The next request of a listing, or the first one of the next listing."""
        pager = self._pager_of(cursor)
        step = pager.step(listing, cursor.state)
        for found in self._reported(step.notes, listing.call):
            yield found
        is_known = await self._is_known(listing, cursor) and pager.may_stop(cursor.state) and isinstance(step, Next)
        if isinstance(step, Next) and not is_known:
            yield self._request(step.call, Cursor(cursor.index, step.seen, step.state))
            return
        if is_known:
            self.logger.info("%s: an earlier run has seen all of these entries; skipping the rest", listing.call)
            for found in self._reported(pager.stopped(listing.call, step.state), listing.call):
                yield found
        if cursor.index is not None:
            if listing.error is None:
                self.checkpoint.passes.end(cursor.index, "known" if is_known else "end")
            for request in self.next_listing(cursor.index + 1, step.state):
                yield request

    def _reported(self, notes: Iterable[Note], call: ApiCall) -> Iterator[Any]:
        """Passes on what a pager noted."""
        for note in notes:
            match note:
                case noted.HiddenWorks():
                    yield from self.hidden_works(note, call)
                case noted.Missing(what, id_, cause):
                    self.record_failure(what, id_, cause, call)
                case noted.Warned(sentence):
                    warn(self.crawler, sentence)
                case noted.Remark(sentence):
                    self.logger.info("%s", sentence)
                case noted.TotalKnown(entries, single):
                    self.expect(entries, single)
                case noted.Refused(refused, fault):
                    error = ApiError(str(refused), fault)
                    yield from self._stamped(self.parse_refusal(error, refused), refused, now(), 1)
                case noted.PartitionRead(key, params, status, returned):
                    entry = {"entries": key, "params": params, "status": status, "returned": returned}
                    self.checkpoint.add_note(run_state.Note("search_partition", entry))

    async def _is_known(self, listing: ListingResponse, cursor: Cursor) -> bool:
        """Records the entries of a response; returns whether nothing new can follow, because an earlier run saw them all.

        That holds only if a run has read the listing to its end in the last PIXIV_FULL_PASS_DAYS.
        """
        if cursor.index is None or not self.is_newest_first or not listing.call.entries_key:
            return False
        passes, days = self.checkpoint.passes, self.settings.getfloat("PIXIV_FULL_PASS_DAYS")
        unread = self.pager().unread(listing.entries, cursor.state)
        ids = {entry["id"] for entry in unread if isinstance(entry, dict) and is_id(entry.get("id"))}
        is_new_only = getattr(self.args, "new_only", False)
        is_known = is_new_only and await passes.are_known(cursor.index, ids, full_pass_days=days)
        passes.sight(cursor.index, ids)
        return bool(is_known and ids)


def _is_transient(error: Exception) -> bool:
    """Whether the same call may succeed later."""
    return error.fault.kind in TRANSIENT if isinstance(error, ApiError) else not isinstance(error, PixivCrawlerError)


def _decoded(raw: Any) -> Any:
    """An entry as Python's own types; as text if it is not valid JSON."""
    try:
        return parse_json(raw)
    except ParseError:
        return bytes(raw).decode(errors="replace")

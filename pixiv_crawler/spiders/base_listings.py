"""What all spiders share: requests for API calls, paging, and entries that do not match their type."""

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
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.errors import REFUSALS, TRANSIENT, ApiError, ErrorKind
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.api.pagers import steps as noted
from pixiv_crawler.api.pagers.next_url import Pager, lists_seen_ids
from pixiv_crawler.api.pagers.steps import Cursor, ListingResponse, Next, Note, State
from pixiv_crawler.api.parsing import (
    Listing,
    check_ids,
    is_id,
    kind_of,
    normalized,
    parse_item,
    parse_json,
    parse_listing,
)
from pixiv_crawler.api.schema_drift import new_fields, new_values
from pixiv_crawler.console.redaction import printable
from pixiv_crawler.exceptions import ArgumentError, LoginError, ParseError, PixivCrawlerError, StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import FINAL_RETRY, api_call, api_request
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.items import Comment, Item, Rejected, Source, Unavailable
from pixiv_crawler.run import state as run_state
from pixiv_crawler.run.failures import warn
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.spiders.base import PixivSpider, now

_GONE = {
    ErrorKind.GONE: UnavailableReason.DELETED,
    ErrorKind.PRIVATE: UnavailableReason.PRIVATE,
    ErrorKind.USER_GONE: UnavailableReason.USER_GONE,
    ErrorKind.RESTRICTED: UnavailableReason.USER_GONE,
}
# Without a known message, only a refusal of the object itself is a statement about it.
_DETAIL_GONE = _GONE | {
    ErrorKind.NOT_FOUND: UnavailableReason.UNKNOWN,
    ErrorKind.FORBIDDEN: UnavailableReason.PRIVATE,
}
# Parameters of requests in the middle of a listing.
_CONTINUES = {"offset", "max_bookmark_id"}


class ListingSpider(PixivSpider):
    """A spider that reads listings, one after the other, each to its end.

    A call whose response is one object is a listing of one entry. Each request carries everything that is needed to
    continue its listing (`Cursor`), so a spider holds no crawl state.

    Settings: PIXIV_STRICT.

    Stats: pixiv/rejected (entries that do not match their type), pixiv/drift/new_field (unknown fields that Pixiv sent),
    pixiv/drift/new_field/NAME (entries with that unknown field), pixiv/drift/new_value/NAME=VALUE (items with
    that value, which is not known).
    """

    is_newest_first: ClassVar[bool] = False
    """Whether new entries precede old ones, so that `new_only` may stop where all entries are known (`Pager.may_stop`)."""

    # --- What a spider defines ---------------------------------------------------------------------------------------

    @abstractmethod
    def start_calls(self) -> Iterator[ApiCall]:
        """The first call of each listing; must yield the same calls in the same order every time."""

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        """What an entry becomes: one item, by default; nothing if the arguments exclude it.

        Raises:
            ParseError: the entry does not match its type.
        """
        yield parse_item(entry, call.key, call.context)

    def is_excluded(self, entry: JsonObject, call: ApiCall) -> bool:
        """Whether the arguments exclude an entry, even one that does not match its type."""
        return False

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

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """What a failed call becomes: an `Unavailable` if the work or user is gone, otherwise a failure.

        A work that is gone is a failure, too; a user who has left is one only with PIXIV_STRICT.
        """
        target, gone = call.target, _GONE if call.entries_key else _DETAIL_GONE
        is_comments = kind_of(call.key) == "comment"  # their target is the work, of which the refusal says nothing
        if target and not is_comments and isinstance(error, ApiError) and error.fault.kind in gone:
            type_, id_ = target
            evidence = {"status": error.fault.status, "message": error.fault.message}
            is_gone_user = type_ == "user" and error.fault.kind is ErrorKind.NOT_FOUND
            reason = UnavailableReason.USER_GONE if is_gone_user else gone[error.fault.kind]
            if type_ == "user" and reason is UnavailableReason.USER_GONE and self._may_be_gone(call):
                self.logger.info("User %d is not available: %s", id_, error.fault.message)
            else:
                self.record_failure("user" if type_ == "user" else "work", id_, error.fault.message, call)
            yield Unavailable(id=id_, type=type_, reason=reason, evidence=evidence)
        else:
            self._record_failed_listing(error, call)

    def _record_failed_listing(self, error: Exception, call: ApiCall) -> None:
        if kind_of(call.key) == "comment":
            work_id = call.context.get("illust_id") or call.context.get("novel_id")
            self.record_failure("comments", work_id, str(error), call)
        else:
            self.record_failure("listing", call.target and call.target[1], str(error), call)

    def _may_be_gone(self, call: ApiCall) -> bool:
        """Whether a user who has left is no failure; in the middle of a listing, entries would be missing."""
        return _CONTINUES.isdisjoint(call.params) and not self.settings.getbool("PIXIV_STRICT")

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
        for call in itertools.islice(self.start_calls(), index, index + 1):
            if self._begins(index, call):
                seen = call.params.get("offset") or call.params.get("last_order") or 0
                yield self._request(call, Cursor(index, seen, self.pager().first_state(call, before), is_first=True))

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
            Servers.of(self.crawler).api_url,
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
        head = self._head(listing, call)
        parsed = ListingResponse(call, entries, listing.next_url, cursor.seen + len(unread), head=head)
        async for found in self._advance(parsed, cursor):
            yield found

    async def _look_up(self, entries: list[Any], kind: str, listing: int) -> None:
        ids = [entry["id"] for entry in entries if isinstance(entry, dict) and is_id(entry.get("id"))]
        if ids and kind in ("illust", "novel"):
            await self.checkpoint.seen.look_up(listing, kind, ids)

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

        async for one in self._recorded(request, found(), is_failed=is_doubtful or _is_transient(error)):
            yield one

    def _is_doubtful(self, error: Exception, request: Request, cursor: Cursor) -> bool:
        """Whether a later request decides: Pixiv refused a listing whose beginning it has shown, or may refuse everything."""
        if not isinstance(error, ApiError) or FINAL_RETRY in request.meta:
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
                self._ends(cursor.index, is_known=is_known)
            for request in self.next_listing(cursor.index + 1, step.state):
                yield request

    def _reported(self, notes: Iterable[Note], call: ApiCall) -> Iterator[Any]:
        """Passes on what a pager noted."""
        for note in notes:
            match note:
                case noted.Missing(what, id_, cause):
                    self.record_failure(what, id_, cause, call)
                case noted.Warned(sentence):
                    warn(self.crawler, sentence)
                case noted.Remark(sentence):
                    self.logger.info("%s", sentence)
                case noted.TotalKnown(entries):
                    self.expect(entries)
                case noted.Refused(refused, fault):
                    error = ApiError(str(refused), fault)
                    yield from self._stamped(self.parse_refusal(error, refused), refused, now(), 1)
                case noted.PartitionRead(key, params, status, returned):
                    entry = {"entries": key, "params": params, "status": status, "returned": returned}
                    self.checkpoint.add_note(run_state.Note("search_partition", entry))

    # --- The checkpoint ----------------------------------------------------------------------------------------------

    def _begins(self, index: int, call: ApiCall) -> bool:
        """Records that a listing begins; False if it has begun before."""
        # A single object is not a listing, so a later run cannot recognise it.
        return self.checkpoint.passes.begin(index, str(call) if call.entries_key else "")

    def _ends(self, index: int, *, is_known: bool) -> None:
        """Records that a listing was read to its end, or to entries that an earlier run has seen."""
        self.checkpoint.passes.end(index, "known" if is_known else "end")

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

    async def _recorded(self, request: Request, found: AsyncIterator[Any], *, is_failed: bool) -> AsyncIterator[Any]:
        """Records the outcome of a failed request, because Scrapy passes the output of an errback to no middleware."""
        async for one in self.checkpoint.recorded(request, found, is_failed=is_failed):
            yield one

    # --- Entries -----------------------------------------------------------------------------------------------------

    def _parse_one(self, entry: Any, call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        try:
            if not isinstance(entry, dict):
                raise ParseError(f"Expected `object`, got `{type(entry).__name__}`")
            check_ids(entry)
            found = list(self.parse_entry(entry, call))
        except Exception as error:  # a mistake in a spider of another package costs the entry, not the listing
            if isinstance(entry, dict) and self.is_excluded(entry, call):
                return
            if not isinstance(error, ParseError):
                self.logger.error("The spider failed on an entry of %s", call, exc_info=error)
                error = ParseError(f"{type(error).__name__}: {error}")
            self.crawler.stats.inc_value("pixiv/rejected")
            self.record_failure("entry", entry.get("id") if isinstance(entry, dict) else None, str(error), call)
            found = [Rejected(type=kind_of(call.key), error=str(error), raw=entry)]
        for one in self._stamped(found, call, fetched_at, position):
            if isinstance(one, Item):
                self._note_new_fields(normalized(entry, call.key), one)
                self._note_new_values(one)
            yield one

    @staticmethod
    def _stamped(found: Iterable[Any], call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        """Adds the time and the call that returned it to each item of ours; spiders outside this package may yield others."""
        for one in found:
            if isinstance(one, Item):
                one.fetched_at, one.source = fetched_at, _source(call, position)
            yield one

    def _note_new_fields(self, entry: JsonObject, item: Item) -> None:
        """Logs each field that is new to us once: Pixiv adds fields without notice."""
        if isinstance(item, Rejected | Unavailable):
            return
        stats = self.crawler.stats
        for name in map(printable, new_fields(entry, type(item))):
            if stats.get_value(f"pixiv/drift/new_field/{name}") is None:
                stats.inc_value("pixiv/drift/new_field")
                self.logger.warning("Pixiv sends a field that is new to us and not exported: %s", name)
            stats.inc_value(f"pixiv/drift/new_field/{name}")

    def _note_new_values(self, item: Item) -> None:
        """Warns once about each value that is new to us."""
        stats = self.crawler.stats
        for value in map(printable, new_values(item)):
            if stats.get_value(f"pixiv/drift/new_value/{value}") is None:
                warn(self.crawler, f"Pixiv sends a value that is new to us, and is kept as it is: {value}")
            stats.inc_value(f"pixiv/drift/new_value/{value}")


def _is_transient(error: Exception) -> bool:
    """Whether the same call may succeed later."""
    return error.fault.kind in TRANSIENT if isinstance(error, ApiError) else not isinstance(error, PixivCrawlerError)


def _decoded(raw: Any) -> Any:
    """An entry as Python's own types; as text if it is not valid JSON."""
    try:
        return parse_json(raw)
    except ParseError:
        return bytes(raw).decode(errors="replace")


def _source(call: ApiCall, position: int) -> Source:
    params = {name: value for name, value in call.params.items() if not lists_seen_ids(name)}
    return Source(endpoint=call.path, params=params, position=position)

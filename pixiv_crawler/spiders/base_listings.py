"""What all spiders of listings share: calls as requests, paging, and entries that do not fit."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.cycle_detection import is_circle, walked
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.errors import TRANSIENT, ApiError, ErrorKind
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.api.pagers import next_call
from pixiv_crawler.api.parsing import Listing, check_ids, is_id, kind_of, parse_item, parse_json, parse_listing
from pixiv_crawler.api.schema_drift import new_fields
from pixiv_crawler.console.redaction import printable
from pixiv_crawler.exceptions import ArgumentError, LoginError, ParseError, PixivCrawlerError, StateError, StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import api_call, api_request
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.items import Comment, Item, Rejected, Source, Unavailable
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.spiders.base import PixivSpider, now

State = JsonObject
"""What a listing carries from one answer to the next, as plain JSON."""

# Parameters that only say what was seen before; with hundreds of IDs they would be most of a line.
_CURSORS = ("viewed[", "already_recommended")


@dataclass(frozen=True)
class _Place:
    """Where a request stands; rides on it."""

    index: int | None
    """The number of the listing; None beside the listings."""
    seen: int = 0
    """How many entries of the listing come before."""
    state: State = field(default_factory=dict)
    walk: JsonObject = field(default_factory=dict)
    """How its addresses led on so far (`api.circles`)."""
    is_first: bool = False


_TOO_LONG = {ErrorKind.BAD_PARAMETER, ErrorKind.UNKNOWN}

_GONE = {
    ErrorKind.GONE: UnavailableReason.DELETED,
    ErrorKind.PRIVATE: UnavailableReason.PRIVATE,
    ErrorKind.USER_GONE: UnavailableReason.USER_GONE,
    ErrorKind.RESTRICTED: UnavailableReason.USER_GONE,
}


class ListingSpider(PixivSpider):
    """A spider of listings: asks one after the other, follows each to its end.

    A call that is answered by one object is a listing of one entry. All that a listing needs to go on rides on its
    requests, so the spider holds no state of the crawl.

    Stats: pixiv/rejected (entries that do not match their type), pixiv/drift/new_field (unknown fields that Pixiv sent),
    pixiv/drift/new_field/NAME (entries with that unknown field), pixiv/bad_arguments (why the account cannot request this).
    """

    is_newest_first: ClassVar[bool] = False
    """Whether what is new stands before what is old, so that `new_only` may stop where all is known (`may_stop`)."""
    ends_at_refusal: ClassVar[bool] = False
    """Whether a listing ends when the IDs seen so far make its address too long for Pixiv."""

    @abstractmethod
    def start_calls(self) -> Iterator[ApiCall]:
        """The first call of each listing; the same in the same order whenever it is asked."""

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        """What an entry becomes: an item, by default; nothing when it was not asked for.

        Raises:
            ParseError: it does not fit its type.
        """
        yield parse_item(entry, call.key, call.context)

    def head_key(self, call: ApiCall) -> str:
        """Where the first answer of a listing holds more: one object, or a list; empty when it does not."""
        return ""

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """What becomes of a call that Pixiv refused: a work or user that is gone is named, all else is lost."""
        asked = _asked(call)
        if kind_of(call.key) == "comment":
            self.record_failure(
                "comments", call.context.get("illust_id") or call.context.get("novel_id"), str(error), call
            )
        elif self.ends_at_refusal and isinstance(error, ApiError) and error.fault.kind in _TOO_LONG and seen_ids(call):
            self.logger.info("Pixiv shows no more than %d works here", len(seen_ids(call)))
        elif asked and isinstance(error, ApiError) and error.fault.kind in _GONE:
            type_, id_ = asked
            self.record_failure("user" if type_ == "user" else "work", id_, error.fault.message, call)
            evidence = {"status": error.fault.status, "message": error.fault.message}
            yield Unavailable(id=id_, type=type_, reason=_GONE[error.fault.kind], evidence=evidence)
        else:
            self.record_failure("listing", asked and asked[1], str(error), call)

    def first_state(self, call: ApiCall, before: State) -> State:
        """What the first request of a listing carries; `before` is what the listing before it came to."""
        return {}

    def carried(self, call: ApiCall, entries: list[Any], state: State, error: Exception | None) -> State:
        """What a listing carries on from an answer, or from the error that came in its place."""
        return state

    def following(
        self, call: ApiCall, listing: Listing | None, entries: list[Any], state: State
    ) -> tuple[ApiCall, State] | None:
        """What to ask after an answer, of which `listing` is None when the call failed.

        Raises:
            ParseError: the answer does not tell.
        """
        following = next_call(call, listing.next_url) if listing else None
        return (following, state) if following else None

    def ending(self, call: ApiCall, state: State) -> Iterator[Any]:
        """What is to be said when a listing has come to its end, or to an error; `call` is its last one."""
        return iter(())

    def may_stop(self, state: State) -> bool:
        """Whether nothing new can follow in the listing when all of an answer is known."""
        return True

    def stopped(self, call: ApiCall, state: State) -> None:
        """What to note when a listing is read no further, because what follows is known."""

    def seen_before(self, following: ApiCall, seen: int) -> int:
        """How many entries of the listing come before those of a call, as far as `seen` of them have been counted."""
        return seen

    def replies(self, comment: Any) -> Iterator[Request]:
        """The request for the replies to a comment, when it has some."""
        if isinstance(comment, Comment) and comment.has_replies:
            is_illust = comment.illust_id is not None
            endpoint = endpoints.illust_comment_replies if is_illust else endpoints.novel_comment_replies
            yield self.side_request(endpoint(comment.id, comment.illust_id or comment.novel_id or 0))

    def needs_account(self) -> bool:
        """Whether the account that crawls must be known before the first call."""
        return False

    def check_account(self, account: Account) -> None:
        """Refuses what the account cannot be asked for.

        Raises:
            ArgumentError: one sentence about it.
        """

    def own_user_id(self) -> int:
        """The user who crawls; known when `needs_account` is true."""
        account = ApiSession.of(self.crawler).account
        assert account is not None
        return int(account.id)

    async def start(self) -> AsyncIterator[Any]:
        if self.needs_account():
            await self._learn_account()
        for request in self._listing_requests(0, {}):
            yield request

    async def _learn_account(self) -> None:
        try:
            self.check_account(await ApiSession.of(self.crawler).log_in())
        except LoginError:
            raise CloseSpider("login_failed") from None  # said already
        except ArgumentError as error:
            Run.of(self.crawler).refusal = error
            raise CloseSpider("bad_arguments") from None

    def _listing_requests(self, index: int | None, before: State) -> Iterator[Request]:
        """The request that begins the listing of that number, when there is one and it has not begun."""
        if index is None:
            return
        for call in itertools.islice(self.start_calls(), index, index + 1):
            # What is answered by one object is no listing that a later run could know.
            if not self.checkpoint.passes.begin(index, str(call) if call.entries_key else ""):
                return
            seen = call.params.get("offset") or call.params.get("last_order") or 0
            place = _Place(index, seen, self.first_state(call, before), is_first=True)
            yield self._request(call, place)

    def side_request(self, call: ApiCall, callback: Callable[..., Any] | None = None) -> Request:
        """A request beside the listings, such as for the comments of a work; sent before the next listing."""
        return self._request(call, _Place(None), callback=callback, priority=1)

    def _request(
        self, call: ApiCall, place: _Place, *, callback: Callable[..., Any] | None = None, priority: int = 0
    ) -> Request:
        return api_request(
            call,
            Servers.of(self.crawler).api_url,
            callback=callback or self.parse_answer,
            errback=self.parse_failure,
            cb_kwargs=dict(vars(place)),
            priority=priority,
        )

    async def parse_answer(self, response: Response, **known: Any) -> AsyncIterator[Any]:
        """The entries of one listing, then the request for what follows; what comes beside the listings has no index."""
        assert response.request is not None
        call, place = api_call(response.request), _Place(**known)
        assert call is not None
        try:
            listing = parse_listing(response.body, call)
        except ParseError as error:
            self.record_failure("listing", None, str(error), call)
            async for found in self._going_on(call, None, [], place, error):
                yield found
            return
        fetched_at = now()
        entries: list[Any] = []
        if place.is_first:
            for found in self._head(listing, call, fetched_at):
                yield found
        for raw in listing.entries:
            entry = _readable(raw)
            entries.append(entry)
            for found in self._parse_one(entry, call, fetched_at, place.seen + len(entries)):
                yield found
        async for found in self._going_on(call, listing, entries, place):
            yield found

    def _head(self, listing: Listing, call: ApiCall, fetched_at: str) -> Iterator[Any]:
        """What stands beside the entries, one bad part of which spoils no other."""
        key = self.head_key(call)
        found = _readable(listing.members.get(key, b"null"))
        for position, entry in enumerate(found if isinstance(found, list) else [found] if found else [], 1):
            yield from self._parse_one(entry, replace(call, entries_key=key), fetched_at, position)

    async def parse_failure(self, failure: Failure) -> AsyncIterator[Any]:
        """A listing that could not be had does not keep the next one from being asked."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy adds it
        call = api_call(request)
        assert call is not None
        assert isinstance(failure.value, Exception)
        if isinstance(failure.value, LoginError | StoppedError):
            return  # it ends the crawl, and is asked again when the run goes on
        place = _Place(**request.cb_kwargs)
        is_doubtful = place.index is not None and place.seen > 0 and self._is_doubtful(failure.value)
        refused = self._doubted if is_doubtful else self.parse_refusal
        try:
            found = [
                *self._stamped(refused(failure.value, call), call, now(), 1),
                *[one async for one in self._going_on(call, None, [], place, failure.value)],
            ]
        except StateError as error:
            Run.of(self.crawler).fail(error)
            return
        # Scrapy passes the results of an errback to no middleware.
        is_failed = is_doubtful or _is_passing(failure.value)
        if await self.checkpoint.record_response(request, found, is_failed=is_failed):
            for one in found:
                yield one

    def _is_doubtful(self, error: Exception) -> bool:
        """Whether a refusal in the middle of a listing, which was shown so far, is asked for once more at the end."""
        if not isinstance(error, ApiError) or self.ends_at_refusal or error.fault.kind is ErrorKind.OFFSET_LIMIT:
            return False
        return not ApiSession.of(self.crawler).is_final_retry

    def _doubted(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        asked = _asked(call)
        self.record_failure("listing", asked and asked[1], str(error), call)
        return iter(())

    async def _going_on(
        self, call: ApiCall, listing: Listing | None, entries: list[Any], place: _Place, error: Exception | None = None
    ) -> AsyncIterator[Any]:
        """The next request of this listing, else the first of the next one."""
        # What comes beside the listings, such as comments, is no part of what a spider goes on by.
        spider = ListingSpider if place.index is None else type(self)
        state, index = spider.carried(self, call, entries, place.state, error), place.index
        try:
            walk = self._walked(place, listing, entries)
            following = spider.following(self, call, listing, entries, state)
        except ParseError as odd:
            self.record_failure("listing", None, str(odd), call)
            following, state = None, spider.carried(self, call, [], state, odd)
        ended: Literal["end", "known"] = "end"
        is_known = index is not None and await self._are_known(call, index, entries) and self.may_stop(state)
        if following and is_known:
            self.logger.info("%s: all of this listing was seen before; what follows is known", call)
            self.stopped(call, following[1])
            following, ended = None, "known"
        if following:
            seen = self.seen_before(following[0], place.seen + len(entries))
            yield self._request(following[0], _Place(index, seen, following[1], walk))
        elif index is not None:
            if listing:
                self.checkpoint.passes.end(index, ended)
            if ended == "end":
                for found in self.ending(call, state):
                    yield found
            for request in self._listing_requests(index + 1, state):
                yield request

    @staticmethod
    def _walked(place: _Place, listing: Listing | None, entries: list[Any]) -> JsonObject:
        """How a listing led on, with this answer.

        Raises:
            ParseError: it does so in circles, and would without end.
        """
        if listing is None or not listing.next_url:
            return {}
        if is_circle(walk := walked(place.walk, entries)):
            raise ParseError("next_url leads in circles: the same entries came again and again, or none at all")
        return walk

    async def _are_known(self, call: ApiCall, index: int, entries: list[Any]) -> bool:
        """Whether nothing new can follow: earlier runs saw all entries of a response, and a full pass is recent enough."""
        if not self.is_newest_first or not call.entries_key:
            return False
        ids = {entry["id"] for entry in entries if isinstance(entry, dict) and is_id(entry.get("id"))}
        passes = self.checkpoint.passes
        is_known = getattr(self.args, "new_only", False) and await passes.are_known(
            index, ids, full_pass_days=self.settings.getfloat("PIXIV_FULL_PASS_DAYS")
        )
        passes.sight(index, ids)
        return bool(is_known and ids)

    def _parse_one(self, entry: Any, call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        try:
            if not isinstance(entry, dict):
                raise ParseError(f"Expected `object`, got `{type(entry).__name__}`")
            check_ids(entry)
            found = list(self.parse_entry(entry, call))
        except ParseError as error:
            self.crawler.stats.inc_value("pixiv/rejected")
            self.record_failure("entry", entry.get("id") if isinstance(entry, dict) else None, str(error), call)
            found = [Rejected(type=kind_of(call.key), error=str(error), raw=entry)]
        for one in self._stamped(found, call, fetched_at, position):
            if not isinstance(one, Request):
                self._note_new_fields(entry, one)
            yield one

    @staticmethod
    def _stamped(found: Iterable[Any], call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        """What was found, each item with the call that gave it."""
        for one in found:
            if not isinstance(one, Request):
                one.fetched_at, one.source = fetched_at, _source(call, position)
            yield one

    def _note_new_fields(self, entry: JsonObject, item: Item) -> None:
        """Pixiv adds fields without notice: each new one is said once, and kept from no line."""
        if isinstance(item, Rejected | Unavailable):
            return
        stats = self.crawler.stats
        for name in map(printable, new_fields(entry, type(item))):
            if stats.get_value(f"pixiv/drift/new_field/{name}") is None:
                stats.inc_value("pixiv/drift/new_field")
                self.logger.warning("Pixiv sends a field that is new to us and not exported: %s", name)
            stats.inc_value(f"pixiv/drift/new_field/{name}")


def seen_ids(call: ApiCall) -> set[int]:
    """The works that a call says have been seen, so that Pixiv shows others."""
    return {int(text) for name, text in call.params.items() if name.startswith(_CURSORS) and str(text).isdecimal()}


def _asked(call: ApiCall) -> tuple[Any, int] | None:
    """The type and the ID of the one thing that a call asks for."""
    for type_ in ("illust", "novel", "user"):
        if isinstance(id_ := call.params.get(f"{type_}_id"), int):
            return type_, id_
    seed = call.params.get("seed_user_id")
    return ("user", seed) if isinstance(seed, int) else None


def _is_passing(error: Exception) -> bool:
    """Whether a call may succeed later: it had no answer, or one that is an error of a moment."""
    return error.fault.kind in TRANSIENT if isinstance(error, ApiError) else not isinstance(error, PixivCrawlerError)


def _readable(raw: Any) -> Any:
    """An entry as Python's own types; its text when it is no JSON."""
    try:
        return parse_json(raw)
    except ParseError:
        return bytes(raw).decode(errors="replace")


def _source(call: ApiCall, position: int) -> Source:
    params = {name: value for name, value in call.params.items() if not name.startswith(_CURSORS)}
    return Source(endpoint=call.path, params=params, position=position)

"""The checkpoint of a run: which requests and items are open, so that the run can be resumed after any end."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.http.requests import CALL, FINAL_RETRY, REQUEST_ID, request_dict
from pixiv_crawler.http.shared import shared
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.items.codec import decode_item, encode_item
from pixiv_crawler.run.adoption import ADOPTED, line_keys
from pixiv_crawler.run.closing import is_closing
from pixiv_crawler.run.incremental import ListingPasses, SeenEntries, collected_work, scope_of
from pixiv_crawler.run.item_keys import OpenItem, OpenItems, line_key
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.output_folder import OUTPUT_FILES
from pixiv_crawler.run.state import CollectedWork, Failure, Note, ResponseOutcome, SavedItem, SavedRequest, StoredItems
from pixiv_crawler.run.stats import CheckpointStats, counts_of

logger = logging.getLogger(__name__)

# The section of the run's notes with requests and items that were refused and stayed open.
_REFUSED = "refused"


class Postponed(DropItem):
    """An item that is postponed until the run is resumed, because the crawl is ending."""


class Checkpoint:
    """The open requests and items of one run.

    An item is open until its line is on disk, or until it is dropped; the next `commit` removes it from the state. A
    resumed run gets what is still open, and its files of lines are truncated to what the checkpoint includes.

    Stats: pixiv/lines/KIND, pixiv/unavailable/REASON, pixiv/files/STATUS, pixiv/files/bytes.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._stats = CheckpointStats.of(crawler)
        self._scope = scope_of(getattr(crawler.spider, "args", None))
        self._ids = itertools.count(1)
        self._open_items = OpenItems()
        self.open_requests = 0
        """Requests without a response."""
        self._failures: list[Failure] = []
        """Failures of the response being processed: if its request is sent again, they are removed."""
        self._item_failures: list[Failure] = []
        """Failures of items that were stored since the last commit."""
        self._notes: list[Note] = []
        self._refused: list[int] = []
        """Requests and items that were refused and stay open; not among the notes, which may be removed with a request."""
        self._incomplete: set[int | None] = set()
        self._stored_ids: list[int] = []
        self._collected: list[CollectedWork] = []
        self._sizes: dict[str, int] = {}
        self._has_new_response = False
        """Whether a response was recorded that a power cut would undo."""
        self._adopted: set[int] = set()
        """The keys of lines that were there before the state knew the run: their items are found again."""
        self._recording = asyncio.Lock()
        self._committing = asyncio.Lock()
        self._last_retried = 0
        """All failed requests up to this ID have been sent again."""
        self.failed_requests = 0
        """Requests that failed with a transient error, and have not been sent again since."""
        self.works = 0
        """Works that the run has found so far, whether they have been stored or not."""

    @classmethod
    def of(cls, crawler: Crawler) -> Checkpoint:
        """The checkpoint that the components of one crawler share."""
        return shared(crawler, cls, lambda: cls(crawler))

    # --- Beginning ---------------------------------------------------------------------------------------------------

    passes: ListingPasses
    """How far the run has read its listings."""
    seen: SeenEntries
    """What its listings contained."""

    async def load(self) -> None:
        """Loads what the state knows about the run that was opened.

        Raises:
            StateError: the state database failed.
        """
        run = self._run
        self.passes = ListingPasses(run.state, run.id, getattr(self._crawler.spider, "args", None))
        self.seen = SeenEntries(run.state, run.id)
        self.works = run.record.works
        self._stats.load(await run.state.stats(run.id))
        if await run.state.notes(run.id, ADOPTED):
            self._adopted = await asyncio.to_thread(line_keys, run.folder, OUTPUT_FILES.values())
        if run.is_resumed:
            await self.passes.load()
            self._ids = itertools.count(await run.state.last_id(run.id) + 1)

    async def resume(self) -> tuple[list[Any], list[SavedRequest], list[SavedRequest]]:
        """The items that are open in a resumed run, the open requests, and the open requests that failed in an earlier attempt.

        Items and requests that were refused come last, the oldest refusals first. Otherwise, a run that ends because its
        first requests are refused would never reach those behind them.

        Raises:
            StateError: the state database failed.
        """
        state, run_id = self._run.state, self._run.id
        self._refused += [request.id for request in await state.reopen_failed_requests(run_id)]
        await self.commit()
        self._stats.load_failures(await state.failure_counts(run_id))
        attempts = enumerate(await state.notes(run_id, _REFUSED), 1)
        last_refused = {id_: number for number, refused in attempts for id_ in refused["ids"]}

        def turn(saved: SavedRequest | SavedItem) -> int:
            return last_refused.get(saved.id, 0)

        saved = sorted(await state.open_items(run_id), key=turn)
        items = [decode_item(one.content) for one in saved]
        for item, one in zip(items, saved, strict=True):
            self._open_items.add(item, OpenItem(one.id, one.listing))
        requests = sorted(await state.open_requests(run_id), key=turn)
        self.open_requests = len(requests)
        logger.info("Resuming the run: %d requests and %d items are open", len(requests), len(items))
        return items, [one for one in requests if not turn(one)], [one for one in requests if turn(one)]

    async def reopen_failed_requests(self) -> list[SavedRequest]:
        """Reopens the requests that failed with a transient error since the last call, and removes their failures.

        Raises:
            StateError: the state database failed.
        """
        await self.commit()  # afterwards, all failures are in the database
        state, run_id = self._run.state, self._run.id
        requests = await state.reopen_failed_requests(run_id, self._last_retried)
        self._last_retried = next(self._ids)
        self._stats.load_failures(await state.failure_counts(run_id))
        self.open_requests += len(requests)
        self.failed_requests = 0
        return requests

    # --- Responses ---------------------------------------------------------------------------------------------------

    async def recorded(
        self, request: Request | None, results: AsyncIterator[Any], *, is_failed: bool = False
    ) -> AsyncIterator[Any]:
        """Yields the results of a response once they are recorded; nothing if that was not possible, and the crawl ends.

        Responses are collected one at a time: what middlewares note about one must not be recorded together with
        another. An error of the callback is raised after the results before it, which are complete.
        """
        async with self._recording:
            found, error = await _collect(results)
            if isinstance(error, StateError):
                self._run.fail(error)  # the request stays open
                return
            if not await self.record_response(request, found, is_failed=is_failed):
                return
        # Requests first: Scrapy processes CONCURRENT_ITEMS results at a time, and requests must not wait for downloads.
        for one in sorted(found, key=lambda one: not isinstance(one, Request)):
            yield one
        if error:
            raise error

    async def record_response(self, request: Request | None, found: Sequence[Any], *, is_failed: bool = False) -> bool:
        """Records the requests and items that a response led to (None: the start of the spider) before they are used.

        Returns False if that was not possible: then nothing of it may be used, and the crawl ends. A request that
        failed with a transient error stays in the state, and is sent again.
        """
        if self._run.has_failed:
            return False
        try:
            await self._record_response(request, found, is_failed=is_failed)
        except StateError as error:
            self._run.fail(error)
            return False
        return True

    async def _record_response(self, request: Request | None, found: Sequence[Any], *, is_failed: bool) -> None:
        listing = request.cb_kwargs.get("index") if request is not None else None
        request_id = request.meta.get(REQUEST_ID) if request is not None else None
        is_failed = is_failed and request_id is not None
        requests = [one for one in found if isinstance(one, Request) and CALL in one.meta]
        items = [(one, OpenItem(next(self._ids), listing)) for one in found if not isinstance(one, Request)]
        for one in requests:
            one.meta[REQUEST_ID] = next(self._ids)
        # Works that Pixiv counts but hides are missing however often a listing is read.
        if any(failure.what != "works" for failure in self._failures):
            self._incomplete.add(listing)
        await self._mark_incomplete()
        works = sum(isinstance(item, Illust | Novel) for item, _ in items)
        outcome = ResponseOutcome(
            request_id=request_id,
            is_failed=is_failed,
            requests=[SavedRequest(one.meta[REQUEST_ID], msgspec.json.encode(request_dict(one))) for one in requests],
            items=[SavedItem(opened.id, listing, encode_item(item)) for item, opened in items],
            seen=self.seen.take(),
            sightings=self.passes.take_sightings(),
            passes=self.passes.take_changed(),
            works=works,
            failures=_taken(self._failures),
            notes=_taken(self._notes),
            stats=self._stats.take_changed(with_stored_items=False),
        )
        for item, opened in items:
            self._open_items.add(item, opened)
        self.works += works
        self.open_requests += len(requests) - (request_id is not None)
        self.failed_requests += request is not None and is_failed and FINAL_RETRY not in request.meta
        await self._run.state.record_response(self._run.id, outcome)
        self._run.has_begun = self._has_new_response = True

    async def _mark_incomplete(self) -> None:
        for listing in _taken(self._incomplete):
            await self.passes.mark_incomplete(listing)

    async def is_collected(self, work: Illust | Novel) -> bool:
        """Whether another run has collected this version of a work, with everything that is requested of it.

        Raises:
            StateError: the state database failed.
        """
        return bool(await self._run.state.already_collected(self._run.id, [collected_work(work, self._scope)]))

    # --- Items -------------------------------------------------------------------------------------------------------

    def discard(self, item: Any) -> OpenItem | None:
        """Closes an item without writing a line; returns what was open of it."""
        opened = self._open_items.pop(item)
        if opened:
            self._stored_ids.append(opened.id)
            self._item_failures += opened.failures
            if opened.failures:
                self._incomplete.add(opened.listing)
        return opened

    def store(self, item: Any, name: str, line: bytes) -> None:
        """Writes the line of an item to a file of the run, unless it was adopted; the item is no longer open.

        Raises:
            OSError: the line could not be written.
        """
        if not (self._adopted and line_key(item) in self._adopted):
            self._sizes[name] = self._run.folder.append(name, line)
            for stat, count in counts_of(item):
                self._stats.inc_value(stat, count)
        opened = self.discard(item)
        if isinstance(item, Illust | Novel) and not (opened and opened.failures):
            self._collected.append(collected_work(item, self._scope))

    def postpone_refused(self, item: Any) -> None:
        """Notes that an item stays open because of a refusal, so that a resumed run begins with the others."""
        self._refused += [opened.id for opened in self._open_items.find(item)]

    def check_open(self) -> None:
        """Checks that requests still get responses.

        Raises:
            Postponed: the crawl is ending, so the item is postponed until the run is resumed.
        """
        if self._run.has_failed or is_closing(self._crawler):
            raise Postponed("the crawl is being stopped")

    # --- Failures and notes ------------------------------------------------------------------------------------------

    def add_failure(self, failure: Failure, item: Any = None) -> None:
        """Keeps a failure with the open item that lacks something, otherwise with the response being processed.

        The failure of an item is recorded when the item is stored: before that, a resumed run would find it again.
        """
        opened = self._open_items.find(item)
        (opened[0].failures if opened else self._failures).append(failure)

    def add_note(self, note: Note) -> None:
        """Keeps a note for the report."""
        self._notes.append(note)

    # --- Commits -----------------------------------------------------------------------------------------------------

    @property
    def has_changes(self) -> bool:
        """Whether there is something to commit."""
        return self._has_new_response or bool(self._stored_ids)

    async def commit(self) -> None:
        """Removes from the state the items that are stored, once their lines are durable; a failure ends the crawl."""
        async with self._committing:
            if self._run.has_failed:
                return
            try:
                await self._commit()
            except (StateError, OSError) as error:
                self._run.fail(error)

    async def _commit(self) -> None:
        self._has_new_response = False
        async with self._recording:  # not what a response being collected has noted so far
            await self._mark_incomplete()
            stored = StoredItems(
                item_ids=_taken(self._stored_ids),
                collected=_taken(self._collected),
                output_sizes=_taken(self._sizes),
                passes=self.passes.take_changed(),
                failures=[*_taken(self._failures), *_taken(self._item_failures)],
                notes=_taken(self._notes)
                + ([Note(_REFUSED, {"ids": _taken(self._refused)})] if self._refused else []),
                stats=self._stats.take_changed(with_stored_items=True),
            )
        await asyncio.to_thread(self._run.folder.sync, stored.output_sizes)
        await self._run.state.record_stored(self._run.id, stored)
        await self._run.state.sync()

    @property
    def has_open(self) -> bool:
        """Whether requests or items of the run are open."""
        return bool(self._open_items or self.open_requests)

    @property
    def what_is_open(self) -> str:
        """The number of open requests and items, as part of a sentence."""
        items = len(self._open_items)
        return f"{self.open_requests} requests without a response and {items} items without a line"


async def _collect(results: AsyncIterator[Any]) -> tuple[list[Any], Exception | None]:
    """All results, or those before an error, and the error."""
    found: list[Any] = []
    try:
        async for one in results:
            found.append(one)  # noqa: PERF401 - a comprehension would lose all results at an error
    except Exception as error:  # noqa: BLE001 - raised again
        return found, error
    return found, None


def _taken(pending: Any) -> Any:
    """Empties a collection and returns a copy of its previous content."""
    copy = type(pending)(pending)
    pending.clear()
    return copy

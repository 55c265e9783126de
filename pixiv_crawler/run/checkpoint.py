"""What one run has done and has yet to do, so that it can go on after any end; the state database keeps it."""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from pixiv_crawler.exceptions import FinishedError, SettingError, StateError
from pixiv_crawler.http.requests import CALL, REQUEST_ID, request_dict
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.items.codec import decode_item, encode_item
from pixiv_crawler.layout import paths
from pixiv_crawler.run.closing import close_soon, is_closing
from pixiv_crawler.run.failures import Loss
from pixiv_crawler.run.incremental import Readings, as_collected, ground_of, scope_of
from pixiv_crawler.run.output_folder import RunFolder
from pixiv_crawler.run.stats import RunTally
from pixiv_crawler.state import Answered, JsonObject, OpenItem, Run, State, Stored

logger = logging.getLogger(__name__)

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_journals: WeakKeyDictionary[Crawler, Journal] = WeakKeyDictionary()


class Postponed(DropItem):
    """An item that is left for when the run goes on, because the crawl is ending."""


@dataclass(slots=True)
class _Waiting:
    """An item that waits to be stored."""

    row: int
    item: Any  # held, so that no other object gets its identity
    listing: int | None = None
    losses: list[Loss] = field(default_factory=list)


class Journal:
    """The requests and items of one run that are under way, and the counts of what is done.

    An item counts as stored when its line is on disk, or when it was dropped; then it is taken out with the next
    `commit`. A run that is gone on with gets what was left, and the files of lines are cut to what is accounted for.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run: Run | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._losses: list[Loss] = []
        self._notes: list[JsonObject] = []
        self._seen: list[tuple[int, str, int]] = []
        self._scope = scope_of(getattr(crawler.spider, "args", None))
        self._stored = Stored()
        self._committing = asyncio.Lock()
        self._ids = itertools.count(1)
        self._has_failed = False
        self._requests = 0
        """Requests that wait for their answer."""
        self.failed_calls = 0
        """Calls that failed for a moment: lost, unless they are asked again."""
        self.tally = RunTally(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> Journal:
        """The journal that the components of one crawler share."""
        if crawler not in _journals:
            _journals[crawler] = cls(crawler)
        return _journals[crawler]

    # --- A run begins, or goes on ------------------------------------------------------------------------------------

    readings: Readings
    """How far the run has read its listings."""

    def begin(
        self,
        state: State,
        data_dir: Path,
        spider: str,
        jobs: Iterable[str],
        arguments: JsonObject,
        files: Iterable[str],
    ) -> str:
        """Takes the first of the given names that can be used, and returns it.

        Of a run that goes on, the files of lines of those names are brought to what is accounted for.

        Raises:
            SettingError: none can be used, or the run cannot go on.
            FinishedError: the run of that name is finished.
            OSError: the folder cannot be written to.
        """
        refused: SettingError | FinishedError | None = None
        for job in jobs:
            try:
                self._begin(state, paths.run_folder(data_dir, spider, job), spider, arguments, files)
                return job
            except (SettingError, FinishedError) as error:
                refused = error
        assert refused is not None
        raise refused

    def _begin(self, state: State, path: Path, spider: str, arguments: JsonObject, files: Iterable[str]) -> None:
        folder = RunFolder(path)
        files = frozenset(files)
        try:
            run = self._found(state, folder, spider, arguments)
            if run.is_begun:
                folder.cut(files, run.sizes())
        except BaseException:
            folder.release()
            raise
        self._state, self._run, self._folder = state, run, folder
        self.readings = Readings(run, ground_of(getattr(self._crawler.spider, "args", None)))
        self._own_files = files

    @staticmethod
    def _found(state: State, folder: RunFolder, spider: str, arguments: JsonObject) -> Run:
        job = folder.path.name
        run = state.run(spider, job)
        if run is None:
            if folder.has_lines:
                raise SettingError(f"the job {job!r} is there already in {folder.path}; give another job")
            return state.new_run(spider, job, arguments, datetime.now(UTC).isoformat(timespec="seconds"))
        if run.finished_at:
            raise FinishedError(
                f"The run {job!r} finished at {run.finished_at}: nothing to do. See {folder.path}; "
                "to crawl again, give another job."
            )
        if others := run.differing(arguments):
            raise SettingError(
                f"the run {job!r} was begun with other arguments ({others}); go on with those, or give another job"
            )
        return run

    @property
    def is_resumed(self) -> bool:
        """Whether the run was begun before."""
        return self._run is not None and self._run.is_begun

    @property
    def started_at(self) -> str:
        """When the run began: ISO 8601 in UTC."""
        return self.run.started_at

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self._folder.path

    @property
    def run(self) -> Run:
        """The run in the database."""
        assert self._run is not None
        return self._run

    def go_on(self) -> tuple[list[tuple[int, JsonObject]], list[Any]]:
        """The requests and the items that are left of a run."""
        run = self.run
        self._restore(run)
        items = [_Waiting(found.id, decode_item(found.item), found.listing) for found in run.open_items()]
        self._waiting = {id(waiting.item): waiting for waiting in items}
        requests = run.open_requests()
        self._requests = len(requests)
        logger.info("The run goes on: %d calls and %d items are left", len(requests), len(items))
        return requests, [waiting.item for waiting in items]

    def _restore(self, run: Run) -> None:
        run.reopen()
        self._ids = itertools.count(run.last_id() + 1)
        self.tally.restore(run.counts)
        self.tally.read(run.notes())

    async def reopen(self) -> list[tuple[int, JsonObject]]:
        """The requests that failed for a moment, which count as open again, and nothing of theirs as lost.

        Raises:
            StateError: the state database failed.
        """
        await self.commit()  # so that all notes are in the database
        requests = self.run.reopen()
        self.tally.read(self.run.notes())
        self._requests += len(requests)
        self.failed_calls = 0
        return requests

    # --- Requests and items ------------------------------------------------------------------------------------------

    def _answered(self, request: Request | None, found: list[Any], *, is_lost: bool = False) -> None:
        if self._has_failed:
            raise StateError("the state database has failed")
        requests = [one for one in found if isinstance(one, Request) and CALL in one.meta]
        listing = request.cb_kwargs.get("index") if request is not None else None
        items = [_Waiting(next(self._ids), one, listing) for one in found if not isinstance(one, Request)]
        for one in requests:
            one.meta[REQUEST_ID] = next(self._ids)
        request_id = request.meta.get(REQUEST_ID) if request is not None else None
        # Works that Pixiv counts and hides are missing however often a listing is read.
        if any(loss.what != "works" for loss in self._losses):
            self.readings.spoil(listing)
        self.run.answered(
            Answered(
                request_id=request_id,
                is_lost=is_lost and request_id is not None,
                requests=[(one.meta[REQUEST_ID], request_dict(one)) for one in requests],
                items=[OpenItem(waiting.row, listing, encode_item(waiting.item)) for waiting in items],
                seen=self._seen,
                sighted=self.readings.take_sighted(),
                passes=self.readings.take_changed(),
                works=sum(isinstance(waiting.item, Illust | Novel) for waiting in items),
                notes=self._taken_notes(),
            )
        )
        self._seen = []
        self._waiting |= {id(waiting.item): waiting for waiting in items}
        self._requests += len(requests) - (request_id is not None)
        self.failed_calls += is_lost and request_id is not None

    def keeps(self, request: Request | None, found: list[Any], *, is_lost: bool = False) -> bool:
        """A request was answered and gave requests and items; None stands for what the spider begins with.

        False when it could not be kept: then nothing of what was found may be used, and the crawl ends.
        """
        try:
            self._answered(request, found, is_lost=is_lost)
        except StateError as error:
            self.stop_for(error)
            return False
        return True

    def becomes(self, item: Any, other: Any) -> None:
        """An item went through the pipelines, and may have come out as another object."""
        if other is not item and (waiting := self._waiting.pop(id(item), None)):
            waiting.item = other
            self._waiting[id(other)] = waiting

    def owns(self, path: Path) -> bool:
        """Whether a file of lines is one of the run's own, so that its lines are accounted for."""
        return self._run is not None and path.parent == self._folder.path and path.name in self._own_files

    def wrote(self, item: Any, path: Path, end: int) -> None:
        """The line of an item was written, and the file is so long now; only files in the run's folder count."""
        if not self.owns(path):
            return
        if waiting := self._waiting.pop(id(item), None):
            self._done(waiting)
            if isinstance(item, Illust | Novel) and not waiting.losses:
                self._stored.collected.append(as_collected(item, self._scope))
            self.tally.count(item)
            self._stored.sizes[path.name] = end

    def done(self, item: Any) -> None:
        """An item is done with, whose line nobody writes."""
        if waiting := self._waiting.pop(id(item), None):
            self._done(waiting)

    def _done(self, waiting: _Waiting) -> None:
        self._stored.items.append(waiting.row)
        self._stored.notes += map(_loss_note, waiting.losses)
        if waiting.losses:
            self.readings.spoil(waiting.listing)

    # --- What middlewares must know again when a run goes on ---------------------------------------------------------

    @property
    def works(self) -> int:
        """Works that the run has found so far, stored or not."""
        return self._run.works if self._run else 0

    def is_collected(self, work: Illust | Novel) -> bool:
        """Whether a work is collected as it is, by another run, with all that is wanted of it."""
        return self.run.is_collected(as_collected(work, self._scope))

    def see(self, listing: int, kind: str, id_: int) -> None:
        """Remembers what a listing has shown, with the answer under way."""
        self._seen.append((listing, kind, id_))

    def seen(self, listing: int) -> set[tuple[str, int]]:
        """The kind and ID of what a listing has shown."""
        return self._run.seen(listing) if self._run else set()

    # --- What is missing ---------------------------------------------------------------------------------------------

    def note_loss(self, loss: Loss, item: Any) -> None:
        """Keeps a loss with the item it belongs to, else with the answer under way."""
        self.tally.lost.append(asdict(loss))
        if waiting := self._waiting_as(item):
            waiting.losses.append(loss)
        else:
            self._losses.append(loss)

    def _waiting_as(self, item: Any) -> _Waiting | None:
        """The item as the journal knows it; one of the same type and ID when a pipeline has made another of it."""
        if item is None:
            return None
        if found := self._waiting.get(id(item)):
            return found
        alike = (one for one in self._waiting.values() if type(one.item) is type(item) and one.item.id == item.id)
        return next(alike, None)

    def note_slice(self, entry: JsonObject) -> None:
        """Keeps a slice of a search."""
        self.tally.slices.append(entry)
        self._notes.append({"section": "slices", "entry": entry})

    def _taken_notes(self) -> list[JsonObject]:
        notes = self._notes + list(map(_loss_note, self._losses))
        self._notes, self._losses = [], []
        return notes

    # --- Commits and the end -----------------------------------------------------------------------------------------

    async def commit(self) -> None:
        """Takes out what is stored, once it is on disk for good."""
        async with self._committing:
            if self._has_failed:
                return
            stored, self._stored = self._stored, Stored()
            stored.notes += self._taken_notes()
            stored.passes = self.readings.take_changed()
            stored.counts = self.tally.counts()
            try:
                await asyncio.to_thread(self._folder.sync, stored.sizes)
                self.run.stored(stored)
            except (StateError, OSError) as error:
                self.stop_for(error)

    @property
    def has_news(self) -> bool:
        """Whether there is something to commit."""
        return bool(self._stored.items)

    @property
    def has_failed(self) -> bool:
        """Whether nothing can be stored any more."""
        return self._has_failed

    def check_open(self) -> None:
        """Leaves an item for when the run goes on, when what it wants would not be answered any more.

        Raises:
            Postponed: the crawl is ending.
        """
        if self._has_failed or is_closing(self._crawler):
            raise Postponed("the crawl is being stopped")

    def stop_for(self, error: Exception) -> None:
        """Ends the crawl because something could not be stored; what is not accounted for is done again later."""
        if self._has_failed:
            return
        self._has_failed = True
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        is_full = getattr(cause, "errno", None) in _NO_SPACE or "is full" in str(error)
        logger.error("Nothing more can be stored: %s", error)
        close_soon(self._crawler, "disk_full" if is_full else "storage_failed")

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left of the run."""
        return not self._waiting and not self._requests and not self._has_failed

    @property
    def why_incomplete(self) -> str:
        """What is left of the run, in a sentence."""
        if self._has_failed:
            return "what was collected last could not be stored"
        return f"{self._requests} calls without an answer and {len(self._waiting)} lines were left over"

    def end(self, *, is_finished: bool) -> None:
        """Closes the run: for good when it is finished, else so that it can go on."""
        try:
            if is_finished:
                lacking = [loss["id"] for loss in self.tally.lost if loss["what"] == "comments"]
                self.run.finish(datetime.now(UTC).isoformat(timespec="seconds"), lacking)
            elif not self.run.is_begun:
                self.run.forget()
        except StateError as error:
            logger.error("The end of the run could not be stored: %s", error)
            is_finished = False
        self._folder.release(for_good=is_finished)
        self._state.close()


def _loss_note(loss: Loss) -> JsonObject:
    return {"section": "lost", "entry": asdict(loss)}

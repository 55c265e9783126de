"""The run of a crawler, from its beginning or its resumption to its end."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import FinishedError, JobTakenError, PixivCrawlerError, SettingError, StateError
from pixiv_crawler.http.shared import shared
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.atomic_write import make_folder
from pixiv_crawler.run.adoption import adopt_lines, read_report
from pixiv_crawler.run.closing import close_soon
from pixiv_crawler.run.invocation import differences, given_settings
from pixiv_crawler.run.output_folder import OUTPUT_FILES, OutputFolder
from pixiv_crawler.run.state import (
    JsonObject,
    RunRecord,
    StateConflictError,
    StateStore,
    StatValue,
    StoredItems,
    open_state,
)
from pixiv_crawler.run.state.opening import state_path, state_url
from pixiv_crawler.run.stats import FAILURES

logger = logging.getLogger(__name__)

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
GIVEN = "given"
"""The key of a run's arguments that has the words of its command; the others are compared when it is resumed."""
_PAGE = 1000


def require_run(crawler: Crawler) -> None:
    """Checks that the spider has runs; `scrapy shell` and similar commands use spiders of their own.

    Raises:
        NotConfigured: it has none, so the component is disabled.
    """
    if not hasattr(crawler.spider, "job"):
        raise NotConfigured


class Run:
    """The run of a crawler: its name, its folder, and what the state knows about it.

    `check` refuses a run that cannot start, while the crawl is being set up; `open` starts it or resumes it; `finish`
    marks it as finished, and `close` ends its use.

    Settings: PIXIV_DATA_DIR, PIXIV_STATE; PIXIV_FILE_PATH and PIXIV_NOVEL_PATH, which may not change when a run is
    resumed.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._spider: Any = crawler.spider
        self._record: RunRecord | None = None
        self._state: StateStore | None = None
        self._folder: OutputFolder | None = None
        self.has_begun = False
        """Whether the first requests of the run have been recorded."""
        self.has_failed = False
        """Whether nothing can be stored any more."""
        self.has_finished = False
        """Whether the run is marked as finished in the state."""
        self.refusal: PixivCrawlerError | None = None
        """Why the run was not started."""
        self.why_ended = ""
        """Why the crawl ended early, in one sentence; empty if it did not, or for another reason."""
        self.report: JsonObject | None = None
        """The contents of report.json, once the run has ended."""

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """The run that the components of one crawler share."""
        return shared(crawler, cls, lambda: cls(crawler))

    @property
    def _data_dir(self) -> Path:
        return paths.data_dir(self._crawler.settings["PIXIV_DATA_DIR"])

    # --- What is known of an open run --------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the run has been started and not ended."""
        return self._record is not None

    @property
    def record(self) -> RunRecord:
        """The run as it was when it was opened."""
        assert self._record is not None
        return self._record

    @property
    def id(self) -> int:
        """The ID of the run in the state."""
        return self.record.id

    @property
    def state(self) -> StateStore:
        """The store with the state of all runs."""
        assert self._state is not None
        return self._state

    @property
    def folder(self) -> OutputFolder:
        """The folder that the run writes to."""
        assert self._folder is not None
        return self._folder

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier process began the run."""
        return self._record is not None and self._record.is_begun

    # --- Beginning and end -------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """Chooses the name of the run, and checks that it can be opened; leaves nothing open.

        Raises:
            SettingError: it cannot; the sentence says why.
            FinishedError: the run of that name has finished.
        """
        await self._try_names(self._check)

    async def _check(self) -> None:
        state, folder, _ = await self._find()
        folder.release()
        await state.close()

    async def _try_names(self, start: Callable[[], Awaitable[None]]) -> None:
        refusal: PixivCrawlerError | None = None
        for job in self._names():
            self._spider.job = job
            try:
                return await start()
            except (JobTakenError, FinishedError) as error:
                refusal = refusal or error
        assert refusal is not None
        raise refusal

    def _names(self) -> Iterator[str]:
        """The given name, or the start time, with a number if several runs start in the same second."""
        job: str = self._spider.job
        yield job
        if self._spider.args.job is None:
            yield from (f"{job}-{number}" for number in range(2, 100))

    async def open(self) -> None:
        """Starts or resumes the run; under another name if it has none of its own and another process was faster.

        Raises:
            SettingError, FinishedError: as `check`.
        """
        await self._try_names(self._open)

    async def _open(self) -> None:
        state, folder, record = await self._find()
        try:
            if record is None:
                now = datetime.now(UTC).isoformat(timespec="seconds")
                adopted = await asyncio.to_thread(adopt_lines, folder, OUTPUT_FILES.values())
                started = self._arguments() | {GIVEN: self._given()}
                record = await state.create_run(self._spider.name, self._spider.job, started, now, adopted)
                await state.sync()  # a power cut must not leave lines of an unknown run
            else:
                folder.truncate(OUTPUT_FILES.values(), await state.output_sizes(record.id))
        except BaseException as error:
            folder.release()
            await state.close()
            if isinstance(error, StateConflictError):
                raise JobTakenError(str(error)) from error
            if isinstance(error, OSError):
                raise SettingError(
                    f"the lines in {folder.path} cannot be continued ({error.strerror}: {error.filename}): "
                    "move that file away, or pass another job"
                ) from error
            raise
        self._state, self._folder, self._record = state, folder, record
        self.has_begun = record.is_begun

    async def _find(self) -> tuple[StateStore, OutputFolder, RunRecord | None]:
        """The opened state, the locked folder, and the run that is to be resumed, if there is one."""
        try:
            make_folder(paths.files_folder(self._data_dir))
            async with AsyncExitStack() as opened:
                state = await open_state(state_url(self._crawler.settings["PIXIV_STATE"], self._data_dir))
                opened.push_async_callback(state.close)
                folder = OutputFolder(paths.run_folder(self._data_dir, self._spider.name, self._spider.job))
                opened.callback(folder.release)
                record = await self._resumable(state, folder)
                opened.pop_all()
            return state, folder, record
        except OSError as error:
            raise SettingError(
                f"PIXIV_DATA_DIR {str(self._data_dir)!r} is not writable ({error.strerror}): set it to another folder"
            ) from error
        except StateError as error:
            raise SettingError(str(error)) from error

    async def _resumable(self, state: StateStore, folder: OutputFolder) -> RunRecord | None:
        job = self._spider.job
        record = await state.find_run(self._spider.name, job)
        if record is None:
            self._check_adoption(folder.path)
            return None
        if record.finished_at:
            failures = (await state.stats(record.id)).get(FAILURES, 0)
            raise FinishedError(
                f"The run {job!r} finished at {record.finished_at}{f' with failures ({failures})' if failures else ''}; "
                f"nothing to do. See {folder.path}; to crawl again, pass another job.",
                has_failures=bool(failures),
            )
        before = {name: value for name, value in record.arguments.items() if name != GIVEN}
        self._compare(before, self._arguments())
        return record

    def _check_adoption(self, folder: Path) -> None:
        """Checks that a run which the state does not know may continue from its lines, as far as its report shows that."""
        report = read_report(folder)
        if report and report.is_finished:
            raise FinishedError(
                f"The run {self._spider.job!r} finished at {report.finished_at}, which the state does not know; nothing to do. "
                f"See {folder}; to make it known again, run {PROGRAM} state rebuild; to crawl again, pass another job.",
                has_failures=(folder / paths.FAILURES_NAME).exists(),
            )
        if report and any((folder / name).exists() for name in OUTPUT_FILES.values()):
            args = self._spider.args
            given = args.model_dump(exclude_defaults=True).keys() | report.arguments.keys()  # defaults may be new
            arguments = args.model_dump(mode="json", exclude_none=True, include=given - {"job"})
            self._compare({name: value for name, value in report.arguments.items() if name != "job"}, arguments)

    def _compare(self, before: JsonObject, now: JsonObject) -> None:
        if found := differences(before, now):
            raise JobTakenError(
                f"the run {self._spider.job!r} was started with other arguments ({found}): "
                "resume it with those, or pass another job"
            )

    def _arguments(self) -> JsonObject:
        arguments: JsonObject = self._spider.args.model_dump(mode="json", exclude={"job"}, exclude_defaults=True)
        settings = self._crawler.settings
        # A resumed run with other templates would have its files in two places.
        arguments |= {name: settings[name] for name in ("PIXIV_FILE_PATH", "PIXIV_NOVEL_PATH")}
        path = state_path(state_url(settings["PIXIV_STATE"], self._data_dir))
        if not path.resolve().is_relative_to(self._data_dir.resolve()):
            # Several folders may have this state, and the lock of a run in another folder would not be noticed.
            arguments["PIXIV_DATA_DIR"] = str(self._data_dir.resolve())
        return arguments

    def _given(self) -> JsonObject:
        """What the command gives, in its own words, so that the run can be resumed without repeating them."""
        return {"arguments": self._spider.given, "settings": given_settings(self._crawler.settings)}

    async def finish(self) -> None:
        """Marks the run as finished, unless something of it could not be stored; otherwise it can be resumed."""
        if self.has_failed:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            if failures := _failure_stats(self._crawler):  # the failures themselves are deleted
                await self.state.record_stored(self.id, StoredItems(stats=failures))
            await self.state.finish_run(self.id, now, await self._works_without_comments())
        except StateError as error:
            self.fail(error)
        else:
            self.has_finished = True

    async def close(self) -> None:
        """Releases the folder and the state; a run that has not finished can be resumed."""
        try:
            if not (self.has_begun or self.has_finished):
                await self.state.forget_run(self.id)
        except StateError as error:
            logger.error("The end of the run could not be stored: %s", error)
        self.folder.release(is_finished=self.has_finished)
        await self.state.close()
        self._record = None

    async def _works_without_comments(self) -> list[int]:
        works: list[int] = []
        last = 0
        while page := await self.state.failures(self.id, last, _PAGE):
            works += [one.item_id for _, one in page if one.what == "comments" and isinstance(one.item_id, int)]
            last = page[-1][0]
        return works

    def fail(self, error: Exception) -> None:
        """Ends the crawl because something cannot be stored; what the checkpoint lacks is done again on resuming."""
        if self.has_failed:
            return
        self.has_failed = True
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        is_full = getattr(cause, "errno", None) in _NO_SPACE or "is full" in str(error)
        logger.error("Nothing can be stored any more: %s", error)
        close_soon(self._crawler, "disk_full" if is_full else "storage_failed")


def _failure_stats(crawler: Crawler) -> dict[str, StatValue]:
    return {
        name: value for name, value in crawler.stats.get_stats().items() if name.startswith("pixiv/failed/") and value
    }

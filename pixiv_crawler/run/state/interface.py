"""The interface of the state store; each implementation passes the conformance suite in tests/run/state."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state.records import (
    CollectedWork,
    Failure,
    JsonObject,
    ListingPass,
    ResponseOutcome,
    RunRecord,
    SavedItem,
    SavedRequest,
    StatValue,
    StoredFile,
    StoredItems,
)


class StateBusyError(StateError):
    """Another process held the database's lock, and `stop_waiting` was called; nothing of the operation was done."""


class StateConflictError(StateError):
    """Another process has recorded something else under the same name or ID; nothing of the operation was done."""


class StateStore(ABC):
    """What runs have done and still have to do, and what all runs know about works and files.

    Every method runs outside the event loop. Unless its docstring says otherwise, a method is one transaction: it
    takes effect completely or not at all, and its effect survives the process. If the task that awaits a method is
    cancelled, the transaction still completes. Writes that are awaited one after the other take effect in this order.
    While another process holds the lock of the database, writes wait, however long it takes. What all runs share may
    be written by several processes at once without a conflict: the last write counts, except for the names of users.

    Raises (every method):
        StateError: the database failed, for example because the disk is full; or the store is closed. The store
            remains usable after a failure.
        StateBusyError: another process holds the lock, and `stop_waiting` was called.
    """

    # --- Runs --------------------------------------------------------------------------------------------------------

    @abstractmethod
    async def find_run(self, spider: str, job: str) -> RunRecord | None:
        """Returns the run of that spider with that job name; None if there is none."""

    @abstractmethod
    async def runs(self, after_id: int, limit: int) -> list[RunRecord]:
        """Returns the first `limit` runs with an ID above `after_id`, by ascending ID: in the order of their creation."""

    @abstractmethod
    async def create_run(
        self, spider: str, job: str, arguments: JsonObject, started_at: str, stored: StoredItems | None = None
    ) -> RunRecord:
        """Creates a run, with an ID that no other run has had, and returns it.

        `stored` is what its folder contains already; it is recorded as by `record_stored`.

        Raises:
            StateConflictError: this spider has a run with that job name.
        """

    @abstractmethod
    async def forget_run(self, run_id: int) -> None:
        """Deletes a run for which no response was ever recorded, with its notes and stats; any other run is kept."""

    @abstractmethod
    async def finish_run(self, run_id: int, finished_at: str, works_without_comments: Iterable[int]) -> None:
        """Finishes a run.

        - Works with these IDs no longer count as collected by this run; its other works are complete.
        - Its sightings become known works of the listings whose passes ended and are complete (see `are_known`).
        - For listings that such a pass read to the end, `finished_at` becomes the time of the last full pass.
        - The run has finished; its requests, items, seen entries, passes, output sizes, failures and notes
          are deleted. Its stats are kept.

        This takes many short transactions, so that other calls and other processes are served in between. If it is
        interrupted, the run is either not finished yet, and another call completes it, or it is finished, and the
        next `finish_run` of any run deletes what is left over. When it returns, a power cut does not undo the end of
        the run, even if not everything could be deleted. A finished run keeps its first `finished_at`.
        """

    # --- Progress ----------------------------------------------------------------------------------------------------

    @abstractmethod
    async def record_response(self, run_id: int, outcome: ResponseOutcome) -> None:
        """Records a response and everything it led to; afterwards, the run has begun.

        The request is deleted; if it failed with a transient error, it is kept as failed instead, and the failures and
        notes of the outcome are linked to it (see `reopen_failed_requests`), except permanent notes. A seen entry,
        sighting, pass or stat may be recorded repeatedly; the last pass of a listing and the last value of a stat count.

        Raises:
            StateConflictError: a new request or item has the ID of an existing one, because another process continues
                the same run.
        """

    @abstractmethod
    async def record_stored(self, run_id: int, stored: StoredItems) -> None:
        """Records that items have been stored: they are deleted, and the sizes of the output files include them.

        A collected work replaces the record of the same kind, ID and scope, by whichever run.
        """

    @abstractmethod
    async def reopen_failed_requests(self, run_id: int, after_id: int = 0) -> list[SavedRequest]:
        """Makes the failed requests with an ID above `after_id` open again, deletes the notes linked to them, and returns them by ascending ID.

        This may take several transactions; if it is interrupted, each request is either open without linked notes,
        or failed with them.
        """

    # --- Resuming ----------------------------------------------------------------------------------------------------

    @abstractmethod
    async def open_requests(self, run_id: int) -> list[SavedRequest]:
        """Returns the requests without a response, except the failed ones, by ascending ID."""

    @abstractmethod
    async def open_items(self, run_id: int) -> list[SavedItem]:
        """Returns the items that have not been stored, by ascending ID."""

    @abstractmethod
    async def last_id(self, run_id: int) -> int:
        """Returns the highest ID of a request (open or failed) or item of the run; 0 if there is none."""

    @abstractmethod
    async def output_sizes(self, run_id: int) -> dict[str, int]:
        """Returns the recorded sizes of the output files in bytes, by file name."""

    @abstractmethod
    async def stats(self, run_id: int) -> dict[str, StatValue]:
        """Returns the recorded stats; an int, a float and a string keep their types."""

    @abstractmethod
    async def listing_passes(self, run_id: int, after_listing: int, limit: int) -> list[ListingPass]:
        """Returns the first `limit` passes with a listing number above `after_listing`, by ascending number."""

    # --- Queries about a run -----------------------------------------------------------------------------------------

    @abstractmethod
    async def unseen(self, run_id: int, listing: int, keys: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        """Returns those of the keys (kind, ID) that were not recorded as seen in that listing of the run."""

    @abstractmethod
    async def failures(self, run_id: int, after_id: int, limit: int) -> list[tuple[int, Failure]]:
        """Returns the first `limit` failures with an ID above `after_id`, with their IDs, in the order recorded.

        IDs are positive.
        """

    @abstractmethod
    async def failure_counts(self, run_id: int) -> dict[str, int]:
        """Returns the number of failures by `what`."""

    @abstractmethod
    async def notes(self, run_id: int, section: str) -> list[JsonObject]:
        """Returns the notes of one section, in the order recorded."""

    # --- Shared by all runs ------------------------------------------------------------------------------------------

    @abstractmethod
    async def already_collected(self, run_id: int, works: Sequence[CollectedWork]) -> set[tuple[str, int]]:
        """Returns (kind, ID) of those works that another run has collected in this version and scope, and completely.

        The given works themselves need not be complete.
        """

    @abstractmethod
    async def are_known(self, listing_key: str, work_ids: Collection[int]) -> bool:
        """Returns whether earlier passes over that listing saw all of these works; True for no works.

        Only complete passes that have ended count, of runs that have finished or are being finished.
        """

    @abstractmethod
    async def last_full_pass(self, listing_key: str) -> str | None:
        """Returns when the last run that read the listing completely and to its end finished: ISO 8601 in UTC."""

    @abstractmethod
    async def file(self, path: str) -> StoredFile | None:
        """Returns what is known about the file with that path; None if nothing is."""

    @abstractmethod
    async def files(self, after_path: str, limit: int) -> list[StoredFile]:
        """Returns the first `limit` files with a path above `after_path`, by ascending path."""

    @abstractmethod
    async def files_of_page(self, page_key: str) -> list[StoredFile]:
        """Returns the last saved file of that page, then those of the page under other templates, the last saved one first."""

    @abstractmethod
    async def newest_downloads(self, url_prefix: str, limit: int) -> list[StoredFile]:
        """Returns valid files whose URL begins like that and whose response had a Last-Modified, the last saved one first.

        Of several files in one folder of the host, such as the pages of a work, only the last saved one counts.
        """

    @abstractmethod
    async def is_damaged_elsewhere(self, sha256: str, url: str, page_key: str) -> bool:
        """Returns whether Pixiv has a file with that content damaged for another page, at another URL."""

    async def save_file(self, file: StoredFile) -> None:
        """Saves a file in place of the one with its path; an older file of the same page loses its `page_key`."""
        await self.save_files([file])

    @abstractmethod
    async def save_files(self, files: Sequence[StoredFile], forgotten: Iterable[str] = ()) -> None:
        """Saves several files in one transaction, as `save_file` saves one, after those with the forgotten paths are deleted."""

    @abstractmethod
    async def forget_file(self, path: str) -> None:
        """Deletes what is known about the file with that path."""

    @abstractmethod
    async def user_names(self, user_id: int, name: str, account: str) -> tuple[str, str]:
        """Returns the name and the account that were first given for a user; these if they are the first."""

    # --- The store itself --------------------------------------------------------------------------------------------

    @abstractmethod
    async def sync(self) -> None:
        """Returns when everything written so far will survive a power cut.

        Without it, a power cut may undo the last transactions, in the reverse order. Await it before something becomes
        durable that is worthless without them. Calls at the same time share the effort.
        """

    @abstractmethod
    def stop_waiting(self) -> None:
        """Makes operations that wait for another process give up, now and later; may be called from any thread."""

    @abstractmethod
    async def close(self) -> None:
        """Waits for the operations in progress and closes the store; closing it again does nothing."""

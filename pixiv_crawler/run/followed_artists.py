"""The artists that the account follows, as far as a run has met them, and those whose works it requests."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec

from pixiv_crawler.api.classification import BROKEN_JSON
from pixiv_crawler.layout.paths import report_path
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import Note

_PAGE = 1000
# Earlier runs whose reports are read for the last one with the same lists.
_REPORTS = 20


class _Artists(msgspec.Struct):
    followed: list[int] = []
    is_complete: bool = False


class _Report(msgspec.Struct):
    """What matters of the report of an earlier run."""

    arguments: dict[str, Any] = {}
    artists: _Artists = msgspec.field(default_factory=_Artists)


class FollowedArtists:
    """Every change is a note of the run, recorded together with the response that led to it, and loaded by a resumed run."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self.known: dict[int, bool] = {}
        """The artists met so far, and whether an earlier run has read their works to the end not long ago."""
        self.queue: list[int] = []
        """The artists whose works are requested, in this order; only ever extended, because listings are numbered."""
        self._queued: set[int] = set()
        self.uses_feed: bool | None = None
        """Whether the feeds are read; None while the lists of followed users are read."""
        self.is_feed_complete = True
        """Whether the feeds reached works that are known."""
        self._are_lists_complete = True
        self._before: set[int] | None = None
        """The artists who were followed when the last run finished; None if that is not known."""

    async def load(self, run: Run, restrict: str) -> None:
        """Loads what the run knows, and who was followed before.

        Raises:
            StateError: the state database failed.
        """
        for note in await run.state.notes(run.id, "artist"):
            self.known[note["user_id"]] = note["is_known"]
        self.queue = [note["user_id"] for note in await run.state.notes(run.id, "artist_queued")]
        self._queued = set(self.queue)
        for note in await run.state.notes(run.id, "artists"):
            self.uses_feed = note["uses_feed"]
        lacks = [note["what"] for note in await run.state.notes(run.id, "artists_incomplete")]
        self._are_lists_complete, self.is_feed_complete = "list" not in lacks, "feed" not in lacks
        self._before = await _followed_before(run, restrict)

    def meet(self, user_id: int, *, is_known: bool) -> None:
        """Notes an artist of a list; one whose works are not known is requested."""
        self.known[user_id] = is_known
        self._note("artist", user_id=user_id, is_known=is_known)
        if not is_known and self.uses_feed is None:
            self.enqueue([user_id])

    def enqueue(self, user_ids: Iterable[int]) -> None:
        """Requests the works of these artists, once."""
        for user_id in user_ids:
            if user_id not in self._queued:
                self._queued.add(user_id)
                self.queue.append(user_id)
                self._note("artist_queued", user_id=user_id)

    def note_lack(self, what: str) -> None:
        """Notes that a `list` or a `feed` was not read as far as necessary."""
        if what == "list":
            self._are_lists_complete = False
        else:
            self.is_feed_complete = False
        self._note("artists_incomplete", what=what)

    def end_lists(self) -> tuple[list[int], list[int]]:
        """Decides whether the feeds are read; returns who is followed since the last run, and who is not any more."""
        self.uses_feed = any(self.known.values())
        before, is_complete = self._before, self._are_lists_complete
        new = [user_id for user_id in self.known if before is not None and user_id not in before]
        gone = sorted((before or set()) - self.known.keys()) if is_complete else []
        followed = [*self.known]
        self._note(
            "artists", followed=followed, is_complete=is_complete, new=new, unfollowed=gone, uses_feed=self.uses_feed
        )
        return new, gone

    def _note(self, section: str, **content: Any) -> None:
        self._checkpoint.add_note(Note(section, content, is_permanent=True))


async def _followed_before(run: Run, restrict: str) -> set[int] | None:
    """The artists in the report of the last finished run that read the same lists to the end."""
    last, jobs = 0, list[str]()
    while page := await run.state.runs(last, _PAGE):
        last = page[-1].id
        jobs += [one.job for one in page if one.spider == run.record.spider and one.finished_at and one.id != run.id]
    for job in reversed(jobs[-_REPORTS:]):
        with suppress(OSError, *BROKEN_JSON):  # the user has moved or changed it
            content = read_regular(report_path(run.folder.path.with_name(job)))
            report = msgspec.json.decode(content, type=_Report)
            if report.arguments.get("restrict") == restrict and report.artists.is_complete:
                return set(report.artists.followed)
    return None

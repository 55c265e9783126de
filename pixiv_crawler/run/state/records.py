"""The plain data that goes into the state store and comes out of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

JsonObject = dict[str, Any]
FailedId = int | str | None
StatValue = int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run: a spider with a job name."""

    id: int
    spider: str
    job: str
    arguments: JsonObject
    """The arguments and settings with which the run was started."""
    started_at: str
    """ISO 8601 in UTC."""
    finished_at: str | None
    """ISO 8601 in UTC; None until the run has finished."""
    is_begun: bool
    """Whether its first requests have been recorded."""
    works: int
    """Works found so far, whether they have been stored or not."""


@dataclass(frozen=True, slots=True)
class SavedRequest:
    """A request without a response yet."""

    id: int
    """Unique among the requests of the run; requests are numbered in the order of their creation."""
    content: bytes
    """The request as JSON."""


@dataclass(frozen=True, slots=True)
class SavedItem:
    """An item that has not been stored yet."""

    id: int
    """Unique among the items of the run; items are numbered in the order in which they were found."""
    listing: int | None
    """Number of the spider's listing that contained it; None for an item of no listing."""
    content: bytes
    """The item as JSON."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that was requested and is missing."""

    what: str
    """The kind of what is missing, such as `work`, `file` or `listing`."""
    item_id: FailedId
    """Pixiv's ID of it; None if it has none."""
    cause: str
    """The reason, in one sentence."""
    source: str = ""
    """The API call or URL that failed."""


@dataclass(frozen=True, slots=True)
class Note:
    """An entry of a run's report that is neither a count nor a failure."""

    section: str
    """The part of the report, such as `search_partition` or `warning`."""
    content: JsonObject
    is_permanent: bool = False
    """Whether it stays if the request of its response failed and is sent again."""


@dataclass(frozen=True, slots=True)
class ListingPass:
    """How far one run has read one listing."""

    listing: int
    """Number of the listing within the run."""
    key: str
    """Identifies the same listing in other runs."""
    ended: Literal["end", "known"] | None = None
    """end: read to the end; known: read up to works that an earlier pass had seen; None: not ended."""
    is_complete: bool = True
    """Whether nothing in it failed."""


@dataclass(frozen=True, slots=True)
class CollectedWork:
    """A work whose line and files are on disk."""

    kind: str
    """illust or novel."""
    id: int
    """Pixiv's ID of the work."""
    scope: str
    """What was collected of the work, such as the size of its images."""
    version: str
    """Changes when the artist edits the work."""
    is_awaiting_more: bool = False
    """Whether the work is incomplete until the run has finished, because its comments follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file below the files folder; valid as long as its size and time match the file on disk."""

    path: str
    """Relative to the files folder, with `/` as the separator."""
    url: str
    """The URL from which it was downloaded."""
    size_bytes: int
    mtime_ns: int
    """Time of its last modification, in nanoseconds since 1970."""
    sha256: str
    run_id: int
    """The run that downloaded it; 0 for a file that existed before."""
    content_type: str | None = None
    """Type detected from its content, such as `image/png`; None if it has not been examined."""
    page_key: str | None = None
    """Identifies the page of a work and, by its last word, the path template; None if a newer file has replaced it."""
    problem: str | None = None
    """What is wrong with the file as Pixiv has it, in one sentence; None if it is valid."""
    last_modified: str | None = None
    """The Last-Modified of its response; None if it had none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOutcome:
    """Everything that one response (or the start of a run) changes."""

    request_id: int | None = None
    """The request that received the response; None for the start of a run."""
    is_failed: bool = False
    """Whether the request failed with a transient error; it is then kept, and its notes are linked to it."""
    requests: Sequence[SavedRequest] = ()
    items: Sequence[SavedItem] = ()
    seen: Iterable[tuple[int, str, int]] = ()
    """Entries that a listing of this run contained: (listing, kind, ID)."""
    sightings: Mapping[str, Iterable[int]] = field(default_factory=dict)
    """IDs of the works that listings contained, by the key of the listing."""
    passes: Iterable[ListingPass] = ()
    """Passes that changed."""
    works: int = 0
    """Number of works among the items."""
    failures: Sequence[Failure] = ()
    notes: Sequence[Note] = ()
    stats: Mapping[str, StatValue] = field(default_factory=dict)
    """Stats that changed, with their new values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItems:
    """Everything that changes when items have been stored."""

    item_ids: Iterable[int] = ()
    """Items whose lines are on disk, or that were dropped."""
    collected: Iterable[CollectedWork] = ()
    """The works among them that have all their files."""
    output_sizes: Mapping[str, int] = field(default_factory=dict)
    """Sizes in bytes of the output files including these lines, by file name."""
    passes: Iterable[ListingPass] = ()
    """Passes that changed."""
    failures: Sequence[Failure] = ()
    notes: Sequence[Note] = ()
    stats: Mapping[str, StatValue] = field(default_factory=dict)
    """Stats that changed, with their new values."""

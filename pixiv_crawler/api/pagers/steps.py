"""What goes into a pager and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.errors import ApiFault

State = JsonObject
"""What a pager carries from one response to the next, as plain JSON."""


@dataclass(frozen=True)
class Cursor:
    """The position of a request in the listings of a spider; stored in the `cb_kwargs` of the request."""

    index: int | None
    """Number of the listing; None for a request in addition to the listings, such as for comments."""
    seen: int = 0
    """Number of entries of the listing before those of this request."""
    state: State = field(default_factory=dict)
    is_first: bool = False
    """Whether it is the first request of its listing."""


@dataclass(frozen=True, slots=True)
class ListingResponse:
    """One response of a listing, or the error in its place."""

    call: ApiCall
    entries: list[Any] = field(default_factory=list)
    """Usually objects; anything else that Pixiv sent is there, too."""
    next_url: str | None = None
    seen: int = 0
    """Number of entries of the listing, up to the last one of this response."""
    error: Exception | None = None
    head: Any = None
    """What the response says about the listing as a whole; usually an object."""
    total: Any = None
    """The number of entries in the entire listing; None if the response does not contain it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something requested is missing: a failure of the run."""

    what: str
    id: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class HiddenWorks:
    """The listings of a user may not have shown all works."""

    user_id: int
    count: int
    """How many more works the profile counts."""
    names: Sequence[str]
    """The counts of the profile that were compared: illust, manga, novel."""
    shown: Sequence[int]
    """The IDs that the listings showed."""
    cause: str


@dataclass(frozen=True, slots=True)
class Warned:
    """What the user should know about the run, though nothing is known to be missing."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A line for the log."""

    sentence: str


@dataclass(frozen=True, slots=True)
class TotalKnown:
    """How many more works the following listings will show."""

    entries: int
    single: int = 0
    """How many of them no listing shows, so that each has to be requested by its ID."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A call of an earlier response has turned out to have failed."""

    call: ApiCall
    fault: ApiFault


@dataclass(frozen=True, slots=True)
class PartitionRead:
    """A partition of a search was read."""

    entries_key: str
    params: JsonObject
    """The query of its first call."""
    status: str
    returned: int
    """How many entries it showed."""


Note = Missing | HiddenWorks | Warned | Remark | TotalKnown | Refused | PartitionRead


@dataclass(frozen=True, slots=True)
class Next:
    """The call that follows."""

    call: ApiCall
    state: State
    seen: int
    """Number of entries of the listing before those of the call."""
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a listing."""

    state: State
    """What the next listing begins with."""
    notes: Sequence[Note] = ()


Step = Next | Done

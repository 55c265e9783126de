"""The state store: what runs have done and still have to do, and what all runs know about works and files."""

from pixiv_crawler.run.state.interface import StateBusyError, StateConflictError, StateStore
from pixiv_crawler.run.state.opening import open_state
from pixiv_crawler.run.state.records import (
    CollectedWork,
    FailedId,
    Failure,
    JsonObject,
    ListingPass,
    Note,
    ResponseOutcome,
    RunRecord,
    SavedItem,
    SavedRequest,
    StatValue,
    StoredFile,
    StoredItems,
)

__all__ = [
    "CollectedWork",
    "FailedId",
    "Failure",
    "JsonObject",
    "ListingPass",
    "Note",
    "ResponseOutcome",
    "RunRecord",
    "SavedItem",
    "SavedRequest",
    "StatValue",
    "StateBusyError",
    "StateConflictError",
    "StateStore",
    "StoredFile",
    "StoredItems",
    "open_state",
]

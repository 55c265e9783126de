"""Paging strategies: which call follows a response of a listing. They are pure; a request carries their state as JSON."""

from __future__ import annotations

from pixiv_crawler.api.pagers.next_url import Pager, RankPager, SeenIdsPager, SeriesPager, next_call, seen_ids
from pixiv_crawler.api.pagers.search import SearchPager
from pixiv_crawler.api.pagers.steps import (
    Cursor,
    Done,
    ListingResponse,
    Missing,
    Next,
    Note,
    PartitionRead,
    Refused,
    Remark,
    State,
    Step,
    TotalKnown,
    Warned,
)
from pixiv_crawler.api.pagers.user_works import UserWorksPager

__all__ = [
    "Cursor",
    "Done",
    "ListingResponse",
    "Missing",
    "Next",
    "Note",
    "Pager",
    "PartitionRead",
    "RankPager",
    "Refused",
    "Remark",
    "SearchPager",
    "SeenIdsPager",
    "SeriesPager",
    "State",
    "Step",
    "TotalKnown",
    "UserWorksPager",
    "Warned",
    "next_call",
    "seen_ids",
]

"""Compares the number of works of a user that were listed with the counts in the user's profile; the number of a series, too.

A profile counts illusts, manga and novels; animations are counted as illusts. The type of a withheld work is unknown,
so it may belong to any count. All values are plain JSON, to be stored in a request's meta.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

# The profile fields that count works, by the name of the count.
_TOTALS = {"illust": "total_illusts", "manga": "total_manga", "novel": "total_novels"}
_SERIES_TOTALS = ("series_work_count", "content_count")
# The work types that each count includes.
_COUNTED = {"illust": ("illust", "ugoira"), "manga": ("manga",), "novel": ("novel",)}
# More works than Pixiv has; larger numbers might not fit into the state database.
_MAX_COUNT = 10**12
_NOUNS = {"illust": "illusts", "manga": "manga", "novel": "novels"}
UNKNOWN = "unknown"
"""The type of a listed work whose entry contains no type, or one that is not known."""

Totals = Mapping[str, int]
"""The counts of the profile, by name; those that the response omits are absent."""
Listed = Mapping[str, list[int | None]]
"""The IDs of the works listed so far, by type; None for a work without an ID."""


def totals(profile: Any) -> dict[str, int]:
    """The counts of a profile; empty if it is not a valid profile."""
    counts = {name: profile.get(member) for name, member in _TOTALS.items()} if isinstance(profile, dict) else {}
    return {name: count for name, count in counts.items() if is_count(count)}


def series_total(detail: Any) -> int | None:
    """The number of works that a series counts; None if it is not known."""
    counts = [detail.get(member) for member in _SERIES_TOTALS] if isinstance(detail, dict) else []
    return next(filter(is_count, counts), None)


def is_count(value: Any) -> TypeGuard[int]:
    """Whether a value is a valid number of works."""
    return type(value) is int and 0 <= value <= _MAX_COUNT


def counts_of(types: Iterable[str]) -> list[str]:
    """The names of the counts that include works of these types."""
    return [name for name, counted in _COUNTED.items() if not set(counted).isdisjoint(types)]


def with_works(listed: Listed, works: Iterable[tuple[str, int | None]]) -> dict[str, list[int | None]]:
    """The listed works, extended by these (type, ID) pairs; a work that is listed again counts once."""
    known = {id_ for ids in listed.values() for id_ in ids}
    all_ = {type_: list(ids) for type_, ids in listed.items()}
    for type_, id_ in works:
        if id_ is None or id_ not in known:
            known.add(id_)
            all_.setdefault(type_, []).append(id_)
    return all_


def number(listed: Listed, *types: str) -> int:
    """The number of listed works of these types."""
    return sum(len(listed.get(type_, ())) for type_ in types)


def missing(totals: Totals, listed: Listed, names: Iterable[str]) -> int:
    """The minimum number of works that were not listed, according to those of the named counts that are known.

    Sums are compared: a work that is an illust in a listing may be counted as manga in the profile, and vice versa.
    """
    known = [name for name in names if name in totals]
    difference = sum(totals[name] - number(listed, *_COUNTED[name]) for name in known)
    return max(0, difference - number(listed, UNKNOWN))


def is_complete(totals: Totals, listed: Listed, names: Iterable[str]) -> bool:
    """Whether all named counts are known and no work is missing."""
    names = set(names)
    return totals.keys() >= names and not missing(totals, listed, names)


def comparison(totals: Totals, listed: Listed, names: Iterable[str]) -> str:
    """A sentence that compares those of the named counts that exceed the number of listed works."""
    pairs = [(name, number(listed, *_COUNTED[name])) for name in names]
    short = [(name, count) for name, count in pairs if count < totals.get(name, 0)]
    expected = " and ".join(f"{totals[name]} {_NOUNS[name]}" for name, _ in short)
    found = " and ".join(str(count) for _, count in short)
    unknown = number(listed, UNKNOWN)
    return f"the profile counts {expected}, but Pixiv listed {found}" + (
        f", and {unknown} withheld or of an unknown type" if unknown else ""
    )

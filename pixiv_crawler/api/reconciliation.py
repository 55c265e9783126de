"""How many works of a user were shown, held against how many Pixiv counts.

A profile counts illusts, manga and novels. Animations are no type of their own there: they count with illusts. A work
that is withheld does not tell its type, so it may be one of any. All is plain JSON, to ride on a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# The members of a profile that count works, by the name that we give the count.
_TOTALS = {"illust": "total_illusts", "manga": "total_manga", "novel": "total_novels"}
# The types of works that each of them counts.
_COUNTED = {"illust": ("illust", "ugoira"), "manga": ("manga",), "novel": ("novel",)}
# More than Pixiv has works; a larger number would not fit where a run is kept.
_HIGHEST = 10**12
_WORDS = {"illust": "illusts", "manga": "manga", "novel": "novels"}
UNKNOWN = "unknown"
"""The type of a work that is shown and does not tell its type."""

Totals = Mapping[str, int]
"""How many works Pixiv counts, by name; without those that it did not tell."""
Shown = Mapping[str, list[int | None]]
"""The IDs of the works shown so far, by type; None for one that did not tell its ID."""


def totals(profile: Any) -> dict[str, int]:
    """What a profile counts; nothing when it is none that could be read."""
    told = {name: profile.get(member) for name, member in _TOTALS.items()} if isinstance(profile, dict) else {}
    return {name: count for name, count in told.items() if type(count) is int and 0 <= count <= _HIGHEST}


def counts_of(types: Iterable[str]) -> list[str]:
    """The names of the counts that works of these types are part of."""
    return [name for name, counted in _COUNTED.items() if not set(counted).isdisjoint(types)]


def with_works(shown: Shown, works: Iterable[tuple[str, int | None]]) -> dict[str, list[int | None]]:
    """What has been shown when these types and IDs have come, too; a work that comes again counts once."""
    known = {id_ for ids in shown.values() for id_ in ids}
    all_ = {type_: list(ids) for type_, ids in shown.items()}
    for type_, id_ in works:
        if id_ is None or id_ not in known:
            known.add(id_)
            all_.setdefault(type_, []).append(id_)
    return all_


def number(shown: Shown, *types: str) -> int:
    """How many works of these types were shown."""
    return sum(len(shown.get(type_, ())) for type_ in types)


def missing(told: Totals, shown: Shown, names: Iterable[str]) -> int:
    """How many works were not shown, at least, by the counts of these names as far as they are known.

    Sums are compared: what is an illust in a listing may count as manga in a profile, and the other way round.
    """
    known = [name for name in names if name in told]
    short = sum(told[name] - number(shown, *_COUNTED[name]) for name in known)
    return max(0, short - number(shown, UNKNOWN))


def is_whole(told: Totals, shown: Shown, names: Iterable[str]) -> bool:
    """Whether all counts of these names are known, and nothing is missing."""
    names = set(names)
    return told.keys() >= names and not missing(told, shown, names)


def comparison(told: Totals, shown: Shown, names: Iterable[str]) -> str:
    """What Pixiv counts and what it showed, in words, of those names of which it showed less."""
    pairs = [(name, number(shown, *_COUNTED[name])) for name in names]
    short = [(name, count) for name, count in pairs if count < told.get(name, 0)]
    counted = " and ".join(f"{told[name]} {_WORDS[name]}" for name, _ in short)
    came = " and ".join(str(count) for _, count in short)
    untold = number(shown, UNKNOWN)
    return f"Pixiv counts {counted} of this user and showed {came}" + (f", and {untold} withheld" if untold else "")

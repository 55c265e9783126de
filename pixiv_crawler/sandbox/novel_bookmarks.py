"""Which novels the users of every simulated Pixiv have bookmarked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .bookmarks import PRIVATE, PUBLIC, Plan
from .cast import ACCOUNT
from .novel_works import Novel

_RICH, _ORDINARY, _NOVELIST = 2188232, 1008, 1010
_PUBLIC, _PRIVATE, _TAGS = 40, 5, 33

NovelsOf = Callable[[int], list[Novel]]
_Entries = Iterator[tuple[int, str, tuple[str, ...]]]


def novel_bookmarks(novels_of: NovelsOf) -> Mapping[int, Plan]:
    """The account has 40 public ones, one of them without tags and one of a withheld novel, and 5 private ones;
    user 1008 has all novels of the rich user.
    """
    rich = novels_of(_RICH)
    return {
        ACCOUNT.id: [*_public(novels_of), *((novel.id, PRIVATE, ("秘密",)) for novel in rich[:_PRIVATE])],
        _ORDINARY: [(novel.id, PUBLIC, ("好き",)) for novel in rich],
    }


def _public(novels_of: NovelsOf) -> _Entries:
    for number, novel in enumerate(novels_of(_NOVELIST)[: -_PUBLIC - 1 : -1]):
        tags = (f"本棚{number}", "読みかけ") if number < _TAGS else ("読みかけ",)
        yield novel.id, PUBLIC, tags if number < _PUBLIC - 1 else ()

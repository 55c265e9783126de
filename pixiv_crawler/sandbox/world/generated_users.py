"""The crowd: thousands of invented users and their works, none of which exists before somebody asks for it.

Two kinds. The users of words share the works that words find. The everyday users fill rankings, feeds and lists of
followers: 720 works a day, each user one a day for ten days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from .keywords import Corpora, Corpus
from .users import User
from .vocabulary import GIVEN_NAMES, SURNAMES
from .work_ids import FIRST_DAY, LAST_DAY, id_on, midnight, place_of
from .work_summaries import Hit, crowd_hit, crowd_sketch
from .works import JST, Work, draw_work

WORKS_PER_DAY = 720
WORD_USERS = 997
_FIRST_WORD_USER = 10_000_000
_FIRST_EVERYDAY_USER = 20_000_000
_DAYS_OF_A_USER = 10
_FIRST_TERM = FIRST_DAY.toordinal() // _DAYS_OF_A_USER
_LAST_TERM = LAST_DAY.toordinal() // _DAYS_OF_A_USER


class Crowd:
    """Not safe from several threads by itself: `World` holds its lock around every call."""

    def __init__(self, original: Crowd | None = None) -> None:
        self.corpora: Corpora = Corpora(reserved=WORKS_PER_DAY) if original is None else original.corpora.copy()
        self._original = original
        self._works: dict[int, Work] = {}
        self._ids: dict[int, list[int]] = {}

    def copy(self) -> Crowd:
        """An independent copy that shares the works of the original, which must not change any more."""
        return Crowd(self)

    def add_word(self, word: str, counts: dict[date, int]) -> Corpus:
        self._ids.clear()
        return self.corpora.add(word, counts)

    def user(self, user_id: int) -> User | None:
        is_word_user = 0 <= user_id - _FIRST_WORD_USER < WORD_USERS
        return crowd_user(user_id) if is_word_user or _term_of(user_id) is not None else None

    def work(self, work_id: int) -> Work | None:
        """The work with this id, whenever it appears."""
        shared = None if self._original is None else self._original.work(work_id)
        if shared is None and work_id not in self._works and (found := self._find(work_id)):
            hit, user_id = found
            created = datetime.fromtimestamp(hit.moment, UTC).astimezone(JST)
            # Several threads may come here for the same work of the original: the first one stays.
            self._works.setdefault(work_id, draw_work(work_id, crowd_user(user_id), crowd_sketch(hit), created))
        return shared or self._works.get(work_id)

    def work_ids(self, user_id: int) -> list[int]:
        """Of all the works of one user, oldest first."""
        if (term := _term_of(user_id)) is not None:
            number = (user_id - _FIRST_EVERYDAY_USER) % WORKS_PER_DAY
            return [id_on(day, number) for day in _days(term)]
        if user_id not in self._ids:
            self._ids[user_id] = self._ids_of_words(user_id - _FIRST_WORD_USER)
        return self._ids[user_id]

    def _ids_of_words(self, first: int) -> list[int]:
        if not 0 <= first < WORD_USERS:
            return []
        hits = (
            corpus.numbered(number)
            for corpus in self.corpora.by_word.values()
            for number in range(first, corpus.total, WORD_USERS)
        )
        return [hit.id for hit in sorted(hits)]

    def _find(self, work_id: int) -> tuple[Hit, int] | None:
        """The work in brief, and its user."""
        place = place_of(work_id)
        if place is None:
            return None
        day, position = place
        if position < WORKS_PER_DAY:
            return everyday_hit(day, position), everyday_user_id(day, position)
        owner = self.corpora.owner(day, position)
        if owner is None:
            return None
        corpus, batch = owner
        number = position - batch.position
        return corpus.hit(batch, number), _FIRST_WORD_USER + (batch.number + number) % WORD_USERS


@lru_cache(maxsize=64)
def everyday_hits(day: date) -> tuple[Hit, ...]:
    """What the everyday users upload on a day, oldest first."""
    return tuple(everyday_hit(day, number) for number in range(WORKS_PER_DAY))


def everyday_hit(day: date, number: int) -> Hit:
    moment = int(midnight(day).timestamp()) + number * (86_400 // WORKS_PER_DAY)
    return crowd_hit(id_on(day, number), moment, "")


def everyday_user_id(day: date, number: int) -> int:
    """Who uploads the work with this number of a day: the same user for ten days."""
    term = day.toordinal() // _DAYS_OF_A_USER - _FIRST_TERM
    return _FIRST_EVERYDAY_USER + term * WORKS_PER_DAY + number


def word_users() -> Iterator[User]:
    """The users of the words; the others are beyond counting."""
    return (crowd_user(_FIRST_WORD_USER + number) for number in range(WORD_USERS))


def everyday_users(day: date) -> Iterator[int]:
    """The ids of those who were there on a day, then of those before them, and so on."""
    return (everyday_user_id(before, number) for before in _terms_back(day) for number in range(WORKS_PER_DAY))


def _terms_back(day: date) -> Iterator[date]:
    while day >= FIRST_DAY:
        yield day
        day -= timedelta(days=_DAYS_OF_A_USER)


@lru_cache(maxsize=8192)
def crowd_user(user_id: int) -> User:
    surname, given = SURNAMES[user_id % len(SURNAMES)], GIVEN_NAMES[user_id // 7 % len(GIVEN_NAMES)]
    return User(user_id, f"{surname}{given}", f"user_{user_id:08}", has_avatar=user_id % 9 != 0)


def _term_of(user_id: int) -> int | None:
    """Which ten days an everyday user is there for; None: it is none of them."""
    term = (user_id - _FIRST_EVERYDAY_USER) // WORKS_PER_DAY
    return term if 0 <= term <= _LAST_TERM - _FIRST_TERM else None


def _days(term: int) -> list[date]:
    first = (_FIRST_TERM + term) * _DAYS_OF_A_USER
    return [date.fromordinal(first + number) for number in range(_DAYS_OF_A_USER)]

"""Generated users: thousands of users and their works, each generated on first use.

There are two kinds. Keyword users own the works that keywords find. Daily uploaders fill rankings, feeds and lists of
followers: there are 720 works a day, and each uploader publishes one a day for ten days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from .keywords import Keyword, Keywords
from .users import User
from .vocabulary import GIVEN_NAMES, SURNAMES
from .work_ids import FIRST_DAY, LAST_DAY, id_on, midnight, place_of
from .work_summaries import WorkSummary, generated_spec, generated_summary
from .works import JST, Work, generate_work

WORKS_PER_DAY = 720
KEYWORD_USERS = 997
_FIRST_KEYWORD_USER = 10_000_000
_FIRST_DAILY_UPLOADER = 20_000_000
_DAYS_OF_A_USER = 10
_FIRST_TERM = FIRST_DAY.toordinal() // _DAYS_OF_A_USER
_LAST_TERM = LAST_DAY.toordinal() // _DAYS_OF_A_USER


class GeneratedUsers:
    """Not thread-safe: `World` holds its lock during each call."""

    def __init__(self, original: GeneratedUsers | None = None) -> None:
        self.keywords: Keywords = Keywords(reserved=WORKS_PER_DAY) if original is None else original.keywords.copy()
        self._original = original
        self._works: dict[int, Work] = {}
        self._ids: dict[int, list[int]] = {}

    def copy(self) -> GeneratedUsers:
        """An independent copy that shares the works of the original, which must not change any more."""
        return GeneratedUsers(self)

    def add_keyword(self, word: str, counts: dict[date, int]) -> Keyword:
        self._ids.clear()
        return self.keywords.add(word, counts)

    def user(self, user_id: int) -> User | None:
        is_keyword_user = 0 <= user_id - _FIRST_KEYWORD_USER < KEYWORD_USERS
        return generated_user(user_id) if is_keyword_user or _term_of(user_id) is not None else None

    def work(self, work_id: int) -> Work | None:
        """The work with this ID, even if it is published later."""
        shared = None if self._original is None else self._original.work(work_id)
        if shared is None and work_id not in self._works and (found := self._find(work_id)):
            summary, user_id = found
            created = datetime.fromtimestamp(summary.moment, UTC).astimezone(JST)
            # Several threads may generate the same work of the original: the first result is kept.
            self._works.setdefault(
                work_id, generate_work(work_id, generated_user(user_id), generated_spec(summary), created)
            )
        return shared or self._works.get(work_id)

    def work_ids(self, user_id: int) -> list[int]:
        """The IDs of all works of a user, oldest first."""
        if (term := _term_of(user_id)) is not None:
            number = (user_id - _FIRST_DAILY_UPLOADER) % WORKS_PER_DAY
            return [id_on(day, number) for day in _days(term)]
        if user_id not in self._ids:
            self._ids[user_id] = self._ids_of_keywords(user_id - _FIRST_KEYWORD_USER)
        return self._ids[user_id]

    def _ids_of_keywords(self, first: int) -> list[int]:
        if not 0 <= first < KEYWORD_USERS:
            return []
        summaries = (
            keyword.numbered(number)
            for keyword in self.keywords.by_word.values()
            for number in range(first, keyword.total, KEYWORD_USERS)
        )
        return [summary.id for summary in sorted(summaries)]

    def _find(self, work_id: int) -> tuple[WorkSummary, int] | None:
        """The summary of a work, and the ID of its user."""
        place = place_of(work_id)
        if place is None:
            return None
        day, position = place
        if position < WORKS_PER_DAY:
            return daily_upload(day, position), daily_uploader_id(day, position)
        owner = self.keywords.owner(day, position)
        if owner is None:
            return None
        keyword, batch = owner
        number = position - batch.position
        return keyword.summary(batch, number), _FIRST_KEYWORD_USER + (batch.number + number) % KEYWORD_USERS


@lru_cache(maxsize=64)
def daily_uploads(day: date) -> tuple[WorkSummary, ...]:
    """The works that daily uploaders publish on a day, oldest first."""
    return tuple(daily_upload(day, number) for number in range(WORKS_PER_DAY))


def daily_upload(day: date, number: int) -> WorkSummary:
    moment = int(midnight(day).timestamp()) + number * (86_400 // WORKS_PER_DAY)
    return generated_summary(id_on(day, number), moment, "")


def daily_uploader_id(day: date, number: int) -> int:
    """The user who publishes the work with this number on a day: the same for ten days."""
    term = day.toordinal() // _DAYS_OF_A_USER - _FIRST_TERM
    return _FIRST_DAILY_UPLOADER + term * WORKS_PER_DAY + number


def keyword_users() -> Iterator[User]:
    """The keyword users; the daily uploaders are too many to list."""
    return (generated_user(_FIRST_KEYWORD_USER + number) for number in range(KEYWORD_USERS))


def daily_uploader_ids(day: date) -> Iterator[int]:
    """IDs of the uploaders of a day, then of those before them, and so on."""
    return (daily_uploader_id(before, number) for before in _terms_back(day) for number in range(WORKS_PER_DAY))


def _terms_back(day: date) -> Iterator[date]:
    while day >= FIRST_DAY:
        yield day
        day -= timedelta(days=_DAYS_OF_A_USER)


@lru_cache(maxsize=8192)
def generated_user(user_id: int) -> User:
    surname, given = SURNAMES[user_id % len(SURNAMES)], GIVEN_NAMES[user_id // 7 % len(GIVEN_NAMES)]
    return User(user_id, f"{surname}{given}", f"user_{user_id:08}", has_avatar=user_id % 9 != 0)


def _term_of(user_id: int) -> int | None:
    """The ten-day term of a daily uploader; None: the ID is not one of a daily uploader."""
    term = (user_id - _FIRST_DAILY_UPLOADER) // WORKS_PER_DAY
    return term if 0 <= term <= _LAST_TERM - _FIRST_TERM else None


def _days(term: int) -> list[date]:
    first = (_FIRST_TERM + term) * _DAYS_OF_A_USER
    return [date.fromordinal(first + number) for number in range(_DAYS_OF_A_USER)]

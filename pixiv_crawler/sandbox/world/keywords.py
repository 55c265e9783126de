"""Keywords: each is the tag of many generated works."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate

from ..errors import SandboxError
from .work_ids import FIRST_DAY, IDS_PER_DAY, LAST_DAY, id_on, midnight
from .work_summaries import WorkSummary, generated_summary


@dataclass(frozen=True, slots=True)
class Batch:
    """The works of one keyword on one day, whose IDs occupy consecutive positions of the day."""

    day: date
    position: int
    count: int
    number: int
    """The number of the first work within the keyword."""


@dataclass(frozen=True)
class Keyword:
    """The works that a keyword finds, numbered from the oldest; each is generated on first use."""

    word: str
    batches: tuple[Batch, ...]

    @cached_property
    def total(self) -> int:
        return sum(batch.count for batch in self.batches)

    @cached_property
    def summaries(self) -> list[WorkSummary]:
        """Oldest first."""
        return [self.summary(batch, number) for batch in self.batches for number in range(batch.count)]

    def summary(self, batch: Batch, number: int) -> WorkSummary:
        """The work with this number within the batch: spread over the day; some share a second."""
        shared = number % 5 == 4
        second = 86_399 * (number - shared) // batch.count
        moment = int(midnight(batch.day).timestamp()) + second
        return generated_summary(id_on(batch.day, batch.position + number), moment, self.word)

    def numbered(self, number: int) -> WorkSummary:
        """The work with this number within the keyword."""
        batch = self.batches[bisect_right(self._firsts, number) - 1]
        return self.summary(batch, number - batch.number)

    @cached_property
    def _firsts(self) -> list[int]:
        return [batch.number for batch in self.batches]


@dataclass
class Keywords:
    """All keywords, and which keyword each position of a day belongs to."""

    reserved: int
    """The number of positions at the start of each day that belong to no keyword."""
    by_word: dict[str, Keyword] = field(default_factory=dict)
    _taken: dict[date, int] = field(default_factory=dict)
    _owners: dict[date, list[tuple[Keyword, Batch]]] = field(default_factory=dict)

    def copy(self) -> Keywords:
        """An independent copy of the tables, which shares the keywords."""
        owners = {day: list(known) for day, known in self._owners.items()}
        return Keywords(self.reserved, dict(self.by_word), dict(self._taken), owners)

    def add(self, word: str, counts: dict[date, int]) -> Keyword:
        """Raises: SandboxError for a known keyword, a day without enough room, or a day out of range."""
        if not word or word.split() != [word] or word in self.by_word:
            raise SandboxError(f"The keyword {word!r} cannot be added: it exists already, or is not a single word.")
        for day, count in counts.items():
            room = IDS_PER_DAY - self._taken.get(day, self.reserved)
            if not FIRST_DAY <= day <= LAST_DAY or not 0 <= count <= room:
                raise SandboxError(
                    f"The keyword {word!r} cannot have {count} works on {day}: there is room for {room}."
                )
        return self._put(word, dict(sorted(counts.items())))

    def owner(self, day: date, position: int) -> tuple[Keyword, Batch] | None:
        for keyword, batch in self._owners.get(day, ()):
            if batch.position <= position < batch.position + batch.count:
                return keyword, batch
        return None

    def _put(self, word: str, counts: dict[date, int]) -> Keyword:
        keyword = Keyword(word, tuple(self._batches(counts)))
        self.by_word[word] = keyword
        for batch in keyword.batches:
            self._taken[batch.day] = batch.position + batch.count
            self._owners.setdefault(batch.day, []).append((keyword, batch))
        return keyword

    def _batches(self, counts: dict[date, int]) -> Iterator[Batch]:
        numbers = accumulate(counts.values(), initial=0)
        for (day, count), number in zip(counts.items(), numbers, strict=False):
            yield Batch(day, self._taken.get(day, self.reserved), count, number)

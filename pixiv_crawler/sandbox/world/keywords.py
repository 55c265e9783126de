"""Words with many works: each a corpus of works by the crowd, found by that word as a tag."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate

from ..errors import SandboxError
from .work_ids import FIRST_DAY, IDS_PER_DAY, LAST_DAY, id_on, midnight
from .work_summaries import Hit, crowd_hit


@dataclass(frozen=True, slots=True)
class Batch:
    """The works of one word on one day: their ids are a row of positions of that day."""

    day: date
    position: int
    count: int
    number: int
    """Of the first of them within the corpus."""


@dataclass(frozen=True)
class Corpus:
    """The works that a word finds, numbered from the oldest on; nothing of them exists before it is asked for."""

    word: str
    batches: tuple[Batch, ...]

    @cached_property
    def total(self) -> int:
        return sum(batch.count for batch in self.batches)

    @cached_property
    def hits(self) -> list[Hit]:
        """Oldest first."""
        return [self.hit(batch, number) for batch in self.batches for number in range(batch.count)]

    def hit(self, batch: Batch, number: int) -> Hit:
        """The work with this number within its batch: spread over the day, now and then two in one second."""
        shared = number % 5 == 4
        second = 86_399 * (number - shared) // batch.count
        moment = int(midnight(batch.day).timestamp()) + second
        return crowd_hit(id_on(batch.day, batch.position + number), moment, self.word)

    def numbered(self, number: int) -> Hit:
        """The work with this number within the corpus."""
        batch = self.batches[bisect_right(self._firsts, number) - 1]
        return self.hit(batch, number - batch.number)

    @cached_property
    def _firsts(self) -> list[int]:
        return [batch.number for batch in self.batches]


@dataclass
class Corpora:
    """Every word's corpus, and whose the positions of each day are."""

    reserved: int
    """Positions at the beginning of each day that belong to no word."""
    by_word: dict[str, Corpus] = field(default_factory=dict)
    _taken: dict[date, int] = field(default_factory=dict)
    _owners: dict[date, list[tuple[Corpus, Batch]]] = field(default_factory=dict)

    def copy(self) -> Corpora:
        """An independent copy of the tables; each corpus is shared."""
        owners = {day: list(known) for day, known in self._owners.items()}
        return Corpora(self.reserved, dict(self.by_word), dict(self._taken), owners)

    def add(self, word: str, counts: dict[date, int]) -> Corpus:
        """Raises: SandboxError for a word that is there already, and for a day that is full or no day of Pixiv's."""
        if not word or word.split() != [word] or word in self.by_word:
            raise SandboxError(f"The word {word!r} cannot be added: it is there already, or is not one word.")
        for day, count in counts.items():
            room = IDS_PER_DAY - self._taken.get(day, self.reserved)
            if not FIRST_DAY <= day <= LAST_DAY or not 0 <= count <= room:
                raise SandboxError(f"{word!r} cannot have {count} works on {day}; there is room for {room}.")
        return self._put(word, dict(sorted(counts.items())))

    def owner(self, day: date, position: int) -> tuple[Corpus, Batch] | None:
        for corpus, batch in self._owners.get(day, ()):
            if batch.position <= position < batch.position + batch.count:
                return corpus, batch
        return None

    def _put(self, word: str, counts: dict[date, int]) -> Corpus:
        corpus = Corpus(word, tuple(self._batches(counts)))
        self.by_word[word] = corpus
        for batch in corpus.batches:
            self._taken[batch.day] = batch.position + batch.count
            self._owners.setdefault(batch.day, []).append((corpus, batch))
        return corpus

    def _batches(self, counts: dict[date, int]) -> Iterator[Batch]:
        numbers = accumulate(counts.values(), initial=0)
        for (day, count), number in zip(counts.items(), numbers, strict=False):
            yield Batch(day, self._taken.get(day, self.reserved), count, number)

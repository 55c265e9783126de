"""Merges the new lines of a file with those of earlier exports, in little memory."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

import msgspec

K = TypeVar("K", bound=msgspec.Struct)


def merged(new: Iterable[bytes], old: Iterable[bytes], key: type[K]) -> Iterator[tuple[K, bytes]]:
    """The lines with their keys; of two with the same key, the new one. Both are in the order of their keys."""
    both = heapq.merge(_keyed(new, key), _keyed(old, key), key=itemgetter(0))
    return (next(lines) for _, lines in groupby(both, itemgetter(0)))


def _keyed(lines: Iterable[bytes], key: type[K]) -> Iterator[tuple[K, bytes]]:
    decode = msgspec.json.Decoder(key).decode
    return ((decode(line), line) for line in lines)

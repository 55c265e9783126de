"""Reads files of lines: what fits becomes an item, what does not is noted with its file, its place and the reason."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, cast, get_args

import msgspec

from pixiv_crawler.items import Item
from pixiv_crawler.outputs.jsonl import MOST_LINE_BYTES, raw_lines


class Trouble(StrEnum):
    """What can be wrong with a file or a line."""

    EMPTY_FILE = "empty_file"
    UNREADABLE_FILE = "unreadable_file"
    BROKEN_ARCHIVE = "broken_archive"
    TORN = "torn"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_JSON = "no_json"
    FOREIGN = "foreign"
    NEWER_KIND = "newer_kind"
    NEWER_FIELDS = "newer_fields"
    MISFIT = "misfit"

    @property
    def is_unreadable(self) -> bool:
        """Whether lines could not be read at all."""
        return self not in (Trouble.EMPTY_FILE, Trouble.NEWER_FIELDS)


_SENTENCES = {
    Trouble.EMPTY_FILE: "the file is empty; nothing is missing from the tables, unless it was cut",
    Trouble.UNREADABLE_FILE: "the file could not be read to its end ({detail}); sanitize that and make the tables again",
    Trouble.BROKEN_ARCHIVE: "the compressed file is broken ({detail}); what lies before is in the tables, so compress it anew",
    Trouble.TORN: "the last line is torn and left out; going on with the run under its job name mends it",
    Trouble.EMPTY: "{lines} empty and left out; if they were full once, look for a copy of the file",
    Trouble.TOO_LONG: "{lines} longer than {most} MiB and left out, as no crawl writes such; remove them",
    Trouble.NO_JSON: "{lines} no JSON and left out (first: {detail}); look for a copy of the file",
    Trouble.FOREIGN: "{lines} from another program and left out ({detail}); move them out of the run's folder",
    Trouble.NEWER_KIND: "{lines} of a kind that this version does not know and left out ({detail}); "
    "install a newer pixiv_crawler",
    Trouble.NEWER_FIELDS: "{lines} read without fields that this version does not know ({detail}); "
    "install a newer pixiv_crawler for them",
    Trouble.MISFIT: "{lines} unfit for the kind and left out (first: {detail}); see the JSON Schemas, or install the "
    "version that wrote them",
}


@dataclass(slots=True)
class Note:
    """One trouble of one file."""

    path: Path
    trouble: Trouble
    count: int = 0
    """Lines that have it; 1 for a trouble of the whole file."""
    first_line: int | None = None
    """Number of the first of them, from 1; None for a trouble of the whole file."""
    details: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """What is wrong and what to do."""
        lines = f"{self.count:,} line{' is' if self.count == 1 else 's are'}"
        where = f"{self.path}:{self.first_line}" if self.first_line else str(self.path)
        told = _SENTENCES[self.trouble]
        return f"{where}: {told.format(lines=lines, detail=', '.join(self.details), most=MOST_LINE_BYTES >> 20)}"

    def told(self) -> dict[str, Any]:
        """For the card."""
        return asdict(self) | {"path": str(self.path), "trouble": str(self.trouble)}


# A foreign file may name thousands of fields.
_MOST_DETAILS = 5
_MOST_DETAIL_CHARS = 200


class Notes:
    """What was wrong, and how many lines were read."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        """Lines that were read, by kind."""
        self._found: dict[tuple[Path, Trouble], Note] = {}

    def note(self, path: Path, trouble: Trouble, line: int | None = None, detail: str = "") -> None:
        note = self._found.setdefault((path, trouble), Note(path, trouble, first_line=line))
        note.count += 1
        detail = " ".join(detail.split())[:_MOST_DETAIL_CHARS]
        may_add = (
            trouble not in (Trouble.MISFIT, Trouble.NO_JSON) or not note.details
        )  # of these the first says enough
        if detail and may_add and detail not in note.details and len(note.details) < _MOST_DETAILS:
            note.details.append(detail)

    def __iter__(self) -> Iterator[Note]:
        return iter(self._found.values())

    @property
    def unreadable(self) -> int:
        """Lines, and files, that could not be read."""
        return sum(note.count for note in self if note.trouble.is_unreadable)


class _MisreadError(Exception):
    """A line that is left out."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail


class Reader:
    """Takes files apart into items."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._decode_head = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        classes: dict[str, type[Any]] = {one.__dataclass_fields__["kind"].default: one for one in get_args(Item)}
        self._decoders = {kind: msgspec.json.Decoder(one) for kind, one in classes.items()}
        self._fields = {kind: frozenset(one.__dataclass_fields__) for kind, one in classes.items()}

    def items(self, path: Path) -> Iterator[tuple[int, Item]]:
        """The items of a file, each with the number of its line; the rest is noted."""
        number, is_empty = 0, True
        try:
            with _opened(path) as file:
                for number, (_, raw) in enumerate(raw_lines(file), 1):
                    is_empty = False
                    if number == 1:
                        raw = raw.removeprefix(codecs.BOM_UTF8)  # editors of Windows put it there
                    if (item := self._item(path, number, raw)) is not None:
                        yield number, item
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self._notes.note(path, Trouble.BROKEN_ARCHIVE, number + 1, str(error))
        except OSError as error:
            self._notes.note(path, Trouble.UNREADABLE_FILE, number + 1, error.strerror or str(error))
        else:
            if is_empty:
                self._notes.note(path, Trouble.EMPTY_FILE)

    def _item(self, path: Path, number: int, raw: bytes) -> Item | None:
        try:
            return self._decoded(path, number, raw)
        except _MisreadError as error:
            self._notes.note(path, error.trouble, number, error.detail)
        return None

    def _decoded(self, path: Path, number: int, raw: bytes) -> Item:
        if not raw.strip():
            raise _MisreadError(Trouble.EMPTY if raw else Trouble.TOO_LONG)
        try:
            head = self._decode_head(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _unparsed(raw, error) from error
        kind = _kind(head)
        known = self._fields.get(kind)
        if known is None:
            is_ours = kind and "fetched_at" in head
            raise (
                _MisreadError(Trouble.NEWER_KIND, repr(kind))
                if is_ours
                else _MisreadError(Trouble.FOREIGN, _named(head))
            )
        try:
            item = cast("Item", self._decoders[kind].decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _MisreadError(Trouble.MISFIT, str(error)) from error
        if not known.issuperset(head):
            self._notes.note(path, Trouble.NEWER_FIELDS, number, ", ".join(sorted(set(head) - known)))
        return item


def _unparsed(raw: bytes, error: Exception) -> _MisreadError:
    """What a line is that is no JSON object."""
    if isinstance(error, msgspec.ValidationError):
        return _MisreadError(Trouble.FOREIGN, "no JSON objects")
    return _MisreadError(Trouble.NO_JSON, str(error)) if raw.endswith(b"\n") else _MisreadError(Trouble.TORN)


def _kind(head: dict[str, msgspec.Raw]) -> str:
    try:
        kind = msgspec.json.decode(head["kind"], type=str)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return kind


def _named(head: dict[str, msgspec.Raw]) -> str:
    return f"with the fields {', '.join(list(head)[:3])}" if head else "without fields"


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, unpacked when it is compressed, whatever its name says."""
    with path.open("rb") as plain:
        if plain.peek(2)[:2] != b"\x1f\x8b":
            yield plain
            return
        with gzip.open(plain) as unpacked:
            yield cast("BinaryIO", unpacked)

"""Decodes the lines of runs to items; records lines that cannot be read, with file, line number and reason."""

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, cast, get_args

import msgspec

from pixiv_crawler.items import Item
from pixiv_crawler.items.structs import struct_of
from pixiv_crawler.outputs.jsonl import BROKEN_ARCHIVE, MAX_LINE_BYTES, UNDECODABLE, open_lines, raw_lines


class Problem(StrEnum):
    """Problems of a file or a line."""

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
        """Whether content is missing from the tables."""
        return self not in (Problem.EMPTY_FILE, Problem.NEWER_FIELDS)


_SENTENCES = {
    Problem.EMPTY_FILE: "the file is empty; nothing is missing from the tables unless it was truncated",
    Problem.UNREADABLE_FILE: "the file could not be read to its end ({detail}); fix this and generate the tables again",
    Problem.BROKEN_ARCHIVE: "the compressed file is damaged ({detail}); the tables contain what precedes the damage: restore a copy of the file",
    Problem.TORN: "the last line is incomplete and was skipped; resume the run under its job name to repair it",
    Problem.EMPTY: "{lines} empty and {was} skipped; if they had content, restore a copy of the file",
    Problem.TOO_LONG: "{lines} longer than {most} MiB and {was} skipped; no crawl writes such lines: remove them",
    Problem.NO_JSON: "{lines} not valid JSON and {was} skipped (first: {detail}); restore a copy of the file",
    Problem.FOREIGN: "{lines} from another program and {was} skipped ({detail}); move them out of the run's folder",
    Problem.NEWER_KIND: "{lines} of a kind unknown to this version and {was} skipped ({detail}); "
    "install a newer pixiv_crawler",
    Problem.NEWER_FIELDS: "{lines} read without the fields unknown to this version ({detail}); "
    "install a newer pixiv_crawler to include them",
    Problem.MISFIT: "{lines} not valid for the kind and {was} skipped (first: {detail}); see the JSON Schemas, or "
    "install the version that wrote them",
}


@dataclass(slots=True)
class Note:
    """One problem of one file."""

    path: Path
    problem: Problem
    count: int = 0
    """Number of affected lines; 1 for a problem of the file itself."""
    first_line: int | None = None
    """Number of the first affected line, from 1; None for a problem of the file itself."""
    details: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """The problem, and how to solve it."""
        lines = f"{self.count:,} line{' is' if self.count == 1 else 's are'}"
        where = f"{self.path}:{self.first_line}" if self.first_line else str(self.path)
        was = "was" if self.count == 1 else "were"
        details = ", ".join(self.details)
        sentence = _SENTENCES[self.problem].format(lines=lines, was=was, detail=details, most=MAX_LINE_BYTES >> 20)
        return f"{where}: {sentence}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON, for the card."""
        return asdict(self) | {"path": str(self.path), "problem": str(self.problem)}


# A file of another program may contain thousands of field names.
_MAX_DETAILS = 5
_MAX_DETAIL_CHARS = 200


class Notes:
    """The problems that were found, and the number of lines read."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        """Number of lines read, by kind."""
        self._notes: dict[tuple[Path, Problem], Note] = {}

    def note(self, path: Path, problem: Problem, line: int | None = None, detail: str = "") -> None:
        note = self._notes.setdefault((path, problem), Note(path, problem, first_line=line))
        note.count += 1
        detail = " ".join(detail.split())[:_MAX_DETAIL_CHARS]
        # Of these problems, only the first detail is reported.
        is_enough = problem in (Problem.MISFIT, Problem.NO_JSON) and note.details
        if detail and not is_enough and detail not in note.details and len(note.details) < _MAX_DETAILS:
            note.details.append(detail)

    def __iter__(self) -> Iterator[Note]:
        return iter(self._notes.values())

    @property
    def unreadable(self) -> int:
        """Number of lines and files that could not be read."""
        return sum(note.count for note in self if note.problem.is_unreadable)


class _SkippedLineError(Exception):
    """A line that cannot be read."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail


class _Kind(msgspec.Struct):
    """What decides how a line is decoded."""

    kind: str


class Reader:
    """Decodes files to items, or to structs with their fields."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._decode_head = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        classes: dict[str, type[Any]] = {
            class_.__dataclass_fields__["kind"].default: class_ for class_ in get_args(Item)
        }
        self._decoders = {kind: msgspec.json.Decoder(class_) for kind, class_ in classes.items()}
        self._fields = {kind: frozenset(class_.__dataclass_fields__) for kind, class_ in classes.items()}
        self._decode_kind = msgspec.json.Decoder(_Kind).decode
        self._decode_known = {
            kind: msgspec.json.Decoder(struct_of(class_, forbid_unknown_fields=True)).decode
            for kind, class_ in classes.items()
        }

    def items(self, path: Path) -> Iterator[tuple[int, Item]]:
        """The items of a file with their line numbers; records everything else as notes."""
        number, is_empty = 0, True
        try:
            with open_lines(path) as file:
                for number, (_, raw) in enumerate(raw_lines(file), 1):
                    is_empty = False
                    if number == 1:
                        raw = raw.removeprefix(codecs.BOM_UTF8)  # added by Windows editors
                    if (item := self._item(path, number, raw)) is not None:
                        yield number, item
        except BROKEN_ARCHIVE as error:
            self._notes.note(path, Problem.BROKEN_ARCHIVE, number + 1, str(error))
        except OSError as error:
            self._notes.note(path, Problem.UNREADABLE_FILE, number + 1, error.strerror or str(error))
        else:
            if is_empty:
                self._notes.note(path, Problem.EMPTY_FILE)

    def _item(self, path: Path, number: int, raw: bytes) -> Item | None:
        try:
            return cast("Item", self._decode_known[self._decode_kind(raw).kind](raw))
        except (KeyError, *UNDECODABLE):
            pass
        try:
            return self._examined(path, number, raw)
        except _SkippedLineError as error:
            self._notes.note(path, error.problem, number, error.detail)
        return None

    def _examined(self, path: Path, number: int, raw: bytes) -> Item:
        if not raw.strip():
            raise _SkippedLineError(Problem.EMPTY if raw else Problem.TOO_LONG)
        try:
            head = self._decode_head(raw)
        except UNDECODABLE as error:
            raise _json_problem(raw, error) from error
        kind = _kind(head)
        fields = self._fields.get(kind)
        if fields is None:
            if kind and "fetched_at" in head:
                raise _SkippedLineError(Problem.NEWER_KIND, repr(kind))
            raise _SkippedLineError(Problem.FOREIGN, _field_names(head))
        try:
            item = cast("Item", self._decoders[kind].decode(raw))
        except UNDECODABLE as error:
            raise _SkippedLineError(Problem.MISFIT, str(error)) from error
        if not fields.issuperset(head):
            self._notes.note(path, Problem.NEWER_FIELDS, number, ", ".join(sorted(set(head) - fields)))
        return item


def _json_problem(raw: bytes, error: Exception) -> _SkippedLineError:
    """The problem of a line that is not a JSON object."""
    if isinstance(error, msgspec.ValidationError):
        return _SkippedLineError(Problem.FOREIGN, "not JSON objects")
    return _SkippedLineError(Problem.NO_JSON, str(error)) if raw.endswith(b"\n") else _SkippedLineError(Problem.TORN)


def _kind(head: dict[str, msgspec.Raw]) -> str:
    try:
        kind = msgspec.json.decode(head["kind"], type=str)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return kind


def _field_names(head: dict[str, msgspec.Raw]) -> str:
    return f"with the fields {', '.join(list(head)[:3])}" if head else "without fields"

"""Parser of templates: fields, conditions, and the path components that they produce.

The message of a ValueError continues a sentence that begins with the template.
"""

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from pixiv_crawler.layout.filenames.fields import Kind

# Each one doubles the number of variants to check.
MAX_CONDITIONS = 6
_CONDITION = re.compile(r"<([^<>?]*)\?([^<>]*)>")


@dataclass(frozen=True)
class Field:
    """A field with a format."""

    name: str
    spec: str
    kind: Kind


Token = str | Field
Part = tuple[Token, ...]


@dataclass(frozen=True)
class Condition:
    """The text for files for which a field has a value, and the text for other files."""

    name: str
    texts: Mapping[bool, list[Token]]


@dataclass(frozen=True)
class Variant:
    """The template for files for which the given fields have, or do not have, a value."""

    choice: Mapping[str, bool]
    parts: tuple[Part, ...]

    @property
    def condition(self) -> str:
        """The choice as the end of a sentence."""
        words = [f"{'with' if is_met else 'without'} {{{name}}}" for name, is_met in self.choice.items()]
        return f" for files {' and '.join(words)}" if words else ""


def parse(template: str, kinds: Mapping[str, Kind]) -> list[Variant]:
    """Every variant of a template; a template without conditions has exactly one."""
    pieces = list(_pieces(template, kinds))
    names = list(dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Condition)))
    if len(names) > MAX_CONDITIONS:
        raise ValueError(f"has conditions on {len(names)} fields: use at most {MAX_CONDITIONS}")
    choices = [dict(zip(names, met, strict=True)) for met in product((True, False), repeat=len(names))]
    return [Variant(choice, _parts(_chosen(pieces, choice))) for choice in choices]


def _pieces(template: str, kinds: Mapping[str, Kind]) -> Iterator[Token | Condition]:
    end = 0
    for found in _CONDITION.finditer(template):
        yield from _tokens(template[end : found.start()], kinds)
        text, _, other = found[2].partition("|")
        _check_known(found[1], kinds)
        yield Condition(found[1], {True: list(_tokens(text, kinds)), False: list(_tokens(other, kinds))})
        end = found.end()
    yield from _tokens(template[end:], kinds)


def _tokens(text: str, kinds: Mapping[str, Kind]) -> Iterator[Token]:
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError("has an unmatched brace: write {{ or }} for a literal brace") from None
    for literal, name, spec, conversion in pieces:
        if {"<", ">"} & set(literal):
            raise ValueError(
                "has a < or > that is not part of a condition, or a nested condition: write <FIELD?TEXT|OTHER> without "
                "conditions in TEXT and OTHER"
            )
        if literal:
            yield literal
        if name is not None:
            yield _field(name, spec or "", conversion, kinds)


def _field(name: str, spec: str, conversion: str | None, kinds: Mapping[str, Kind]) -> Field:
    _check_known(name, kinds)
    if conversion or not re.fullmatch(kinds[name].formats, spec):
        wrong = f"!{conversion}" if conversion else f":{spec}"
        raise ValueError(
            f"has the format {wrong}, which {{{name}}} does not support: use formats such as {{page:03}} or "
            "{create_date:%Y-%m}"
        )
    return Field(name, spec, kinds[name])


def _check_known(name: str, kinds: Mapping[str, Kind]) -> None:
    if name not in kinds:
        raise ValueError(f"has the unknown field {{{name}}}: the fields are {', '.join(kinds)}")


def _chosen(pieces: Iterable[Token | Condition], choice: Mapping[str, bool]) -> Iterator[Token]:
    for piece in pieces:
        if isinstance(piece, Condition):
            yield from piece.texts[choice[piece.name]]
        else:
            yield piece


def _parts(tokens: Iterable[Token]) -> tuple[Part, ...]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        first, *others = [token] if isinstance(token, Field) else token.split("/")
        parts[-1] += [first] * bool(first)
        parts += [[other] * bool(other) for other in others]
    return tuple(map(tuple, parts))

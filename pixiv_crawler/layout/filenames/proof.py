"""Why no two files share a path: work and page can be read back from every path, whatever titles hold.

A template has a variant for each way its conditions can turn out, and each variant a fixed number of parts, for no
value holds a "/". Within its part, work or `page` is the n-th run of digits, counted from one end, if
  - between that end and the field stand only literals without digits, number fields, and at the very end `ext`, and
  - a literal that is no digit keeps each of these numbers, and the field itself, from its neighbours.
Nothing moves that run: not what titles hold or how far they are cut, not what is mended at the ends of a part, not
letter case and not Unicode normalisation, neither of which makes a digit of what is none here. `name` begins with work
and page and has any number of runs, so it is counted from the left only. Extensions are letters; the digit of the one
that is not, `.mp4`, is left out of the count at the end of a part, and a number that would make this end gets a "_".

Variants with different numbers of parts have different paths. Those with the same number must have the work in the
same place by the same count, and so the page. A variant for first pages alone needs no `page`, if there are fewer runs
in that place than the count of the others asks for, or no others. So equal paths have the same work and page, and that
holds even when a title, a rank or another condition of the work has changed in between. Last comes the extension: files
of one page that differ in it differ there. Templates that do not allow this are refused.

A ValueError here says what is wrong with a template, as the rest of a sentence that begins with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pixiv_crawler.layout.filenames.fields import Kind
from pixiv_crawler.layout.filenames.language import Field, Part, Token, Variant
from pixiv_crawler.layout.safe_names import folded

# From one end of a part: what can be counted, as `_shape` writes it. A name begins with what is counted.
_FROM_LEFT = re.compile(r"\.*(?:[inp]\.+)*(?:[inpf](?=\.|\Z))?")
_FROM_RIGHT = re.compile(r"\.*(?:[inp]\.+)*(?:[inp](?=\.|\Z))?")


class _Place(NamedTuple):
    """Where a number can be read: it is the n-th run of digits of a part, from one of its ends."""

    part: int
    is_from_left: bool
    nth: int
    is_name: bool
    """Whether the run begins a name, of which more can be read."""


def check_unique(variants: Sequence[Variant], kinds: Mapping[str, Kind]) -> None:
    """Refuses a template of which not every path tells its work, its page and its extension.

    Raises:
        ValueError: it is one.
    """
    by_length: dict[int, list[Variant]] = defaultdict(list)
    for variant in variants:
        _check_fields(variant, kinds)
        _check_end(variant, kinds)
        by_length[len(variant.parts)].append(variant)
    for group in by_length.values():
        for name, kind in kinds.items():
            if kind.shape == "i" or (kind.shape == "p" and not all(map(_is_for_first_pages, group))):
                _check_readable(name, group, kinds)


def ends_in_number(part: Part) -> bool:
    """Whether a number is the end of the part, or all that is before its extension."""
    return _shape(part)[-1:] in {"i", "p", "n"}


def _check_fields(variant: Variant, kinds: Mapping[str, Kind]) -> None:
    used = {token.kind.shape for part in variant.parts for token in part if isinstance(token, Field)}
    needed = {"i", "e"} if _is_for_first_pages(variant) else {"i", "p", "e"}
    for name, kind in kinds.items():
        if kind.shape in needed and not used & {kind.shape, "f"}:
            raise ValueError(
                f"lacks {{{name}}}{variant.condition}, or two files could share a path; add it"
                f"{_or_name(kinds).rstrip(',')}"
            )


def _check_end(variant: Variant, kinds: Mapping[str, Kind]) -> None:
    last = variant.parts[-1][-1]
    if not (isinstance(last, Field) and last.kind.shape in {"e", "f"}):
        raise ValueError(
            f"lets two files share a path{variant.condition}, for it does not end with {{ext}}; put it"
            f"{_or_name(kinds)} there"
        )


def _check_readable(name: str, group: Sequence[Variant], kinds: Mapping[str, Kind]) -> None:
    letter = kinds[name].shape
    places = {place for variant in group for place in _places(variant, letter)}
    if any(all(_can_read(variant, place, letter) for variant in group) for place in places):
        return
    unread = [v for v in group if not (set(_places(v, letter)) or (letter == "p" and _is_for_first_pages(v)))]
    if unread:
        raise ValueError(
            f"lets two files share a path{unread[0].condition}, for {{{name}}} cannot be told from what is around it; "
            f"put it{_or_name(kinds)} first in its part with no digit but a sign such as _ behind it"
        )
    raise ValueError(
        f"lets two files share a path, for {{{name}}} is not in one place whether conditions hold or not; put what "
        "they add behind it, or into a folder of its own"
    )


def _is_for_first_pages(variant: Variant) -> bool:
    """A page beyond the first has a value itself, and is one of several."""
    return not all(variant.choice.get(name, True) for name in ("page", "page_count"))


def _can_read(variant: Variant, place: _Place, letter: str) -> bool:
    """Whether what is at that place is the wanted number, or nothing when the number is a page and is 0."""
    if place in _places(variant, letter):
        return True
    shape = _shape(variant.parts[place.part])
    most_runs = place.nth if place.is_name else place.nth - 1
    is_silent = not {"t", "f"} & set(shape) and len(shape) - shape.count(".") <= most_runs
    return letter == "p" and _is_for_first_pages(variant) and is_silent


def _places(variant: Variant, letter: str) -> Iterator[_Place]:
    """Where the field of that letter, or a name, can be found by counting."""
    for index, part in enumerate(variant.parts):
        shape = _shape(part)
        for is_from_left, pattern, counted in ((True, _FROM_LEFT, shape), (False, _FROM_RIGHT, shape[::-1])):
            found = pattern.match(counted)
            assert found
            for nth, one in enumerate(found[0].replace(".", ""), 1):
                if one in {letter, "f"}:
                    # Of a name the work is a run like any other.
                    yield _Place(index, is_from_left, nth, is_name=one == "f" and letter == "p")


def _shape(part: Part) -> str:
    """The part in letters: those of its fields' kinds, "t" for a digit, "." for each other character."""
    *others, last = part or ("",)
    # Anywhere else an extension is as any text.
    is_ext = isinstance(last, Field) and last.kind.shape == "e"
    return "".join(map(_token_shape, others if is_ext else part)).replace("e", "t")


def _token_shape(token: Token) -> str:
    if isinstance(token, Field):
        return token.kind.shape
    return "".join("t" if set("0123456789") & set(folded(char)) else "." for char in token)


def _or_name(kinds: Mapping[str, Kind]) -> str:
    return ", or {name}," if "name" in kinds else ""

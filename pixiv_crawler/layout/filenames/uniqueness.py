"""Checks that no two files share a path: work and page can be read back from every path, whatever titles contain.

A template has one variant for each combination of its conditions, and each variant has a fixed number of components,
because no value contains a "/". Within its component, work or page is the n-th run of digits, counted from one end, if
  - only literals without digits, number fields and, at the very end, `ext` are between that end and the field, and
  - a literal that is not a digit separates each of these numbers, and the field itself, from its neighbours.
Nothing changes the position of that run: neither the content nor the truncation of titles, nor the sanitizing of the
ends of a component, nor case folding and Unicode normalisation, which never create digits here. `name` begins with
work and page and contains any number of runs, so it is counted only from the left. Extensions consist of letters; the
digit of the only exception, `.mp4`, is not counted at the end of a component, and a number that would produce this
ending gets a "_".

Variants with different numbers of components have different paths. Variants with the same number must have the work at
the same position, and likewise the page. A variant for first pages needs no page if that position contains fewer runs
than the other variants require, or if there are no other variants. Equal paths therefore have the same work and page,
even if a title, a rank or another condition of the work has changed in the meantime; pages are therefore counted either
from 0 or from 1 in all variants. The extension comes last, so
files of one page with different extensions have different paths. All other templates are rejected.

The message of a ValueError continues a sentence that begins with the template.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pixiv_crawler.layout.filenames.fields import Kind
from pixiv_crawler.layout.filenames.syntax import Field, Part, Token, Variant
from pixiv_crawler.layout.safe_names import folded

# The countable beginning of a component, in the letters of `_shape`. A name begins with a countable run.
_FROM_LEFT = re.compile(r"\.*(?:[inp]\.+)*(?:[inpf](?=\.|\Z))?")
_FROM_RIGHT = re.compile(r"\.*(?:[inp]\.+)*(?:[inp](?=\.|\Z))?")


class _Place(NamedTuple):
    """The position of a number: the n-th run of digits of a component, counted from one of its ends."""

    part: int
    is_from_left: bool
    nth: int
    is_name: bool
    """Whether the run begins a name, which contains further numbers."""


def check_unique(variants: Sequence[Variant], kinds: Mapping[str, Kind]) -> None:
    """Checks that every path identifies its work, its page and its extension.

    Raises:
        ValueError: a path does not.
    """
    by_length: dict[int, list[Variant]] = defaultdict(list)
    _check_counting(variants)
    for variant in variants:
        _check_fields(variant, kinds)
        _check_end(variant, kinds)
        by_length[len(variant.parts)].append(variant)
    for group in by_length.values():
        for name, kind in kinds.items():
            if kind.shape == "i" or (kind.shape == "p" and not all(map(_is_for_first_pages, group))):
                _check_readable(name, group, kinds)


def ends_in_number(part: Part) -> bool:
    """Whether the component ends in a number, not counting its extension."""
    return _shape(part)[-1:] in {"i", "p", "n"}


def _check_counting(variants: Sequence[Variant]) -> None:
    fields = {token for variant in variants for part in variant.parts for token in part if isinstance(token, Field)}
    if len({field.name.startswith("page1") for field in fields if field.kind.shape == "p"}) > 1:
        raise ValueError(
            "counts pages from 0 and from 1, so two files could share a path: use only {page} or only {page1}"
        )


def _check_fields(variant: Variant, kinds: Mapping[str, Kind]) -> None:
    used = {token.kind.shape for part in variant.parts for token in part if isinstance(token, Field)}
    needed = {"i", "e"} if _is_for_first_pages(variant) else {"i", "p", "e"}
    for name, kind in kinds.items():
        if kind.shape in needed and not used & {kind.shape, "f"}:
            raise ValueError(
                f"lacks {{{name}}}{variant.condition}, so two files could share a path: add it"
                f"{_or_name(kinds).rstrip(',')}"
            )


def _check_end(variant: Variant, kinds: Mapping[str, Kind]) -> None:
    last = variant.parts[-1][-1]
    if not (isinstance(last, Field) and last.kind.shape in {"e", "f"}):
        raise ValueError(
            f"lets two files share a path{variant.condition}, because it does not end with {{ext}}: put it"
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
            f"lets two files share a path{unread[0].condition}, because {{{name}}} cannot be distinguished from its "
            f"neighbours: put it{_or_name(kinds)} first in its path component, followed by a separator such as _"
        )
    raise ValueError(
        f"lets two files share a path, because the position of {{{name}}} depends on a condition: put the text of the "
        "condition after it, or into a separate folder"
    )


def _is_for_first_pages(variant: Variant) -> bool:
    """A page after the first one has a value for both `page` and `page_count`."""
    return not all(variant.choice.get(name, True) for name in ("page", "page_count"))


def _can_read(variant: Variant, place: _Place, letter: str) -> bool:
    """Whether the number is at that position, or the position is empty and the number is the page 0."""
    if place in _places(variant, letter):
        return True
    shape = _shape(variant.parts[place.part])
    most_runs = place.nth if place.is_name else place.nth - 1
    is_silent = not {"t", "f"} & set(shape) and len(shape) - shape.count(".") <= most_runs
    return letter == "p" and _is_for_first_pages(variant) and is_silent


def _places(variant: Variant, letter: str) -> Iterator[_Place]:
    """The positions at which the field of that letter, or a name, can be found by counting."""
    for index, part in enumerate(variant.parts):
        shape = _shape(part)
        for is_from_left, pattern, counted in ((True, _FROM_LEFT, shape), (False, _FROM_RIGHT, shape[::-1])):
            found = pattern.match(counted)
            assert found
            for nth, one in enumerate(found[0].replace(".", ""), 1):
                if one in {letter, "f"}:
                    # In a name, the work is an ordinary run.
                    yield _Place(index, is_from_left, nth, is_name=one == "f" and letter == "p")


def _shape(part: Part) -> str:
    """The component in letters: those of its fields' kinds, "t" for a digit, "." for any other character."""
    *others, last = part or ("",)
    # Elsewhere, an extension is ordinary text.
    is_ext = isinstance(last, Field) and last.kind.shape == "e"
    return "".join(map(_token_shape, others if is_ext else part)).replace("e", "t")


def _token_shape(token: Token) -> str:
    if isinstance(token, Field):
        return token.kind.shape
    return "".join("t" if set("0123456789") & set(folded(char)) else "." for char in token)


def _or_name(kinds: Mapping[str, Kind]) -> str:
    return ", or {name}," if "name" in kinds else ""

"""The text of a novel, with Pixiv's markup for pages, chapters, images, jumps and ruby."""

import re
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from .vocabulary import CHAPTERS, LINK, RUBIES, SENTENCES
from .works import Work

NEW_PAGE = "[newpage]"

_WORK_MARK = re.compile(r"\[pixivimage:([^\[\]]+?)(?:-([0-9]+))?\]")
_UPLOADED_MARK = re.compile(r"\[uploadedimage:([0-9])\]")


class EmbeddedWork(NamedTuple):
    """A page of an illust that is embedded in a text."""

    work: Work
    page: int
    """Starts at 1, as in the markup."""
    key: str
    """How the markup names it: `ID` or `ID-N`."""


def embedded_works(works: list[Work]) -> list[EmbeddedWork]:
    """The user's oldest work, and page 2 of the oldest with several pages: later works do not change the result."""
    shown = [work for work in reversed(works) if not work.spec.limit and not work.delays]
    several = [work for work in shown if work.page_count > 1]
    first = [EmbeddedWork(work, 1, str(work.id)) for work in shown[:1]]
    return first + [EmbeddedWork(work, 2, f"{work.id}-2") for work in several[:1]]


def generate_text(rng: Random, works: list[EmbeddedWork], image_ids: tuple[int, ...]) -> str:
    """One to three pages; images are at the end of the first."""
    pages = [_page(rng, number) for number in range(rng.randrange(1, 4))]
    marks = [f"[pixivimage:{embedded.key}]" for embedded in works] + [
        f"[uploadedimage:{number}]" for number in image_ids
    ]
    pages[0] = "\n".join([pages[0], *marks])
    return f"\n{NEW_PAGE}\n".join(pages)


class FilledText(NamedTuple):
    text: str
    works: tuple[EmbeddedWork, ...]
    image_ids: tuple[int, ...]


def filled_text(text: str, works: list[Work], novel_id: int) -> FilledText:
    """Replaces placeholders in the markup with IDs: a title with that of the work, a digit with that of the uploaded image."""
    ids = {work.title: str(work.id) for work in works}
    digits = sorted({int(mark[1]) for mark in _UPLOADED_MARK.finditer(text)})
    text = _UPLOADED_MARK.sub(lambda mark: f"[uploadedimage:{uploaded_image_id(novel_id, int(mark[1]))}]", text)
    text = _WORK_MARK.sub(lambda mark: f"[pixivimage:{_key(ids.get(mark[1], mark[1]), mark[2])}]", text)
    image_ids = tuple(uploaded_image_id(novel_id, digit) for digit in digits)
    return FilledText(text, tuple(_added_works(text, works)), image_ids)


def uploaded_image_id(novel_id: int, digit: int) -> int:
    return novel_id * 10 + digit


def _added_works(text: str, works: list[Work]) -> Iterator[EmbeddedWork]:
    """The works that exist, once each."""
    known = {str(work.id): work for work in works if not work.spec.limit}
    marks = {(mark[1], mark[2]): None for mark in _WORK_MARK.finditer(text)}
    for work_id, page in marks:
        work = known.get(work_id)
        if work is not None and 1 <= int(page or 1) <= work.page_count:
            yield EmbeddedWork(work, int(page or 1), _key(work_id, page))


def _key(work_id: str, page: str | None) -> str:
    return f"{work_id}-{page}" if page else work_id


def _page(rng: Random, number: int) -> str:
    paragraphs = ["　" + "".join(rng.choices(SENTENCES, k=rng.randrange(2, 6))) for _ in range(rng.randrange(2, 5))]
    paragraphs.insert(1, rng.choice((*RUBIES, LINK)) + rng.choice(SENTENCES))
    if rng.random() < 0.5:
        paragraphs.insert(0, f"[chapter:{rng.choice(CHAPTERS)}]")
    if number:
        paragraphs.append("[jump:1]")
    return "\n\n".join(paragraphs)

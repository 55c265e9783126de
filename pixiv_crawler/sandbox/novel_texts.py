"""The text of a novel, with the marks that Pixiv's writers have for pages, chapters, images, jumps and rubies."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from .novel_words import CHAPTERS, LINK, RUBIES, SENTENCES
from .works import Work

NEW_PAGE = "[newpage]"


class EmbeddedWork(NamedTuple):
    """A page of an illust that a text shows."""

    work: Work
    page: int
    """From 1, as the mark counts."""
    key: str
    """How the mark names it: `ID` or `ID-N`."""


def embedded_works(works: list[Work]) -> list[EmbeddedWork]:
    """The user's oldest work, and the second page of the oldest that has one: later works change nothing."""
    shown = [work for work in reversed(works) if not work.sketch.limit and not work.delays]
    several = [work for work in shown if work.page_count > 1]
    first = [EmbeddedWork(work, 1, str(work.id)) for work in shown[:1]]
    return first + [EmbeddedWork(work, 2, f"{work.id}-2") for work in several[:1]]


def draw_text(rng: Random, works: list[EmbeddedWork], image_ids: tuple[int, ...]) -> str:
    """One to three pages; images stand at the end of the first."""
    pages = [_page(rng, number) for number in range(rng.randrange(1, 4))]
    marks = [f"[pixivimage:{embedded.key}]" for embedded in works] + [
        f"[uploadedimage:{number}]" for number in image_ids
    ]
    pages[0] = "\n".join([pages[0], *marks])
    return f"\n{NEW_PAGE}\n".join(pages)


def _page(rng: Random, number: int) -> str:
    paragraphs = ["　" + "".join(rng.choices(SENTENCES, k=rng.randrange(2, 6))) for _ in range(rng.randrange(2, 5))]
    paragraphs.insert(1, rng.choice((*RUBIES, LINK)) + rng.choice(SENTENCES))
    if rng.random() < 0.5:
        paragraphs.insert(0, f"[chapter:{rng.choice(CHAPTERS)}]")
    if number:
        paragraphs.append("[jump:1]")
    return "\n\n".join(paragraphs)

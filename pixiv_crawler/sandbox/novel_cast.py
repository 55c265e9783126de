"""The novels that the users of every simulated Pixiv have written, oldest first."""

from __future__ import annotations

from collections.abc import Iterator

from .novel_sketches import NovelSeries, NovelSketch
from .novel_words import HOSTILE_TEXT
from .words import HOSTILE_TITLES

RAILWAY = NovelSeries(900011, "海辺の鉄道 ～夏～", "夏の話です。\nゆっくり続きます。")
LETTERS = NovelSeries(900012, "宛名のない手紙", is_concluded=True)
LIGHTHOUSE = NovelSeries(900013, "灯台守の手記", "毎週一話。")


def rich_novels() -> Iterator[NovelSketch]:
    """17 novels of every kind."""
    for number in range(1, 6):
        comments, replies = (2, 33) if number == 1 else (None, 0)
        yield NovelSketch(f"第{number}話", series=RAILWAY, comments=comments, replies=replies)
    yield from _odd_novels()
    for title in ("序", "中", "終"):
        yield NovelSketch(title, series=LETTERS)


def _odd_novels() -> Iterator[NovelSketch]:
    """9 novels at the edges of single fields."""
    yield NovelSketch(caption="", tags=(), has_cover=False, comments=0)
    yield NovelSketch(x_restrict=1, tags=("R-18", "短編"))
    yield NovelSketch(x_restrict=2, tags=("R-18G", "短編"))
    yield NovelSketch(ai_type=2)
    yield NovelSketch("絵のある話", embeds="resolved", comments=45)
    yield NovelSketch("絵が名前だけの話", embeds="unresolved")
    yield NovelSketch(HOSTILE_TITLES[0], text=HOSTILE_TEXT)
    yield NovelSketch(HOSTILE_TITLES[2], text="一文。")
    yield NovelSketch(HOSTILE_TITLES[5], caption=HOSTILE_TITLES[13], text="[newpage]\n" * 3)


def novelist_novels() -> Iterator[NovelSketch]:
    """65 novels, of which Pixiv withholds one; 35 are a series, longer than one listing."""
    for number in range(1, 36):
        yield NovelSketch(f"手記 {number}", series=LIGHTHOUSE)
    yield NovelSketch(limit="mypixiv")
    for _ in range(29):
        yield NovelSketch()

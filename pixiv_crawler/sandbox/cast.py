"""The users that every simulated Pixiv starts with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from .comments_cast import READERS
from .novel_cast import novelist_novels, rich_novels
from .novel_sketches import NovelSketch
from .odd_cast import odd_user
from .users import Series, Sketch, Standing, User
from .words import HOSTILE_TITLES

ACCOUNT = User(1001, "サンドボックスの人", "sandbox_account", has_avatar=False)
"""The user whom every token belongs to."""


def users() -> Iterator[User]:
    yield ACCOUNT
    yield User(
        2188232,
        "凪沢ミナト🌊/工房",
        "nagisawa_minato",
        tuple(_rich_sketches()),
        comment="絵を描いています。\r\nお仕事の依頼は https://example.com/nagisawa まで。",
        background="jpg",
        novels=tuple(rich_novels()),
    )
    yield User(1002, "limited", "limited_1002", tuple(_limited_sketches()))
    yield User(1003, "まだ何もない", "empty_1003", has_avatar=False)
    yield User(1004, "gone", "gone_1004", standing=Standing.GONE)
    yield User(1005, "suspended", "suspended_1005", (Sketch(),) * 5, standing=Standing.SUSPENDED)
    yield User(1006, "多作な人", "prolific_1006", (Sketch(),) * 3000)
    yield User(1007, "重い絵の人", "heavy_1007", (Sketch(file_bytes=50_000),) * 1000)
    yield User(1008, "ふつうの人", "ordinary_1008", (Sketch(),) * 35, novels=(NovelSketch(),) * 4)
    yield User(1010, "物書きの人", "novelist_1010", novels=tuple(novelist_novels()))
    yield from READERS
    yield User(1020, "連載の人", "serial_1020", tuple(_serial_sketches()), background="png")
    yield odd_user()


def _rich_sketches() -> Iterator[Sketch]:
    """74 works of every kind, and two withdrawn ones that make the first and the second listing short."""
    yield from _odd_illusts()
    yield from _manga()
    yield from _hostile_illusts()
    yield Sketch(withdrawn=True)
    yield from _ugoira()
    yield from _multi_page_illusts()
    yield Sketch(withdrawn=True)
    yield from _plain_illusts(22)


def _odd_illusts() -> Iterator[Sketch]:
    """8 works at the edges of single fields."""
    yield Sketch(caption="", tags=(), comments=0)
    yield Sketch(tags=tuple(f"タグ{number}" for number in range(10)), extensions=("png",))
    yield Sketch(caption="一行目<br />二行目<br /><a href='/jump.php?https%3A%2F%2Fexample.com%2F'>外へ</a>")
    yield Sketch(x_restrict=1, tags=("R-18", "オリジナル"))
    yield Sketch(x_restrict=2, tags=("R-18G", "オリジナル"), extensions=("png",))
    yield Sketch(x_restrict=1, tags=("R-18",), type="manga", extensions=("jpg", "jpg"))
    yield Sketch(extensions=("gif",), tags=("landscape", "造語タグ"), comments=3, replies=40)
    yield Sketch(title="A", extensions=("gif",), comments=75)


def _manga() -> Iterator[Sketch]:
    """12 manga: a series of 6, 5 on their own, one of 40 pages."""
    series = Series(300017, "灯台守の日記 ～第1部～")
    for number in range(1, 7):
        yield Sketch("manga", _extensions(number + 1), title=f"灯台守の日記 第{number}話", series=series)
    for pages in (1, 3, 4, 8, 12):
        yield Sketch("manga", _extensions(pages), tags=("創作漫画", "猫"))
    yield Sketch("manga", _extensions(40), title="総集編（40ページ）")


def _serial_sketches() -> Iterator[Sketch]:
    """Two series, 65 and 3 instalments long, and a work between them that belongs to none."""
    long, short = Series(300020, "駅前商店街だより"), Series(300021, "おまけ")
    for number in range(1, 66):
        yield Sketch("manga", _extensions(number % 4 + 1), title=f"駅前商店街だより その{number}", series=long)
    yield Sketch(title="お休みのお知らせ")
    for number in range(1, 4):
        yield Sketch(extensions=_extensions(2), title=f"おまけ{number}", series=short)


def _hostile_illusts() -> Iterator[Sketch]:
    """15 works whose titles are no file names."""
    for title, extension in zip(HOSTILE_TITLES, cycle(("jpg", "png", "jpg")), strict=False):
        yield Sketch(title=title, extensions=(extension,))


def _ugoira() -> Iterator[Sketch]:
    """4 animations."""
    for extension in ("jpg", "png", "jpg", "gif"):
        yield Sketch("ugoira", (extension,), tags=("うごイラ", "オリジナル"))


def _multi_page_illusts() -> Iterator[Sketch]:
    """13 illusts of several pages; two of them made by AI."""
    for pages in (2, 2, 3, 3, 4, 5, 6, 7, 2, 3, 4):
        yield Sketch(extensions=_extensions(pages))
    for pages in (2, 3):
        yield Sketch(extensions=_extensions(pages), ai_type=2)


def _plain_illusts(count: int) -> Iterator[Sketch]:
    for extension in islice(cycle(("jpg", "png", "jpg")), count):
        yield Sketch(extensions=(extension,))


def _extensions(pages: int) -> tuple[str, ...]:
    """Types of the pages of one work: mostly JPEG, with others among them."""
    return tuple(islice(cycle(("jpg", "png", "jpg", "jpg", "gif")), pages))


def _limited_sketches() -> Iterator[Sketch]:
    """12 works, of which Pixiv withholds four."""
    limits = {2: "sanity_level", 4: "mypixiv", 7: "sanity_level", 9: "unknown"}
    for number in range(12):
        yield Sketch(limit=limits.get(number))

"""User 1030, whose files and texts are odd: what a program that converts them, or binds them to books, must get right.

Ugoira:
  70910023 コマの大きさが半端: 601x401; 12 frames, of which by their names the 11th comes before the 3rd
  72140023 一コマだけ: one frame; png
  74320023 間隔がまちまち: delays from 5 to 2000 ms; gif
  74920023 大きなZIPがない: only the 600x600 zip is there; 8 frames of 99x51; png

Originals:
  76640023 動くGIF: an animated gif
  78530023 印刷用のCMYK: a jpg in four colours
  79970023 16ビットのPNG: one channel of 16 bits
  81240023 JPGという名のPNG: a png whose address ends in .jpg
  82760023 種類の違うページ: a jpg, a png and a gif in one manga
  83770023 二百枚: a manga of 200 tiny pages

Large and square flavours that are WEBP, though their addresses end in .jpg:
  86640023 WEBPの縮小版: one page
  87390023 WEBPの縮小版（3枚）: three pages, png and jpg

Novels of series 900014, with chapters, rubies, links, jumps, pages and pictures of all kinds:
  8127003 挿絵のある話 1: uploaded images, one of them twice; page 2 of a work
  9174003 挿絵のある話 2: a page before the first chapter, two chapters on one page, an empty page
  10080003 挿絵のある話 3: nothing but pictures, among them a ugoira
  11260003 挿絵のある話 4: no picture

Novels of series 900015:
  12161003 伏せた話 1: as any other
  13341003 伏せた話 2: withheld
  14213003 伏せた話 3: as any other

On its own:
  15177003 消えた挿絵: names a work, a page and an image that are not there; it has no cover
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .novel_sketches import Embeds, NovelSeries, NovelSketch
from .users import Sketch, User

_TAGS = ("見本",)
_UNEVEN_DELAYS = (16, 2000, 33, 5, 1000, 100, 41)
_ILLUSTRATED = NovelSeries(900014, "挿絵のある連載", "挿絵つきの連載です。\n全四話。", is_concluded=True)
_INTERRUPTED = NovelSeries(900015, "一話だけ伏せた連載")

_FIRST_TEXT = """[chapter:港の朝]
　[[rb:波止場 > はとば]]に、まだ誰もいない。[[rb:硝子>がらす]]の浮きが光る。

[uploadedimage:1]

　地図は[[jumpuri:作者の部屋 > https://example.com/atelier?a=1&b=2]]にある。
[newpage]
[chapter:昼の[[rb:汽笛 > きてき]]]
　船が出る。

[pixivimage:種類の違うページ-2]

　続きは[jump:3]、はじめからは[jump:1]。
[newpage]
　夜。 <b>太字ではない</b> &amp; "引用" 'も'。

[uploadedimage:2]
[uploadedimage:1]"""
_SECOND_TEXT = """　章のないページから始まる。

[pixivimage:JPGという名のPNG]
[newpage]
[chapter:二]
[chapter:三]
　[[rb:章>しょう]]が続けて二つ。
[newpage]

[newpage]
[pixivimage:動くGIF]
　空のページのあと。"""
_THIRD_TEXT = """[chapter:絵だけの話]
[pixivimage:種類の違うページ-1]
[pixivimage:種類の違うページ-3]
[pixivimage:種類の違うページ]
[pixivimage:WEBPの縮小版]
[pixivimage:一コマだけ]
[uploadedimage:0]"""
_LAST_TEXT = "[chapter:終わり]\n　[[jumpuri:最初の話 > https://www.pixiv.net/novel/series/900014]]へ。\n\n　おわり。"
_MISSING_TEXT = """　絵が消えている。
[pixivimage:1]
[pixivimage:動くGIF-9]
[uploadedimage:99999999]
[pixivimage:動くGIF]
[jump:9]"""


def odd_user() -> User:
    sketches = (*_ugoira(), *_originals(), *_webp())
    return User(
        1030,
        "変わったファイルの人",
        "odd_1030",
        # What is drawn for other works would only blur what these are for.
        tuple(replace(sketch, caption="", tags=_TAGS, scale=1) for sketch in sketches),
        background="gif",
        novels=tuple(_novels()),
    )


def _ugoira() -> Iterator[Sketch]:
    yield Sketch("ugoira", title="コマの大きさが半端", size=(601, 401), delays=tuple(range(50, 170, 10)))
    yield Sketch("ugoira", ("png",), title="一コマだけ", size=(120, 80), delays=(120,))
    yield Sketch("ugoira", ("gif",), title="間隔がまちまち", size=(100, 70), delays=_UNEVEN_DELAYS)
    yield Sketch("ugoira", ("png",), title="大きなZIPがない", size=(99, 51), has_large_zip=False)


def _originals() -> Iterator[Sketch]:
    yield Sketch(extensions=("gif",), title="動くGIF", size=(90, 60), content="animated")
    yield Sketch(title="印刷用のCMYK", size=(90, 60), content="cmyk")
    yield Sketch(extensions=("png",), title="16ビットのPNG", size=(90, 60), content="deep")
    yield Sketch(title="JPGという名のPNG", size=(90, 60), content="png")
    yield Sketch("manga", ("jpg", "png", "gif"), title="種類の違うページ", size=(60, 90))
    yield Sketch("manga", ("jpg",) * 200, title="二百枚", size=(16, 24))


def _webp() -> Iterator[Sketch]:
    yield Sketch(title="WEBPの縮小版", size=(90, 60), is_webp=True)
    yield Sketch(extensions=("png", "jpg", "jpg"), title="WEBPの縮小版（3枚）", size=(90, 60), is_webp=True)


def _novels() -> Iterator[NovelSketch]:
    for number, text in enumerate((_FIRST_TEXT, _SECOND_TEXT, _THIRD_TEXT, _LAST_TEXT), start=1):
        embeds: Embeds = "resolved" if "image:" in text else ""
        yield NovelSketch(f"挿絵のある話 {number}", tags=_TAGS, text=text, embeds=embeds, series=_ILLUSTRATED)
    for number in (1, 2, 3):
        limit = "mypixiv" if number == 2 else None
        yield NovelSketch(f"伏せた話 {number}", tags=_TAGS, series=_INTERRUPTED, limit=limit)
    yield NovelSketch("消えた挿絵", tags=_TAGS, text=_MISSING_TEXT, embeds="resolved", has_cover=False)

"""The words that works of the simulated Pixiv are made of; all of it is invented."""

from __future__ import annotations

from collections.abc import Mapping

PLACES = ("灯台", "路地裏", "温室", "図書館", "屋上", "海辺の駅", "観測所", "硝子工房", "水門", "竹林")
MOODS = ("夕暮れの", "雨上がりの", "眠れない夜の", "忘れられた", "はじまりの", "冬の", "静かな", "うつろう")
TOOLS = ("Photoshop", "SAI", "CLIP STUDIO PAINT", "Procreate", "Blender", "水彩", "鉛筆")
CAPTIONS = (
    "",
    "久しぶりの更新です。",
    "ラフから三日かかりました。<br />楽しんでもらえたら嬉しいです！",
    'くわしくは<a href="https://example.com/atelier?a=1&amp;b=2" target="_blank">こちら</a>',
    "<strong>新刊</strong>の表紙です。<br /><br />A &amp; B &lt;3",
)

# Halves of the names of the crowd.
SURNAMES = ("星見", "花房", "水無瀬", "鹿野", "朝比奈", "白峰", "海老沼", "灯野", "竹生", "雪平", "音羽")
GIVEN_NAMES = ("ひかり", "レン", "つむぎ", "カナタ", "しずく", "トウマ", "みなも")

# Tag -> what Pixiv adds to it for a Japanese and for an English reader.
TAGS: Mapping[str, tuple[str | None, str | None]] = {
    "オリジナル": (None, "original"),
    "風景": (None, "scenery"),
    "女の子": (None, "girl"),
    "猫": (None, "cat"),
    "うごイラ": (None, "animated"),
    "夜空": (None, "night sky"),
    "創作漫画": (None, None),
    "R-18": (None, None),
    "R-18G": (None, None),
    "landscape": ("風景", None),
    "ふつくしい": (None, "beautiful"),
    "なにこれすごい": (None, "wow"),
    "オリジナル1000users入り": (None, "original 1000+ bookmarks"),
    "水彩": (None, "watercolor"),
    "制服": (None, "uniform"),
}
DRAWN_TAGS = tuple(tag for tag in TAGS if tag not in {"R-18", "R-18G", "うごイラ", "創作漫画"})

# What a crawler must survive when titles become parts of paths, lines and log records.
HOSTILE_TITLES = (
    "../../../etc/passwd",
    "..",
    'a/b\\c:d*e?f"g<h>i|j',
    "CON",
    "aux.txt",
    "改行\nと\tタブ",
    "\x01制御\x1b[31m文字\x7f",
    "\u202egpj.exe右から左\u202c",
    "👩‍👩‍👧‍👦🏳️‍🌈🎨",
    "とても長い題名" * 28 + "おわり。",
    " 前後に空白. ",
    "{user_id}%(title)s${HOME}",
    "=1+1",
    '<b>太字</b> &amp; "引用"',
    "e\u0301\u200b\u0323結合",
)

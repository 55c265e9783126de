"""Who comments on works of the simulated Pixiv, and with what words; all of it is invented."""

from __future__ import annotations

from .users import User

_NAMES = (
    "通りすがりの読者",
    "mado",
    "ねこのひげ",
    "珈琲豆🫘",
    "reader_07",
    "白い帆",
    "はるさめ",
    "N. Vale",
    "<b>太字</b>の人",
    "朝の窓",
    "波音",
    "匿名希望",
)
READERS = tuple(
    User(3001 + number, name, f"reader_{3001 + number}", has_avatar=number % 3 > 0)
    for number, name in enumerate(_NAMES)
)

STAMP_IDS = (101, 102, 103, 104, 201, 202, 203, 301, 302, 407)
TEXTS = (
    "すてきな作品をありがとうございます(heart)",
    "色がきれいです！！(love2)",
    "次回も楽しみにしています。\n\nところで、続きはいつですか？",
    "(shine)(shine)(shine)",
    "nice work (smile4)",
    "😭😭😭👏👏",
    '引用："灯り" & <3',
    "保存しました",
    "(=^・^=)",
    "=SUM(A1)\r\n\t改行のあと",
    "ここ好き",
    "長い感想です。" * 19 + "おわり。",
)

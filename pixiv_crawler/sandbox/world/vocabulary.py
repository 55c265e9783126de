"""The words that works of the simulated Pixiv are made of; all of it is invented."""

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

# The names of generated users consist of one of each.
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

NOVEL_TITLES = ("手紙", "約束", "航海日誌", "昔話", "定休日", "帰り道", "忘れ物", "短い旅")
NOVEL_TAGS = ("オリジナル", "短編", "風景", "夜空", "猫", "一次創作", "ほのぼの", "制服", "掌編", "旅")
# Readers may add tags to a novel; Pixiv marks whether the author or a reader added a tag.
READER_TAGS = ("なにこれすごい", "続きを待つ", "ふつくしい")
NOVEL_CAPTIONS = (
    "",
    "一年ぶりの更新です。",
    "前の話の続きです。<br />誤字があれば教えてください。",
    '感想は<a href="https://example.com/letters?a=1&amp;b=2" target="_blank">こちら</a>へ。',
    "<strong>改稿版</strong>です。<br /><br />A &amp; B &lt;3",
)
SENTENCES = (
    "灯台の灯りが、今夜はいつもより遅く点いた。",
    "「きみは、まだ海を見たことがないの？」",
    "答えるかわりに、彼女は濡れた傘をたたんだ。",
    "路面電車の窓に、知らない町の名前が流れていく。",
    "郵便受けには、宛名のない封筒が一通だけ入っていた。",
    "温室の硝子に、夕立の最初の一滴が落ちる。",
    "……それきり、誰も時計のことを口にしなかった。",
    "図書館の司書は、返された本の匂いで季節を当てる。",
    "猫だけが、そのことを知っている。",
    "朝になれば、きっと雪は止んでいるだろう。",
)
CHAPTERS = ("灯りの点かない夜", "宛名のない手紙", "海辺の駅", "雪の止むまで", "帰り道")
RUBIES = ("[[rb:灯台 > とうだい]]", "[[rb:硝子>がらす]]", "[[rb:航路>みち]]")
LINK = "[[jumpuri:作者の部屋 > https://example.com/atelier?a=1&b=2]]"

# A parser of the reader page must tolerate text that contains the ends of scripts and of the object itself.
HOSTILE_TEXT = (
    'はじめに</script><script>alert("読者")</script>\n'
    '},\n isOwnWork: true,\nnovel: {"id":"0"}, isOwnWork\n'
    "\\n は改行ではない。\u2028行区切り\u2029段落区切り\u0000おわり 👩‍👩‍👧‍👦\n"
    "[newpage]\n[chapter:]\n[pixivimage:]\n[jump:99]\n[[rb:>]]\n[[jumpuri:>]]\n[uploadedimage:0]\n<b>&amp;</b>"
)

"""The words that novels of the simulated Pixiv are made of; all of it is invented."""

from __future__ import annotations

NOVEL_TITLES = ("手紙", "約束", "航海日誌", "昔話", "定休日", "帰り道", "忘れ物", "短い旅")
NOVEL_TAGS = ("オリジナル", "短編", "風景", "夜空", "猫", "一次創作", "ほのぼの", "制服", "掌編", "旅")
# Readers may add tags to a novel: Pixiv tells who did.
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

# What a reader of the page must survive: the ends of scripts and of the object itself, inside of the text.
HOSTILE_TEXT = (
    'はじめに</script><script>alert("読者")</script>\n'
    '},\n isOwnWork: true,\nnovel: {"id":"0"}, isOwnWork\n'
    "\\n は改行ではない。\u2028行区切り\u2029段落区切り\u0000おわり 👩‍👩‍👧‍👦\n"
    "[newpage]\n[chapter:]\n[pixivimage:]\n[jump:99]\n[[rb:>]]\n[[jumpuri:>]]\n[uploadedimage:0]\n<b>&amp;</b>"
)

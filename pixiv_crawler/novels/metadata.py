"""The metadata of a novel or series, as displayed above its text."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from typing import NamedTuple
from urllib.parse import unquote

from pixiv_crawler.items import Novel, NovelSeries, Series, User
from pixiv_crawler.novels.markup import Inline, Link, Paragraph, Text, clean, is_url, parse, plain

SITE = "https://www.pixiv.net"

# Pixiv opened in 2007; years before 1000 and the last one are not valid in some formats.
_FIRST_YEAR = 2007


class Named(NamedTuple):
    """A user or series with a page on Pixiv."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The heading of a file, valid in every format."""

    title: str
    """Never empty."""
    url: str
    """URL of its page on Pixiv, which also identifies it."""
    author: Named
    series: Named | None = None
    series_position: int | None = None
    """From 1; None if Pixiv did not say."""
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    """With its offset; None if there is no valid time."""
    caption: tuple[Paragraph, ...] = ()
    language: str | None = None
    """BCP 47; None if it cannot be detected."""


def about_novel(novel: Novel) -> About:
    """The metadata of a novel."""
    caption = novel.caption or (novel.webview.caption if novel.webview else None) or ""
    return About(
        title=_line(novel.title) or f"Novel {novel.id}",
        url=f"{SITE}/novel/show.php?id={novel.id}",
        author=_author(novel.user),
        series=_series(novel.series) if novel.series else None,
        series_position=_position(novel),
        tags=tuple(dict.fromkeys(filter(None, (_line(tag.name) for tag in novel.tags)))),
        published=_time(novel.create_date),
        caption=caption_lines(caption),
        language=detect_language(novel.text or ""),
    )


def about_series(series: NovelSeries, novels: Iterable[About]) -> About:
    """The metadata of a series: all tags of its novels, the time of the newest, the language of the first."""
    novels, named = list(novels), _series(series)
    return About(
        title=named.name,
        url=named.url,
        author=_author(series.user),
        tags=tuple(dict.fromkeys(tag for novel in novels for tag in novel.tags)),
        published=max(filter(None, (novel.published for novel in novels)), default=None),
        caption=tuple(Paragraph((Text(line),) if line else ()) for line in clean(series.caption).splitlines()),
        language=novels[0].language if novels else None,
    )


_KANA = re.compile("[\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_LETTER = re.compile(r"[^\W\d_]")
# About half of the letters of a Japanese text are kana; other texts quote a word at most.
_KANA_SHARE = 0.2
_SAMPLE_CHARACTERS = 20_000


def detect_language(text: str) -> str | None:
    """`ja` for a Japanese text, detected by its kana; None for any other: the letters alone do not identify a language."""
    pages = parse(text[:_SAMPLE_CHARACTERS])
    lines = (block for page in pages for block in page.blocks if isinstance(block, Paragraph))
    sample = "".join(plain(line.inlines) for line in lines)
    kana, letters = len(_KANA.findall(sample)), len(_LETTER.findall(sample))
    return "ja" if kana and kana >= letters * _KANA_SHARE else None


def _author(user: User) -> Named:
    return Named(_line(user.name) or _line(user.account) or f"User {user.id}", f"{SITE}/users/{user.id}")


def _series(series: Series | NovelSeries) -> Named:
    return Named(_line(series.title) or f"Series {series.id}", f"{SITE}/novel/series/{series.id}")


def _position(novel: Novel) -> int | None:
    """The position in the series: in its listing, or next to the neighbours that the reader page names."""
    if novel.source and novel.source.endpoint.endswith("/novel/series"):
        return novel.source.position
    neighbours = novel.webview.seriesNavigation if novel.webview else None
    for key, step in (("prevNovel", 1), ("nextNovel", -1)):
        neighbour = neighbours.get(key) if isinstance(neighbours, dict) else None
        order = str(neighbour.get("contentOrder")) if isinstance(neighbour, dict) else ""
        if re.fullmatch("[0-9]{1,6}", order) and int(order) + step > 0:
            return int(order) + step
    return None


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo and _FIRST_YEAR <= time.year < MAXYEAR else None


_BREAK = re.compile(r"<br\s*+/?>(?:\r\n|[\r\n])?|\r\n|[\r\n]", re.IGNORECASE)
_ANCHOR = re.compile(
    r"""<a\s[^<>]*?href=(?:"([^"<>]*)"|'([^'<>]*)')[^<>]*>((?:[^<]++|<(?!/?a\b))*+)</a\s*>""", re.IGNORECASE
)
_TAG = re.compile("</?[A-Za-z][^<>]*>")
# The app's own URLs, and the corresponding pages on www.pixiv.net.
_APP_PAGES = {"illusts": "artworks/", "novels": "novel/show.php?id=", "users": "users/"}
_APP_URL = re.compile("pixiv://(illusts|novels|users)/([0-9]{1,20})")
# External links lead through a warning page.
_NO_CHARACTER = re.compile(r"&#0*[1-9][0-9]{7,};?")
_WARNING_PAGE = re.compile(r"(?:https://www\.pixiv\.net)?/jump\.php\?(?:url=)?(.+)")


def caption_lines(markup: str) -> tuple[Paragraph, ...]:
    """The lines of an HTML caption, with links."""
    if not markup.strip():
        return ()
    return tuple(Paragraph(tuple(_caption_line(line))) for line in _BREAK.split(markup.strip()))


def plain_caption(markup: str) -> str:
    """An HTML caption as plain text, line by line."""
    return "\n".join(plain(tuple(line.inlines)) for line in caption_lines(markup)).strip()


def _caption_line(line: str) -> list[Inline]:
    inlines: list[Inline] = []
    at = 0
    for anchor in _ANCHOR.finditer(line):
        inlines.append(Text(_unmarked(line[at : anchor.start()])))
        label, url = _unmarked(anchor[3]), _link_target(_unescaped(anchor[1] or anchor[2] or ""))
        inlines.append(Link((Text(label or url),), url) if url else Text(label))
        at = anchor.end()
    return [inline for inline in [*inlines, Text(_unmarked(line[at:]))] if plain((inline,))]


def _unmarked(markup: str) -> str:
    return clean(_unescaped(_TAG.sub("", markup)))


def _unescaped(text: str) -> str:
    """Without character references; one beyond Unicode becomes the replacement character, also if Python cannot convert it."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", text))


def _link_target(url: str) -> str:
    """The target of a link in a caption; empty if it is not a valid URL."""
    if found := _APP_URL.fullmatch(url):
        return f"{SITE}/{_APP_PAGES[found[1]]}{found[2]}"
    if found := _WARNING_PAGE.fullmatch(url):
        url = unquote(found[1])
    return url if is_url(url) else ""

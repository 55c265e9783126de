"""The query language and what the page says about mistakes, in a real browser."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest

from pixiv_crawler.items.comparing import comparable
from tests.outputs.gallery.browser import Browser
from tests.outputs.gallery.pages import make_pages


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pages(tmp_path_factory.mktemp("pages"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat", "1 2"),
        ("CAT night", "1"),
        ('"at night"', "1"),
        ('"night at"', ""),
        ("tag:猫", "1 2"),
        ("tag:cat", "1 2"),
        ("tag:ca", ""),
        ("tag:ca*", "1 2"),
        ('tag:"night sky (blue)"', "3"),
        ("-tag:cat", "3 4 11 12"),
        ("-cat -harbour", "3 4"),
        ("cat OR 灯台", "1 2 4"),
        ("cat OR 灯台 sea", "1 2 4"),
        ("(cat OR 灯台) sea", "2 4"),
        ("-(cat OR 灯台)", "3 11 12"),
        ("author:painter", "1 2 4"),
        ("author:9", "3"),
        ("-author:painter -author:mangaka", "3"),
        ("title:chapter", "12"),
        ("series:harbour", "11 12"),
        ("id:11", "11"),
        ("11", "11"),
        ("ai:yes", "2"),
        ("ai:no", "1 3 4 11 12"),
        ("type:manga", "11 12"),
        ("rating:r18", "3"),
        ("bookmarks>500", "1"),
        ("bookmarks:>500", "1"),
        ("bookmarks>=50 bookmarks<600", "2"),
        ("bookmarks:50..600", "1 2"),
        ("bookmarks<2", "4 11 12"),
        ("pages>=5", "11"),
        ("date:2025", "2"),
        ("date>=2026-03", "12"),
        ("date<2026", "2"),
        ("date:2025-06..2026-01", "1 2 3 4 11"),
        ("bookmarks>many", "1 2 3 4 11 12"),
        ("cat bookmarks>many", "1 2"),
        ("bookmarks>1,000 OR id:3", "3"),
        ("bookmarks<1,000", "1 2 4 11 12"),
        ("date:2025-6", "2"),
        ("date:2025/6/1", "2"),
        ("date:20250601", "2"),
        ("date:2025-6..2026-1", "1 2 3 4 11"),
        ("date:..2025", "2"),
        ("unknown:thing", ""),
        ("(cat", "1 2"),
        ("cat ()", "1 2"),
        ("cat (", "1 2"),
        ("cat -()", "1 2"),
        ("cat (() OR ())", "1 2"),
        ("(" * 100_000 + "cat", "1 2 3 4 11 12"),
        ("-(" * 100_000 + "cat", "1 2 3 4 11 12"),
        ("(" * 50 + "cat" + ")" * 50, "1 2"),
        ("cat)", "1 2"),
        ("OR", "1 2 3 4 11 12"),
        ("-", ""),
        ('tag:"', "1 2 3 4 11 12"),
        ("cat bookmarks>", "1 2"),
        ("__proto__:1", ""),
    ],
)
def test_a_query_finds(browser: Browser, page: Path, query: str, expected: str) -> None:
    if not browser.driver.current_url.endswith("#query-tests"):
        browser.open(page, "#query-tests")
    found = browser.js(
        "[...queryMask(parseQuery(arguments[0]))].flatMap((hit, at) => hit ? [index.id[at]] : [])", query
    )
    assert sorted(found) == [int(number) for number in expected.split()]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("cat (sea OR 灯台) bookmarks>1,000 date:2026-5 unknown:thing", ""),
        ("(cat", "A parenthesis is not closed."),
        ("cat)", "A parenthesis is closed that was not opened."),
        ("cat ()", "Empty parentheses are ignored."),
        ("(" * 1000, "More than 50 parentheses are inside each other, so the query is ignored."),
        ("bookmarks>many", "bookmarks>many is not valid and ignored; write bookmarks>500 or bookmarks:100..900."),
        ("views:1..2..3", "views:1..2..3 is not valid and ignored; write views>500 or views:100..900."),
        ("date:2026-13", "date:2026-13 is not valid and ignored; write date:2026, date:2026-05 or date>=2026-05-01."),
        ("-ai:maybe", "ai:maybe is not valid and ignored; write ai:yes, ai:no or ai:unknown."),
        ("rating:x", "rating:x is not valid and ignored; write rating:all, rating:r18 or rating:r18g."),
        ("type:film", "type:film is not valid and ignored; write type:illust, type:manga, type:ugoira or type:novel."),
        ("id:x", "id:x is not valid and ignored; write id:123."),
    ],
)
def test_a_hint_says_what_is_wrong_in_a_query(browser: Browser, page: Path, query: str, hint: str) -> None:
    if not browser.driver.current_url.startswith(page.as_uri()):
        browser.open(page)
    browser.js("navigate({ ...stateOf('#'), query: arguments[0] })", query)
    assert browser.texts("#hint") == [hint]
    assert browser.find("#hint").is_displayed() == bool(hint)


@pytest.mark.parametrize("filters", ["from=2026-13-01", "min=many", "type=film", "rating=9", "sort=color"])
def test_a_filter_of_the_url_that_is_not_valid_is_named(browser: Browser, page: Path, filters: str) -> None:
    browser.open(page, f"#{filters}")
    assert browser.texts("#hint") == [f"{filters} in the URL is not valid."]
    browser.open(page, "#from=2026-01-01&min=1&type=manga&rating=0&sort=title&query=a  b")
    assert browser.texts("#hint") == [""]


@pytest.mark.parametrize("key", ["i999", "111", "n11", "11"])
def test_a_work_that_is_not_there_is_named(browser: Browser, page: Path, key: str) -> None:
    browser.open(page, f"#work={key}")
    assert browser.texts("#hint") == [f"This gallery has no work {key}."]
    assert not browser.js("viewer.open")
    browser.js("navigate({ work: 'i11' })")
    assert not browser.find("#hint").is_displayed()


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ('"night sky" ca', [12, "", "", "ca"]),
        ('tag:"night sky" -ca', [16, "-", "", "ca"]),
        ('"night sky', [0, "", "", "night sky"]),
        ('-tag:"night ', [0, "-", "tag", "night"]),
        ("cat author:pa", [4, "", "author", "pa"]),
        ("(Ｃａ", [1, "", "", "ca"]),
        ("a:b", [0, "", "", "a:b"]),
        ('tag:"night sky"', None),
        ('"night sky" ', None),
        ("cat ", None),
        ("title:ca", None),
        ("(", None),
        ("-", None),
        ("", None),
    ],
)
def test_the_word_before_the_caret_is_completed(
    browser: Browser, page: Path, text: str, unfinished: list[object] | None
) -> None:
    if not browser.driver.current_url.startswith(page.as_uri()):
        browser.open(page)
    browser.js("query.value = arguments[0]", text)
    found = browser.js("unfinished()")
    assert (found and [found[name] for name in ("start", "minus", "key", "text")]) == unfinished


def test_names_are_compared_as_they_were_when_the_page_was_generated(browser: Browser, page: Path) -> None:
    if not browser.driver.current_url.startswith(page.as_uri()):
        browser.open(page)
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    known = [text for text in characters if unicodedata.category(text) not in ("Cn", "Cs")]
    texts = ["ΟΔΟΣ", "İ ǅ", *(f"a{text}b" for text in known)]
    plain = browser.js("arguments[0].map(plain)", texts)
    assert [text for text, found in zip(texts, plain, strict=True) if found != comparable(text)] == []

"""The query language, completion, collections, pages of authors, comments and the reader, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from pixiv_crawler.outputs.gallery import make_gallery
from pixiv_crawler.outputs.gallery.serving import GalleryServer
from tests.outputs.gallery.browser import Browser
from tests.outputs.gallery.data_folder import DataFolder, illust, novel, picture, tag
from tests.outputs.gallery.test_browser import keys

CAT, SEA, SPACED = tag("猫", "cat"), tag("海", "sea"), tag("night sky (blue)")


def comment(id_: int, parent: int | None = None, **fields: Any) -> dict[str, Any]:
    """A line of comments.jsonl."""
    user = {"id": 40 + id_, "name": f"Reader {id_}", "account": "r"}
    return {
        "kind": "comment", "id": id_, "comment": f"comment {id_}", "date": f"2026-01-0{id_}T00:00:00+09:00",
        "user": user, "illust_id": 1, "novel_id": None, "parent_comment_id": parent, "fetched_at": "",
    } | fields  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = DataFolder(tmp_path_factory.mktemp("pages"))
    manga = {"type": "manga", "series": {"id": 5, "title": "Harbour Diary"}, "illust_book_style": 1}
    chapters = {
        number: [data.file(f"8/{number}_p{page}.png", picture(page, (300, 400))) for page in range(pages)]
        for number, pages in ((11, 5), (12, 2))
    }
    wide = [data.file("7/1_p0.png", picture(1, (600, 200)))]
    avatar, background = (
        data.file(f"users/7/{name}.png", picture(3)) | {"url": f"https://i.pximg.net/{kind}/img/2020/01/01/7_x.png"}
        for name, kind in (("avatar", "user-profile"), ("background", "background"))
    )
    ranked = {"endpoint": "/v1/illust/ranking", "params": {"mode": "day", "date": "2026-01-03"}}
    old = {"fetched_at": "2026-01-03T00:00:00+00:00"}
    new = {"fetched_at": "2026-02-03T00:00:00+00:00"}
    data.write(
        illust(1, wide, width=600, height=200, tags=[CAT], total_bookmarks=600, title="Cat at night",
               source=ranked | {"position": 2}, **old),
        illust(2, tags=[CAT, SEA], total_bookmarks=50, illust_ai_type=2, create_date="2025-06-01T00:00:00+09:00",
               width=200, height=400, source=ranked | {"position": 1}, **old),
        illust(3, tags=[SPACED], total_bookmarks=None, x_restrict=1, user={"id": 9, "name": "Other Artist"}, **old),
        illust(11, chapters[11], width=300, height=400, user={"id": 8, "name": "Mangaka"}, page_count=5, **manga, **old),
        run="first",
    )  # fmt: skip
    data.write(novel(4, "text", title="灯台 Light", tags=[SEA], **old), run="first", name="novels")
    data.write(
        illust(12, chapters[12], title="Chapter two", create_date="2026-03-01T00:00:00+09:00",
               user={"id": 8, "name": "Mangaka"}, page_count=2, **manga, **new),
        run="second",
    )  # fmt: skip
    user = {"id": 7, "name": "Painter", "account": "paint", "comment": "I paint.\r\nEvery day."}
    profile = {"webpage": "https://example.com/me", "twitter_url": "javascript:alert(1)", "total_illusts": 30}
    line = {"kind": "user", "user": user, "profile": profile, "files": [avatar, background], "fetched_at": ""}
    data.write(line, run="first", name="users")
    data.write(
        comment(1),
        comment(2),
        comment(3, parent=1),
        comment(4, parent=1, comment="", stamp={"stamp_id": 1}),
        run="first",
        name="comments",
    )
    return make_gallery(data.path, data.path / "gallery").index


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
        ("bookmarks>many", ""),
        ("unknown:thing", ""),
        ("(cat", "1 2"),
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


def test_the_search_field_completes_tags_by_translation_and_authors(browser: Browser, page: Path) -> None:
    browser.open(page)
    query = browser.find("#query")
    query.send_keys("bookmarks>100 ca")
    assert browser.texts("#suggestions .name") == ["猫"]
    query.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert query.get_attribute("value") == "bookmarks>100 tag:猫 "
    assert keys(browser) == ["i1"]
    query.clear()
    query.send_keys("-blue")
    browser.click("#suggestions li")
    assert query.get_attribute("value") == '-tag:"night sky (blue)" '
    assert "i3" not in keys(browser)
    query.clear()
    query.send_keys("pain")
    browser.click("#suggestions li")
    assert browser.js("location.hash") == "#author=7"
    query.send_keys("x", Keys.ESCAPE)
    assert not browser.find("#suggestions").is_displayed()


def test_an_author_has_a_page_with_avatar_and_profile(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click(".tile[data-key=i1] .author")
    browser.wait("document.querySelector('img.avatar')?.naturalWidth === 240")
    assert browser.find("#header h2").text == "Painter"
    assert browser.find("#header .text").text == "I paint.\nEvery day."
    assert "@paint · 3 works here · 30 on Pixiv" in browser.find("#header").text
    links = browser.js("[...document.querySelectorAll('#header a')].map(a => a.href)")
    assert links == ["https://www.pixiv.net/users/7", "https://example.com/me"], "only links to the web"
    assert set(keys(browser)) == {"i1", "i2", "n4"}
    browser.open(page, "#author=9")
    assert browser.find("#header h2").text == "Other Artist"
    assert browser.find("span.avatar").text == "O"


def test_collections_show_a_ranking_in_its_order_and_what_is_new(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.texts("#collections .name") == ["New since last time", "Ranking · day · 2026-01-03"]
    browser.click("#collections .tag:nth-child(2)")
    browser.wait("document.querySelector('#header .title')?.textContent.startsWith('Ranking')")
    assert keys(browser) == ["i2", "i1"]
    browser.click("#collections .tag:nth-child(1)")
    browser.wait("document.querySelectorAll('.tile').length === 1")
    assert keys(browser) == ["i12"]
    browser.driver.back()
    browser.wait("document.querySelectorAll('.tile').length === 2")


def test_comments_are_shown_with_their_replies(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=i1")
    browser.wait("document.querySelectorAll('.comment').length === 4")
    assert browser.find("#comments h3").text == "4 comments"
    assert browser.texts(".comment .text") == ["comment 2", "comment 1", "comment 3", "[stamp]"]
    assert browser.texts(".comment.reply .text") == ["comment 3", "[stamp]"]


def test_tiles_have_the_aspect_ratios_of_their_works_and_fill_the_width(browser: Browser, page: Path) -> None:
    browser.open(page, "", width=900)
    boxes = browser.js(
        "Object.fromEntries([...document.querySelectorAll('.tile')].map(t => [t.dataset.key, t.querySelector('.open').getBoundingClientRect().toJSON()]))"
    )
    for key, ratio in {"i1": 3.0, "i2": 0.5, "i11": 0.75}.items():
        assert boxes[key]["width"] / boxes[key]["height"] == pytest.approx(ratio, rel=0.02)
    first_row = [box for box in boxes.values() if box["top"] == min(box["top"] for box in boxes.values())]
    grid = browser.js("document.querySelector('#grid').getBoundingClientRect().toJSON()")
    assert max(box["right"] for box in first_row) == pytest.approx(grid["right"], abs=1)
    assert len({round(box["height"]) for box in first_row}) == 1


def test_a_question_mark_shows_the_keys(browser: Browser, page: Path) -> None:
    browser.open(page)
    ActionChains(browser.driver).send_keys("?").perform()
    assert browser.find("#help").is_displayed()
    assert "bookmarks>500" in browser.find("#help").text
    browser.press(Keys.ESCAPE)
    assert not browser.find("#help").is_displayed()


def place(browser: Browser) -> str:
    return browser.find(".place").text


def test_the_reader_turns_from_right_to_left_shows_spreads_and_goes_on_with_the_series(
    browser: Browser, page: Path
) -> None:
    browser.open(page, "#work=i11")
    browser.wait("document.querySelector('.stage.rtl .box img')?.naturalWidth")
    assert place(browser) == "1 / 5"
    browser.press(Keys.ARROW_LEFT)
    assert place(browser) == "2 / 5"
    browser.press(Keys.ARROW_RIGHT)
    assert place(browser) == "1 / 5"
    browser.js("[...document.querySelectorAll('.button.reader')].find(b => b.textContent === 'Two pages').click()")
    browser.press(Keys.ARROW_LEFT)
    assert place(browser) == "2–3 / 5"
    lefts = browser.js("[...document.querySelectorAll('.box img')].map(i => i.getBoundingClientRect().left)")
    assert lefts[0] > lefts[1], "the first page of a spread is on the right"
    browser.press(Keys.ARROW_LEFT)
    browser.press(Keys.ARROW_LEFT)
    browser.wait("document.querySelector('#viewer-title').textContent === 'Chapter two'")
    assert browser.js("new URLSearchParams(location.hash.slice(1)).get('work')") == "i12"
    browser.js("localStorage.clear()")


def test_the_position_and_the_layout_are_remembered(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.js("localStorage.clear()")
    browser.open(page)
    browser.click(".tile[data-key=i11] .open")
    browser.wait("document.querySelector('.stage.rtl .box img')?.naturalWidth")
    browser.js("[...document.querySelectorAll('.button.reader')].find(b => b.textContent === 'Long strip').click()")
    browser.wait("document.querySelectorAll('.strip .box img').length === 5")
    browser.wait("[...document.querySelectorAll('.strip .box img')].slice(0, 2).every(i => i.naturalWidth)")
    browser.js("document.querySelectorAll('.box img')[2].scrollIntoView()")
    browser.wait("document.querySelector('.place').textContent === '3 / 5'")
    browser.press(Keys.ESCAPE)
    browser.open(page)
    browser.click(".tile[data-key=i11] .open")
    browser.wait("document.querySelectorAll('.strip .box img').length === 5")
    assert place(browser) == "3 / 5"
    browser.js("localStorage.clear()")


def test_full_screen_shows_only_the_pages(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=i11")
    browser.wait("document.querySelector('.box img')?.naturalWidth")
    browser.press("f")
    browser.wait("document.fullscreenElement?.classList.contains('stage')")
    browser.press("f")
    browser.wait("!document.fullscreenElement")


def test_a_series_shows_its_works_in_order(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=i11")
    browser.wait("document.querySelector('.series')")
    assert browser.find(".series").text == "Harbour Diary 1 of 2"
    browser.click(".series")
    browser.wait("document.querySelectorAll('.tile').length === 2")
    assert keys(browser) == ["i11", "i12"]
    assert browser.find("#header .title").text == "Harbour Diary"
    assert browser.console_messages() == []


def test_the_direction_is_remembered_for_manga_but_not_for_illusts(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=i11")
    browser.wait("document.querySelector('.stage.rtl .box img')")
    browser.click(".button.reader.direction")
    assert not browser.all(".stage.rtl")
    browser.open(page, "#work=i12")
    browser.wait("document.querySelector('.stage .box img')")
    assert not browser.all(".stage.rtl")
    assert browser.js("isRightToLeft({ type: 'illust', files: ['1.png', '2.png'], isRightToLeft: true })")
    browser.js("localStorage.clear()")


def test_a_served_page_works_as_the_local_one(browser: Browser, page: Path) -> None:
    with GalleryServer(page.parent, page.parent.parent / "files") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.driver.get(server.url)
        browser.wait(
            "window.FILES === '/files/' && index.isReady && document.querySelector('.tile[data-key=i1] img')?.naturalWidth"
        )
        assert "token" not in browser.driver.current_url
        browser.wait("[...document.querySelectorAll('.tile img')].every(image => image.naturalWidth)")
        browser.click(".tile[data-key=i1] .open")
        browser.wait("document.querySelector('.box img')?.naturalWidth === 600")
        assert not [message for message in browser.console_messages() if "favicon" not in message]
        server.shutdown()

"""Completion, collections, pages of authors, comments and the reader, in a real browser."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from pixiv_crawler.outputs.gallery import make_gallery
from pixiv_crawler.outputs.gallery.serving import GalleryServer
from tests.outputs.gallery.browser import Browser
from tests.outputs.gallery.data_folder import DataFolder, illust, novel
from tests.outputs.gallery.pages import make_pages
from tests.outputs.gallery.test_browser import keys


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pages(tmp_path_factory.mktemp("pages"))


def test_a_page_that_is_chosen_replaces_the_one_that_is_open(browser: Browser, page: Path) -> None:
    browser.open(page, "#collection=new")
    browser.find("#query").send_keys("paint")
    browser.click("#suggestions li")
    assert browser.js("location.hash") == "#author=7"
    browser.find("#query").send_keys("new si")
    browser.click("#suggestions li")
    assert browser.js("location.hash") == "#collection=new"
    browser.js("navigate({ series: 'i5' })")
    assert browser.js("location.hash") == "#series=i5"


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
    assert browser.texts("#collections .name") == [
        "New since last time",
        "Series · Harbour Diary",
        "Ranking · day · 2026-01-03",
    ]
    browser.click("#collections .tag:nth-child(3)")
    browser.wait("document.querySelector('#header .title')?.textContent.startsWith('Ranking')")
    assert keys(browser) == ["i2", "i1"]
    browser.click("#collections .tag:nth-child(1)")
    browser.wait("document.querySelectorAll('.tile').length === 1")
    assert keys(browser) == ["i12"]
    browser.driver.back()
    browser.wait("document.querySelectorAll('.tile').length === 2")


def test_a_crawled_series_is_a_collection_that_the_search_field_completes(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.find("#query").send_keys("harb")
    assert browser.texts("#suggestions li")[0].startswith("CollectionSeries · Harbour Diary")
    browser.click("#suggestions li")
    browser.wait("document.querySelectorAll('.tile').length === 2")
    assert keys(browser) == ["i11", "i12"]
    assert browser.find("#header .title").text == "Series · Harbour Diary"


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


def test_the_first_and_the_last_page_of_a_strip_are_reached_by_key(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=i11")
    browser.wait("document.querySelector('.stage .box img')?.naturalWidth")
    browser.js("setReader({ layout: 'strip' })")
    browser.wait("document.querySelectorAll('.strip .box img').length === 5")
    for key, expected in ((Keys.END, "5 / 5"), (Keys.HOME, "1 / 5"), (Keys.END, "5 / 5")):
        browser.press(key)
        browser.wait(f"document.querySelector('.place').textContent === '{expected}'")
        is_there = "scrollTop === 0" if key == Keys.HOME else "lastChild.getBoundingClientRect().top < innerHeight / 2"
        browser.wait(f"document.querySelector('.box').{is_there}")
        assert browser.js("new Promise((done) => setTimeout(() => done(stage.place.textContent), 200))") == expected
    browser.js("stage.box.scrollTo(0, 5)")
    browser.press(Keys.HOME)
    assert browser.js("stage.box.scrollTop") == 0, "the start of the current page"
    browser.js("localStorage.clear()")


def test_a_page_says_that_its_gallery_was_generated_again(browser: Browser, tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data")
    data.write(illust(1), novel(2, "text"))
    index = make_gallery(data.path, tmp_path / "page").index
    browser.open(index)
    assert browser.driver.execute_async_script("showOutdated().then(arguments[0])") is False
    data.write(illust(3), novel(2, "newer", fetched_at="2026-05-01T00:00:00+00:00"), run="2")
    make_gallery(data.path, tmp_path / "page")
    assert browser.js("notice.hidden")
    browser.click(".tile[data-key=n2] .open")
    browser.wait("!notice.hidden && viewer.contains(notice)")
    assert browser.texts("#notice span") == ["The gallery has been generated again. Reload this page."]
    browser.click("#reload")
    browser.wait("index.isReady && GALLERY.count === 3 && notice.hidden")
    (tmp_path / "page" / "novels" / browser.js("details(numberOf('n2')).text")).unlink()
    browser.open(index, "#work=n2")
    browser.wait("!notice.hidden")
    assert " cannot be loaded. Run scrapy gallery again, " in browser.texts("#notice span")[0]


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

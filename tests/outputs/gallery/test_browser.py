"""The page in a real browser, opened as a file: what users see and do, and that it sends no network requests."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from pixiv_crawler.outputs import gallery
from pixiv_crawler.outputs.gallery import make_gallery
from tests.outputs.gallery.browser import Browser
from tests.outputs.gallery.data_folder import DataFolder, file_record, frames, illust, novel, picture, tag, ugoira_zip

HOSTILE = "</script><script>document.title='hit'</script><img src=x onerror=\"document.title='hit'\"> \u202e שלום \u2028'\"&amp;"
MANY = 5000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery with one work of each kind, in a folder whose name needs escaping in URLs."""
    data = DataFolder(tmp_path_factory.mktemp("data #1 100% 猫"))
    cat, sea = tag("猫", "cat"), tag("<b>海</b>", "sea")
    pages = [data.file("7/3 #100%? 猫_p0.png", picture(30))]
    pages += [data.file(f"7/3_p{number}.png", picture(number, (60, 80))) for number in range(1, 200)]
    single = [data.file(f"7/8_{index}.jpg", picture(index * 50)) for index in range(3)]
    ugoira = {"type": "ugoira", "page_count": 1}
    data.write(
        illust(1, [data.file("7/1_p0.jpg", picture(1, mode="CMYK"))], tags=[cat, sea], total_bookmarks=50),
        illust(2, [data.file("7/2_p0.png", Image.new("I;16", (300, 300), 40_000))], title=HOSTILE, caption=HOSTILE,
               tags=[tag(HOSTILE)], user={"id": 9, "name": HOSTILE}, create_date="2026-02-02T23:30:00+09:00"),
        illust(3, pages, type="manga", tags=[cat], total_bookmarks=900, create_date="2026-01-03T00:30:00+09:00"),
        illust(4, [data.file("7/4_p0.zip", ugoira_zip(2))], ugoira_metadata=frames(150, 150), **ugoira),
        illust(5, [data.file("7/5_p0.jpg", picture(5))], x_restrict=1, tags=[cat], total_bookmarks=None),
        illust(6, [data.file("7/6_p0.jpg", b"broken")]),
        illust(7, [file_record("7/gone_p0.jpg")]),
        illust(8, single, ugoira_metadata=frames(150, 150, 150), **ugoira),
    )  # fmt: skip
    data.write(novel(3, "one[newpage]" + HOSTILE, total_bookmarks=7, caption="a<br>b"), name="novels")
    return make_gallery(data.path, data.path / "gallery #1").index


@pytest.fixture(scope="module")
def large_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = DataFolder(tmp_path_factory.mktemp("large"))
    files = {
        number: [data.file(f"7/{number}_p0.png", picture(number))]
        for number in [*range(1, 61), *range(MANY - 60, MANY)]
    }
    day = datetime(2026, 1, 1, tzinfo=UTC)
    data.write(
        *(
            illust(
                number,
                files.get(number, []),
                total_bookmarks=number,
                tags=[tag(f"tag {number % 300}"), tag("all")],
                create_date=(day + timedelta(hours=number)).isoformat(),
            )
            for number in range(1, MANY + 1)
        )
    )
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(gallery, "SHARD_WORKS", 100)
        return make_gallery(data.path, data.path / "gallery").index


def keys(browser: Browser) -> list[str]:
    """The keys of the displayed works, in order."""
    return browser.js(
        "[...document.querySelectorAll('.tile')].sort((a, b) => a.place - b.place).map(t => t.dataset.key)"
    )


def screenshot(browser: Browser, selector: str | None = None) -> Image.Image:
    content = browser.find(selector).screenshot_as_png if selector else browser.driver.get_screenshot_as_png()
    return Image.open(io.BytesIO(content)).convert("RGB")


def colors(image: Image.Image) -> int:
    return len(image.getcolors(image.width * image.height) or [])


def wait_for_images(browser: Browser, selector: str) -> None:
    browser.wait(f"[...document.querySelectorAll('{selector}')].every(i => i.complete && i.naturalWidth)")


@pytest.mark.promise("script")
def test_the_page_opens_as_a_file_with_all_works_and_sends_no_network_requests(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    browser.open(page)
    assert browser.find("#count").text == "9 works"
    assert set(keys(browser)) == {f"i{number}" for number in range(1, 9)} | {"n3"}
    wait_for_images(browser, ".tile img")
    assert len(browser.all(".tile img")) == 6
    browser.driver.save_screenshot(str(tmp_path / "page.png"))
    with Image.open(tmp_path / "page.png") as image:
        assert image.size == (1280, 900)
        assert colors(image.convert("RGB")) > 500, "the page should show images"
    for key in ("i1", "i3", "i4", "i8", "n3"):
        browser.open(page, f"#work={key}")
        browser.wait("document.querySelector('#viewer').open")
    requested_urls = browser.requested_urls()
    assert requested_urls
    assert [url for url in requested_urls if not url.startswith(("file:", "data:"))] == []
    assert browser.console_messages() == []


@pytest.mark.promise("script")
def test_scripts_of_the_page_cannot_reach_a_server(browser: Browser, page: Path) -> None:
    requested_paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested_paths.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.open(page)
        url = f"http://127.0.0.1:{server.server_port}"
        browser.driver.execute_async_script(
            """const [url, done] = arguments;
            const image = new Image(); image.src = url + "/image";
            const script = document.createElement("script"); script.src = url + "/script"; document.head.append(script);
            const video = document.createElement("video"); video.src = url + "/video";
            navigator.sendBeacon(url + "/beacon");
            fetch(url + "/fetch").catch(() => {}).finally(() => setTimeout(done, 300));""",
            url,
        )
        server.shutdown()
    assert requested_paths == []
    assert "Content Security Policy" in " ".join(browser.console_messages())


@pytest.mark.promise("script")
def test_texts_with_markup_are_displayed_as_text_and_not_executed(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=i2")
    browser.wait("document.querySelector('#viewer').open")
    assert browser.texts("#viewer-title") == [HOSTILE]
    assert HOSTILE in browser.texts(".tile .title")
    assert browser.texts(".info .author") == [HOSTILE]
    assert browser.texts(".info .tag .name") == [HOSTILE]
    assert "<img src=x" not in browser.js("document.querySelector('.caption').innerHTML")
    browser.open(page, "#work=n3")
    browser.wait("document.querySelector('.novel-text hr')")
    assert browser.texts(".novel-text p") == ["one", HOSTILE]
    assert browser.driver.title == "Gallery"
    assert browser.console_messages() == []


def test_tags_filter_the_works_and_the_back_button_undoes_it(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click("#top .tag[data-tag='猫']")
    assert set(keys(browser)) == {"i1", "i3", "i5"}
    assert browser.find("#count").text == "3 of 9 works"
    browser.click("#top .tag[data-tag='<b>海</b>']")
    assert keys(browser) == ["i1"]
    browser.driver.back()
    browser.wait("document.querySelectorAll('.tile').length === 3")
    browser.click("#top .tag[aria-pressed=true]")
    assert len(keys(browser)) == 9
    browser.driver.back()
    browser.wait("document.querySelectorAll('.tile').length === 3")
    browser.driver.refresh()
    assert set(keys(browser)) == {"i1", "i3", "i5"}, "the filters are part of the URL"
    browser.click("#clear")
    assert len(keys(browser)) == 9


@pytest.mark.parametrize(
    ("hash_", "expected"),
    [
        ("#sort=bookmarks", ["i3", "i1", "n3", "i2", "i8", "i7", "i6", "i4", "i5"]),
        ("#author=9", ["i2"]),
        ("#type=novel", ["n3"]),
        ("#type=ugoira", ["i8", "i4"]),
        ("#rating=1", ["i5"]),
        ("#min=50&sort=bookmarks", ["i3", "i1"]),
        ("#from=2026-01-03", ["i2", "i3"]),
        ("#from=2026-01-03&to=2026-01-03", ["i3"]),
        ("#query=CAT+%33", ["i3"]),
        ("#query=nothing-is-so", []),
        ("#tag=unknown", []),
    ],
)
def test_the_url_hash_filters_and_sorts_works(browser: Browser, page: Path, hash_: str, expected: list[str]) -> None:
    browser.open(page, hash_)
    found = keys(browser)
    assert found == expected if "sort" in hash_ else set(found) == set(expected)
    assert browser.find("#empty").is_displayed() == (not expected)
    assert browser.console_messages() == []


@pytest.mark.parametrize(
    ("parameters", "works"),
    [
        ("sort={0}&page={0}&work={0}&min={0}", 9),
        ("tag={0}", 0),
        ("author={0}", 0),
        ("type={0}&rating={0}", 0),
        ("query={0}", 0),
        ("from={0}", 0),
        ("work=i3&page=1.5", 9),
        ("work=i3&page=-Infinity", 9),
        ("{0}={0}", 9),
    ],
)
@pytest.mark.parametrize("name", ["__proto__", "constructor"])
def test_names_that_every_object_inherits_and_odd_numbers_do_not_break_the_page(
    browser: Browser, page: Path, parameters: str, works: int, name: str
) -> None:
    browser.open(page, f"#{parameters.format(name)}")
    assert len(keys(browser)) == works
    assert browser.find("#empty").is_displayed() == (not works)
    assert not [message for message in browser.console_messages() if "Uncaught" in message]


def test_the_form_fields_filter_and_sort_works(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.find("#sort").send_keys("Book")
    assert keys(browser)[:2] == ["i3", "i1"]
    browser.find("#type").send_keys("Manga")
    browser.find("#query").send_keys("painter")
    assert keys(browser) == ["i3"]
    assert browser.js("location.hash") == "#query=painter&type=manga&sort=bookmarks"


def test_the_viewer_turns_pages_by_key_button_and_swipe_and_closes_by_escape(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click(".tile[data-key=i3] .open")
    wait_for_images(browser, ".box img")
    assert browser.find(".place").text == "1 / 200"
    assert browser.js("document.querySelector('.box img').naturalWidth") == 240
    browser.press(Keys.ARROW_RIGHT)
    browser.click(".turn.on")
    wait_for_images(browser, ".box img")
    assert browser.find(".place").text == "3 / 200"
    assert browser.js("document.querySelector('.box img').naturalWidth") == 60
    browser.press(Keys.ARROW_LEFT)
    browser.js(
        """(() => { const box = document.querySelector('.box'); const at = x => new Touch({identifier: 1, target: box, clientX: x, clientY: 300});
        box.dispatchEvent(new TouchEvent('touchstart', {bubbles: true, touches: [at(400)]}));
        box.dispatchEvent(new TouchEvent('touchend', {bubbles: true, changedTouches: [at(200)]})); })()"""
    )
    assert browser.find(".place").text == "3 / 200"
    browser.press(Keys.END)
    assert browser.find(".place").text == "200 / 200"
    assert browser.find("#shown-file a").text == "3_p199.png"
    link = browser.find(".facts a[href^='https://www.pixiv.net/artworks/3']")
    assert (link.text, link.get_attribute("rel")) == ("https://www.pixiv.net/artworks/3", "noreferrer noopener")
    browser.press(Keys.ESCAPE)
    browser.wait("!document.querySelector('#viewer').open")
    assert browser.js("location.hash") in ("", "#")
    assert browser.js("document.activeElement.closest('.tile').dataset.key") == "i3"
    browser.driver.forward()
    browser.wait("document.querySelector('#viewer').open")
    browser.click(".info .tag[data-tag='猫']")
    assert not browser.js("document.querySelector('#viewer').open")
    assert set(keys(browser)) == {"i1", "i3", "i5"}


@pytest.mark.parametrize("key", ["i4", "i8"])
def test_an_animation_plays_but_waits_for_a_click_if_reduced_motion_is_preferred(
    browser: Browser, page: Path, key: str
) -> None:
    def moves() -> bool:
        before, end = screenshot(browser, ".box"), monotonic() + 30
        while monotonic() < end:
            if screenshot(browser, ".box").tobytes() != before.tobytes():
                return True
        return False

    browser.open(page, f"#work={key}")
    browser.wait("document.querySelector('.box .moves')")
    assert moves()
    browser.open(page)
    browser.set_media_features(prefers_reduced_motion="reduce")
    browser.driver.get(page.as_uri() + f"#work={key}")
    wait_for_images(browser, ".box img")
    first = screenshot(browser, ".box img").tobytes()
    assert screenshot(browser, ".box img").tobytes() == first
    browser.click(".play")
    assert moves()


def test_an_r18_work_is_blurred_until_it_is_clicked_in_tile_and_viewer(browser: Browser, page: Path) -> None:
    browser.open(page, "#tag=猫")
    wait_for_images(browser, ".tile img")
    image = ".tile[data-key=i5] .open img"
    hidden = screenshot(browser, image)
    assert "blur" in browser.js("getComputedStyle(document.querySelector(arguments[0])).filter", image)
    assert browser.texts(".tile[data-key=i5] .badge") == ["R-18"]
    assert browser.js("getComputedStyle(document.querySelector('.tile[data-key=i1] img')).filter") == "none"
    browser.click(".tile[data-key=i5] .open")
    assert not browser.js("document.querySelector('#viewer').open"), "the first click only removes the blur"
    browser.wait("getComputedStyle(document.querySelector('.tile[data-key=i5] img')).filter === 'none'")
    assert screenshot(browser, image).tobytes() != hidden.tobytes()
    browser.click(".tile[data-key=i5] .open")
    browser.wait("document.querySelector('#viewer').open")
    assert not browser.all(".viewer.blurred")

    browser.open(page, "#work=i5")
    browser.wait("document.querySelector('#viewer').open")
    assert "blur" in browser.js("getComputedStyle(document.querySelector('.box')).filter")
    browser.click(".uncover")
    assert browser.js("getComputedStyle(document.querySelector('.box')).filter") == "none"

    browser.open(page)
    browser.click("#show-all")
    assert browser.all(".tile.blurred") == []
    browser.driver.refresh()
    assert len(browser.all(".tile.blurred")) == 1, "the choice lasts until the page is reloaded"


def test_works_without_an_image_have_a_tile_and_open(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.texts(".tile[data-key=i7] .placeholder") == ["No file"]
    assert browser.texts(".tile[data-key=n3] .cover-title") == ["Work 3"]
    browser.click(".tile[data-key=i7] .open")
    browser.wait("document.querySelector('.box .placeholder')")
    assert browser.console_messages() == []
    browser.open(page, "#work=i6")
    browser.wait("document.querySelector('.box .placeholder')")


def test_the_keyboard_moves_between_tiles_and_opens_works(browser: Browser, page: Path) -> None:
    browser.open(page, "#sort=bookmarks")
    browser.press(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Skip to the works"
    browser.press(Keys.ENTER)
    assert browser.js("document.activeElement.closest('.tile').dataset.key") == "i3"
    assert browser.js("location.hash") == "#sort=bookmarks"
    browser.press(Keys.ARROW_RIGHT)
    assert browser.js("document.activeElement.closest('.tile').dataset.key") == "i1"
    browser.press(Keys.ENTER)
    browser.wait("document.querySelector('#viewer').open")
    assert browser.texts("#viewer-title") == ["Work 1"]
    assert browser.js("document.querySelector('.box img').alt") == "Work 1"


@pytest.mark.parametrize("hash_", ["", "#work=i3", "#work=i2", "#work=n3"])
def test_a_phone_has_two_columns_and_no_horizontal_scrolling(browser: Browser, page: Path, hash_: str) -> None:
    browser.open(page, hash_, width=360, height=740)
    browser.wait("document.querySelectorAll('.tile').length > 1")
    assert browser.js("document.documentElement.scrollWidth") == 360
    assert browser.js("document.querySelector('#viewer').scrollWidth") <= 360
    assert (
        browser.js("new Set([...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect().left)).size")
        == 2
    )
    assert browser.js("innerWidth") == 360
    if not hash_:
        browser.click("#more")
        assert browser.find("#type").is_displayed()
        assert browser.js("document.documentElement.scrollWidth") == 360


def test_the_page_uses_dark_colors_if_they_are_preferred(browser: Browser, page: Path) -> None:
    browser.open(page)
    light = screenshot(browser).getpixel((640, 890))
    browser.set_media_features(prefers_color_scheme="dark")
    dark = screenshot(browser).getpixel((640, 890))
    assert min(light) > 200
    assert max(dark) < 80


def test_of_5000_works_only_those_near_the_viewport_are_in_the_dom(browser: Browser, large_page: Path) -> None:
    started = monotonic()
    browser.open(large_page)
    browser.wait("document.querySelectorAll('.tile').length > 10", 20)
    assert monotonic() - started < 20
    assert browser.find("#count").text == "5,000 works"
    assert browser.js("document.querySelectorAll('.tile').length") < 80
    browser.js("window.scrollTo(0, document.documentElement.scrollHeight)")
    browser.wait("[...document.querySelectorAll('.tile')].some(t => t.place === 4999)")
    wait_for_images(browser, ".tile img")
    assert browser.js("document.querySelectorAll('.tile').length") < 80
    assert browser.js("document.querySelectorAll('*').length") < 3000
    browser.find("#query").send_keys("work 4999")
    browser.wait("document.querySelector('#count').textContent === '1 of 5,000 works'")
    browser.open(large_page, "#tag=tag+299")
    browser.wait("document.querySelector('#count').textContent === '16 of 5,000 works'")
    assert browser.console_messages() == []


def test_the_page_forgets_the_details_of_works_that_are_far_away(browser: Browser, large_page: Path) -> None:
    browser.open(large_page)
    assert browser.js("shards.size") <= 1, "the newest works are in the first script"
    for place in (1000, 2500, 4900):
        browser.js("(focusTile(arguments[0]), 1)", place)
        browser.wait(f"[...document.querySelectorAll('.tile')].some(t => t.place === {place} && t.work)")
    assert 3 <= browser.js("shards.size") <= 10
    load_all = "Promise.all(Array.from({ length: 50 }, (_, shard) => load(shard * 100))).then(() => arguments[0](shards.size))"
    assert (
        browser.driver.execute_async_script(load_all) == browser.js("MAX_SHARDS") < len(browser.js("GALLERY.shards"))
    )
    assert browser.js("document.querySelectorAll('head script').length") == 0
    browser.js("(focusTile(0), 1)")
    browser.wait("document.querySelector('.tile').work")

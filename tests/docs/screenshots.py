"""Takes the screenshots of the gallery in the README and docs: python -m tests.docs.screenshots

Crawls the simulated Pixiv into a temporary folder, generates the gallery and opens it in Chromium.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import sleep

from PIL import Image

from tests.crawling import PROJECT
from tests.outputs.gallery.browser import Browser

IMAGES = PROJECT / "docs" / "images"
CRAWLS = (
    "rankings -a mode=day -a date=2026-11-18 -a max_works=40",
    "bookmarks -a restrict=public -a max_works=20",
    "user_works -a user_id=2188232 -a users=true -a extras=avatar,background -a comments=true -a max_works=74",
    "user_works -a user_id=1020 -a max_works=12",
    "user_works -a user_id=11 -a users=true -a extras=avatar,background",
)
# Name: fragment of the URL, width, height, and a script that prepares the view.
SHOTS = {
    "gallery": ("#sort=bookmarks&query=-tag:R-18", 1400, 900, ""),
    "gallery-phone": ("#author=11", 390, 844, ""),
    "gallery-author": ("#author=11", 1400, 900, ""),
    "gallery-reader": (
        "#work={manga}",
        1400,
        900,
        "setReader({ layout: 'spread', isRightToLeft: { manga: true } }); goTo(2)",
    ),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = ["-s", f"PIXIV_DATA_DIR={folder}/data", "-s", "PIXIV_SANDBOX=1"]
        for crawl in CRAWLS:
            scrapy("crawl", *crawl.split(), *settings)
        scrapy("gallery", *settings)
        browser = Browser(Path(folder) / "profile")
        try:
            for name, (fragment, width, height, script) in SHOTS.items():
                take(
                    browser, Path(folder) / "data" / "gallery" / "index.html", name, fragment, (width, height), script
                )
        finally:
            browser.close()


def scrapy(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "scrapy", *words], cwd=PROJECT, check=True, capture_output=True)


def take(browser: Browser, page: Path, name: str, fragment: str, size: tuple[int, int], script: str) -> None:
    browser.open(page)
    manga = browser.js("'i' + index.id[index.pages.findLastIndex((pages, at) => pages >= 8 && index.type[at] === 1)]")
    browser.open(page, fragment.format(manga=manga), width=size[0], height=size[1])
    if script:
        browser.wait("viewed && document.querySelector('.box img')?.naturalWidth")
        browser.driver.execute_script(script)
    sleep(1)
    browser.wait("[...document.querySelectorAll('.tile img, .box img')].every(image => image.complete)")
    path = IMAGES / f"{name}.png"
    browser.driver.save_screenshot(str(path))
    with Image.open(path) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()

"""The README is short, lists every spider, and has no broken links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from tests.crawling import PROJECT
from tests.layout.test_filenames_fields import GALLERY_DL, GALLERY_DL_NOVEL, PIXIV_API, PIXIVUTIL2

README = (PROJECT / "README.md").read_text("utf-8")
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    PROJECT / "CHANGELOG.md",
    *(PROJECT / "docs").glob("*.md"),
]


def test_the_readme_is_at_most_150_lines_long() -> None:
    assert len(README.splitlines()) <= 150


def test_the_readme_lists_every_spider() -> None:
    table = README.partition("## Spiders")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"^\| (.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]})).list())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_refers_to_an_existing_file_and_heading(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = link.partition("#")
        if re.match(r"https?:", link) or not name:
            continue
        target = page.parent / name
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, and its own labels."""
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE))


def test_the_layouts_of_other_programs_on_the_page_are_tested() -> None:
    page = (PROJECT / "docs" / "files.md").read_text("utf-8").replace("\\|", "|")
    assert [
        layout for layout in (PIXIV_API, GALLERY_DL, GALLERY_DL_NOVEL, PIXIVUTIL2) if f"`{layout}`" not in page
    ] == []

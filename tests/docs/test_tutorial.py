"""The commands of the tutorial run in order and print what it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.code_blocks import blocks
from tests.crawling import PROJECT
from tests.docs.page_folder import PageFolder

pytestmark = pytest.mark.e2e

PAGE = PROJECT / "docs" / "tutorial.md"
PICTURE = "works-per-year.png"


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> PageFolder:
    """The folder after the first crawl."""
    folder = tmp_path_factory.mktemp("tutorial")
    shutil.copy(PROJECT / "scrapy.cfg", folder)
    page = PageFolder(PAGE, folder)
    done = page.run("first-crawl")
    assert done.returncode == 0, done.stderr
    return page


def report(page: PageFolder, job: str) -> dict[str, object]:
    return json.loads((page.folder / "data" / "user_works" / job / "report.json").read_text("utf-8"))


def test_the_first_crawl_has_the_numbers_of_the_page(tutorial: PageFolder) -> None:
    assert report(tutorial, "first")["lines"] == {"illust": 74}
    assert "74 lines" in PAGE.read_text("utf-8")


def test_the_commands_and_the_first_program_print_what_the_page_shows(tutorial: PageFolder) -> None:
    shutil.rmtree(tutorial.folder / "data" / "gallery", ignore_errors=True)  # created by another test
    shutil.rmtree(tutorial.folder / "data" / "user_works" / "popular", ignore_errors=True)
    tutorial.assert_shown("look")
    tutorial.assert_shown("titles.py")


def test_the_gallery_is_generated(tutorial: PageFolder) -> None:
    assert tutorial.run("gallery").stdout.startswith("Open file://")


def test_the_filter_drops_works_and_the_report_counts_them(tutorial: PageFolder) -> None:
    assert tutorial.run("filters").returncode == 0
    assert set(report(tutorial, "popular")["dropped"]) == {"min_bookmarks"}


def test_a_finished_run_is_not_started_again(tutorial: PageFolder) -> None:
    done = tutorial.run("finished")
    assert done.returncode == 0
    assert "'first' finished at" in done.stderr


def test_the_plot_is_the_image_of_the_page(tutorial: PageFolder) -> None:
    done = tutorial.run("plot.py")
    assert done.returncode == 0, done.stderr
    with Image.open(tutorial.folder / PICTURE) as opened, Image.open(PAGE.parent / "images" / PICTURE) as stored:
        plot, shown = opened.convert("L"), stored.convert("L")
    assert plot.size == shown.size
    assert ImageStat.Stat(plot).stddev[0] > 20, "the image is blank"
    assert ImageStat.Stat(ImageChops.difference(plot, shown)).mean[0] < 5, f"{PICTURE} is outdated"


def test_every_command_is_tested_or_marked_as_not_tested() -> None:
    code = Path(__file__).read_text("utf-8")
    marks = [block.mark for block in blocks(PAGE) if block.language in ("sh", "python")]
    assert [mark for mark in marks if mark != "not-tested" and f'"{mark}"' not in code] == []

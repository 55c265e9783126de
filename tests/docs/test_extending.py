"""The examples of docs/extending.md work outside the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.code_blocks import blocks
from tests.crawling import PROJECT
from tests.docs.page_folder import PageFolder
from tests.sandbox.client import Client

pytestmark = pytest.mark.e2e

PAGE = PROJECT / "docs" / "extending.md"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> PageFolder:
    """The project that the page describes."""
    page = PageFolder(PAGE, tmp_path_factory.mktemp("extending"))
    (page.folder / "my_spiders" / "__init__.py").touch()
    return page


@pytest.mark.parametrize("mark", ["script.py", "related", "portraits", "pipeline"])
def test_an_example_prints_what_the_page_shows(page: PageFolder, mark: str) -> None:
    (page.folder / "works.sqlite").unlink(missing_ok=True)  # created by another example
    page.assert_shown(mark)


def test_a_spider_outside_the_package_explains_its_arguments(page: PageFolder) -> None:
    done = page.shell("scrapy crawl related_novels -a help=1")
    assert "novel_id (list: number; required)" in done.stdout


def test_a_saved_response_is_decoded(page: PageFolder, sandbox: Sandbox) -> None:
    response = Client(sandbox).api("/v1/user/illusts", user_id=1008)
    (page.folder / "response.json").write_bytes(response.body)
    done = page.run("decode.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("122030008 うつろう水門 ")
    assert len(done.stdout.splitlines()) == 3


def test_every_program_and_command_of_the_page_is_tested() -> None:
    code = Path(__file__).read_text("utf-8")
    shown = [block for block in blocks(PAGE) if block.language in ("sh", "python")]
    assert [block.mark for block in shown if block.language == "sh" and f'"{block.mark}"' not in code] == []
    assert all("." in block.mark for block in shown if block.language == "python")

"""What a command imports: everything that it does not need makes every start slower (benchmarks/startup.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler
from tests.in_process import PROJECT, clean_environment

pytestmark = pytest.mark.e2e

LIST_MODULES = """
import sys
from pathlib import Path
from scrapy.cmdline import execute
try:
    execute(["scrapy", *sys.argv[2:]])
finally:
    Path(sys.argv[1]).write_text("\\n".join(sys.modules))
"""
# What a crawl without files needs neither for its command nor for its components.
NOT_FOR_A_CRAWL = {
    "PIL",
    "aiohttp.web",
    "av",
    "duckdb",
    "ebooklib",
    "pixiv_crawler.media.checks",
    "pixiv_crawler.media.thumbnail",
    "pixiv_crawler.novels.markup",
    "pixiv_crawler.outputs.export",
    "pixiv_crawler.outputs.gallery",
    "pixiv_crawler.outputs.tables",
    "pixiv_crawler.run.rebuilding",
    "pixiv_crawler.sandbox",
    "pyarrow",
    "requests",
    "rich",
    # Scrapy's own, which inspect the stack while they are imported.
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.downloader.tls",
    "scrapy.extensions.remote_control",
    "scrapy.extensions.telnet",
    "tldextract",
    "twisted.protocols.ftp",
}
# What is needed once the arguments are known to be valid.
NOT_FOR_HELP = NOT_FOR_A_CRAWL | {
    "aiohttp",
    "filelock",
    "pixiv_crawler.addon",
    "pixiv_crawler.downloadhandlers",
    "pixiv_crawler.files",
    "pixiv_crawler.pipelines",
}


def modules_of(folder: Path, *words: str, env: dict[str, str] | None = None, status: int = 0) -> set[str]:
    """The modules that are imported when a command has ended."""
    listing = folder / "modules"
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, listing, *words],
        cwd=PROJECT,
        env=clean_environment() | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return set(listing.read_text().split())


def spiders(modules: set[str]) -> set[str]:
    prefix = "pixiv_crawler.spiders."
    return {name.removeprefix(prefix) for name in modules if name.startswith(prefix) and "base" not in name}


def test_a_crawl_imports_one_spider_and_what_it_uses(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    words = crawl.words("user_works", {}, {"user_id": 2188232, "files": "none", "max_works": 1})
    modules = modules_of(tmp_path, *words, env=crawl.login)
    assert modules & NOT_FOR_A_CRAWL == set()
    assert spiders(modules) == {"user_works"}


@pytest.mark.parametrize(("argument", "status"), [("help=1", 0), ("user_id=x", 1)])
def test_help_and_invalid_arguments_import_no_component_of_a_crawl(tmp_path: Path, argument: str, status: int) -> None:
    modules = modules_of(tmp_path, "crawl", "user_works", "-a", argument, status=status)
    assert modules & NOT_FOR_HELP == set()
    assert spiders(modules) == {"user_works"}


@pytest.mark.parametrize(("words", "status"), [(["list"], 0), (["login", "--help"], 0), (["crawl", "user_work"], 1)])
def test_other_commands_import_no_spider(tmp_path: Path, words: list[str], status: int) -> None:
    modules = modules_of(tmp_path, *words, status=status)
    assert modules & NOT_FOR_HELP == set()
    assert spiders(modules) == set()

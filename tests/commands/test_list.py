from __future__ import annotations

from tests.crawling import PROJECT, scrapy


def test_the_list_names_every_spider_and_nothing_else() -> None:
    done = scrapy("list")
    files = {path.stem for path in (PROJECT / "pixiv_crawler" / "spiders").glob("*.py")} - {"__init__", "base"}
    assert (done.returncode, done.stderr) == (0, "")
    assert "user_works" in files
    assert done.stdout.splitlines() == sorted(files)

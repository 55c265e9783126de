from __future__ import annotations

from pathlib import Path

from tests.in_process import PROJECT, scrapy_in_process


def _is_of_a_spider(path: Path) -> bool:
    """Whether a file is a spider's; others are what they are based on."""
    return path.stem != "__init__" and not path.stem.startswith("base")


def test_the_list_names_every_spider_and_nothing_else() -> None:
    done = scrapy_in_process("list")
    files = {path.stem for path in (PROJECT / "pixiv_crawler" / "spiders").glob("*.py") if _is_of_a_spider(path)}
    assert (done.returncode, done.stderr) == (0, "")
    assert "user_works" in files
    assert done.stdout.splitlines() == sorted(files)

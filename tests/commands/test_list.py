from __future__ import annotations

from pathlib import Path

from tests.in_process import PROJECT, scrapy_in_process


def _is_spider_file(path: Path) -> bool:
    """Whether a file contains a spider; other files contain base classes."""
    return path.stem != "__init__" and not path.stem.startswith("base")


def test_the_list_contains_every_spider_and_nothing_else() -> None:
    done = scrapy_in_process("list")
    files = {path.stem for path in (PROJECT / "pixiv_crawler" / "spiders").glob("*.py") if _is_spider_file(path)}
    assert (done.returncode, done.stderr) == (0, "")
    assert "user_works" in files
    assert done.stdout.splitlines() == sorted(files)

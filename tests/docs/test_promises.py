"""docs/promises.md names every promise, and every promise has tests."""

from __future__ import annotations

import re

from tests.crawling import PROJECT
from tests.promises import PAGE, PROMISES


def test_every_promise_is_proved_by_a_test_and_on_the_page() -> None:
    code = "".join(path.read_text("utf-8") for path in (PROJECT / "tests").rglob("test_*.py"))
    assert set(re.findall(r"mark\.promise\(\"(\w+)\"\)", code)) == set(PROMISES)
    rows = re.findall(r"^\| (.+?) \| `", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == list(PROMISES.values())

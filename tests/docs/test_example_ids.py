"""The users, works and series of the examples exist in the simulated Pixiv."""

from __future__ import annotations

import re

import pytest

from pixiv_crawler.sandbox import Standing, World
from tests.crawling import PROJECT

TEXT = "".join(
    page.read_text("utf-8")
    for page in [
        PROJECT / "README.md",
        *(PROJECT / "docs").glob("*.md"),
        *(PROJECT / "pixiv_crawler" / "spiders").glob("*.py"),
    ]
)
world = World()


def ids(pattern: str) -> list[int]:
    """The IDs in the examples, which an argument or a URL names; at least one."""
    found = [int(number) for text in re.findall(pattern, TEXT) for number in re.findall(r"\d+", text)]
    assert found
    return sorted(set(found))


@pytest.mark.parametrize("user_id", ids(r"(?:-a user_id=|/users/)([0-9,]+)"))
def test_the_users_of_the_examples_exist(user_id: int) -> None:
    user = world.user(user_id)
    assert user is not None
    assert user.standing is Standing.PRESENT


@pytest.mark.parametrize("work_id", ids(r"(?:-a illust_id=|/artworks/)([0-9,]+)"))
def test_the_works_of_the_examples_exist(work_id: int) -> None:
    assert world.work(work_id) is not None

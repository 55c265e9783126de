"""The argument `pages`: which pages of a work are downloaded."""

from __future__ import annotations

import pytest

from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawler

USER = 7


def add_works(sandbox: Sandbox) -> None:
    """A work of four pages, a single image and an animation."""
    specs = (WorkSpec(extensions=("jpg", "png", "jpg", "gif")), WorkSpec(), WorkSpec("ugoira"))
    sandbox.add_user(User(USER, "somebody", "somebody", specs))


def test_only_these_pages_are_downloaded_and_another_run_downloads_the_others(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    add_works(sandbox)
    first = crawl(user_id=USER, pages="2-3", job="first")
    assert first.status == 0, first.log
    assert len(first.files) == 4
    lines = {line["page_count"]: line for line in first.lines("illusts") if line["type"] == "illust"}
    assert [file["path"][-6:] for file in lines[4]["files"]] == ["p1.png", "p2.jpg"]
    assert len(lines[1]["files"]) == 1
    again = crawl(user_id=USER, new_only="true", job="again")
    assert again.status == 0, again.log
    assert len([path for path in again.files if path.endswith((".jpg", ".png", ".gif"))]) == 5
    files = [request for request in sandbox.requests if request.kind == "file"]
    assert len(files) == len({request.path for request in files}) == 6


@pytest.mark.parametrize(
    ("text", "pages", "shown"), [("3", [2], "3-3"), (" 1-3", [0, 1, 2], "1-3"), ("02-", [1, 2, 3], "2-")]
)
def test_a_range_of_pages_is_counted_from_1(text: str, pages: list[int], shown: str) -> None:
    args = WorksArgs.parse({"pages": text})
    assert args.pages is not None
    assert [page for page in range(4) if page in args.pages] == pages
    assert args.model_dump(mode="json")["pages"] == shown
    assert WorksArgs.parse({"pages": shown}).pages == args.pages

"""Crawls of listings that shrink and grow between two requests: what was there all the time comes once, or the run says that it is incomplete."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Churn, NovelSpec, Sandbox, User, WorkSpec
from tests.crawling import Crawl, Crawler
from tests.promises import tries

from .checks import RICH, api, failures

pytestmark = pytest.mark.promise("shift")

MANY, READ = 3001, 75900001
CRAWLS: list[tuple[str, dict[str, Any], str, str]] = [
    ("user_works", {"user_id": MANY}, "illusts", "/v1/user/illusts"),
    ("user_works", {"user_id": MANY, "type": "novel"}, "novels", "/v1/user/novels"),
    ("rankings", {"date": date(2026, 11, 10)}, "illusts", "/v1/illust/ranking"),
    ("rankings", {"date": date(2026, 11, 10), "type": "novel"}, "novels", "/v1/novel/ranking"),
    ("following_feed", {}, "illusts", "/v2/illust/follow"),
    ("mypixiv_works", {}, "illusts", "/v2/illust/mypixiv"),
    ("series", {"series_id": 300020}, "illusts", "/v1/illust/series"),
    ("series", {"novel_series_id": 900013}, "novels", "/v2/novel/series"),
    ("search", {"word": "a", "type": "novel", "target": "text"}, "novels", "/v1/search/novel"),
    ("search_users", {"word": "a"}, "user_previews", "/v1/search/user"),
    ("following", {"user_id": RICH}, "user_previews", "/v1/user/following"),
    ("followers", {"user_id": RICH}, "user_previews", "/v1/user/follower"),
    ("bookmark_tags", {}, "bookmark_tags", "/v1/user/bookmark-tags/illust"),
    ("search_bookmarks", {}, "illusts", "/v1/search/bookmark/illust"),
    ("search_bookmark_tags", {"of": "work"}, "bookmark_tags", "/v1/search/bookmark/illust/illust-tag"),
    ("comments", {"illust_id": READ, "replies": "false"}, "comments", "/v3/illust/comments"),
]


@pytest.fixture
def shifting(sandbox: Sandbox) -> Sandbox:
    works = tuple(WorkSpec("illust") for _ in range(130))
    sandbox.add_user(User(MANY, "多作な人", "many", works, novels=tuple(NovelSpec() for _ in range(100))))
    return sandbox


def of_entry(entry: Any) -> Any:
    """What the line of an entry of the sandbox is known by."""
    return entry[0] if isinstance(entry, tuple) else getattr(entry, "id", entry)


def of_line(line: dict[str, Any]) -> Any:
    return line.get("id") or line.get("name") or line["user"]["id"]


def assert_honest(sandbox: Sandbox, done: Crawl, name: str, path: str) -> None:
    """All that lasted came once, or the listing is named as incomplete."""
    counts = Counter(map(of_line, done.lines(name)))
    assert [id_ for id_, count in counts.items() if count > 1] == []
    lasting = {of_entry(entry) for entry in sandbox.world.churn.lasting(path)} - {None}
    gone = {of_line(line) for line in done.lines("unavailable")}
    if not lasting <= counts.keys() | gone:
        assert done.status == 3, done.log
        assert failures(done)


@pytest.mark.parametrize(("spider", "arguments", "name", "path"), CRAWLS, ids=[path for *_, path in CRAWLS])
@pytest.mark.parametrize("most", [2, 20])
@pytest.mark.parametrize("seed", range(tries(1, 8)))
def test_what_was_there_all_the_time_comes_once(
    shifting: Sandbox,
    crawl: Crawler,
    spider: str,
    arguments: dict[str, Any],
    name: str,
    path: str,
    most: int,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("worlds", 1)
    shifting.world.churn = Churn(most, seed=f"{path} {seed}")
    files = {} if name in ("user_previews", "bookmark_tags", "comments") else {"files": "none"}
    assert_honest(shifting, crawl(spider, **arguments, **files), name, path)
    assert len(api(shifting, path)) < 60
    assert seed or shifting.world.churn.lasting(path), "of the other worlds, nothing may last in a short listing"


def test_a_run_that_is_resumed_finds_its_place_again(shifting: Sandbox, tmp_path: Path) -> None:
    """The run is interrupted in the middle of the listing; meanwhile twenty works before this place disappear."""
    crawl = Crawler(shifting, tmp_path)
    arguments = {"user_id": MANY, "files": "none", "job": "one"}
    crawl.stopped(
        signal.SIGINT,
        lambda: len(api(shifting, "/v1/user/illusts")) >= 2,
        settings={"PIXIV_API_DELAY": 0.5},
        **arguments,
    )
    requests = len(api(shifting, "/v1/user/illusts"))
    assert requests < 5
    shifting.world.churn = _Gone(20)
    done = crawl(**arguments)
    lines = done.lines("illusts")
    assert sorted(line["id"] for line in lines) == sorted(work.id for work in shifting.world.listing(MANY))
    assert [failures(done), done.status] == [[], 0]


class _Gone(Churn):
    """The first entries of every listing are gone."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def listed(self, path: str, query: Any, entries: Any) -> Any:
        return entries[self._count :]


def test_without_a_shift_nothing_is_dropped_as_a_duplicate(shifting: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=MANY, files="none")
    assert done.status == 0
    assert "duplicates" not in done.report["dropped"]
    assert [line["source"]["position"] for line in done.lines("illusts")] == list(range(1, 131))
    assert [request.query.get("offset", "0") for request in api(shifting, "/v1/user/illusts")] == [
        "0",
        "29",
        "58",
        "87",
        "116",
    ]

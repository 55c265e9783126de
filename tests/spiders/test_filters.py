"""Filter arguments, compared with the works of the simulated Pixiv."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox, Work
from pixiv_crawler.sandbox.world.works import JST
from tests.crawling import Crawl, Crawler

from .checks import ACCOUNT, ORDINARY, RICH, SERIAL, api, assert_complete, assert_refused, ids, paths

CASES: list[tuple[str, str, Callable[[Work], bool]]] = [
    ("min_bookmarks", "5000", lambda work: work.total_bookmarks >= 5000),
    ("max_bookmarks", "5000", lambda work: work.total_bookmarks <= 5000),
    ("min_views", "20000", lambda work: work.total_view >= 20000),
    ("tags", "創作漫画", lambda work: "創作漫画" in work.tags),
    ("tags", "ＣＡＴ, 創作漫画", lambda work: {"猫", "創作漫画"} <= set(work.tags)),
    ("exclude_tags", "猫,Original", lambda work: not {"猫", "オリジナル"} & set(work.tags)),
    ("x_restrict", "0", lambda work: work.spec.x_restrict == 0),
    ("x_restrict", "1,2", lambda work: work.spec.x_restrict in (1, 2)),
    ("ai", "yes", lambda work: work.ai_type == 2),
    ("ai", "no", lambda work: work.ai_type == 1),
    ("ai", "unknown,no", lambda work: work.ai_type in (0, 1)),
    ("since", "2020-01-01", lambda work: work.created.date().isoformat() >= "2020-01-01"),
    ("until", "2020-01-01", lambda work: work.created.date().isoformat() <= "2020-01-01"),
    ("min_pages", "4", lambda work: work.page_count >= 4),
    ("max_pages", "1", lambda work: work.page_count <= 1),
    ("min_width", "100", lambda work: work.size[0] >= 100),
    ("min_height", "80", lambda work: work.size[1] >= 80),
    ("ratio", "landscape", lambda work: work.size[0] > work.size[1]),
    ("ratio", "portrait,square", lambda work: work.size[0] <= work.size[1]),
    ("tools", "photoshop,ＳＡＩ", lambda work: bool({"Photoshop", "SAI"} & set(work.tools))),
    ("max_age", "1200", lambda work: (datetime.now(JST).date() - work.created.date()).days < 1200),
]


def dropped(done: Crawl, name: str) -> int:
    """The number of dropped works in the stats at the end of the log."""
    found = re.search(rf"'pixiv/filters/{name}': (\d+)", done.log)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(("name", "value", "passes"), CASES)
def test_a_single_filter(
    sandbox: Sandbox, crawl: Crawler, name: str, value: str, passes: Callable[[Work], bool]
) -> None:
    works = sandbox.world.works(RICH)
    expected = [work.id for work in works if passes(work)]
    done = crawl(user_id=RICH, **{name: value}, files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == expected
    assert dropped(done, name) == len(works) - len(expected)
    assert done.report["lines"] == ({"illust": len(expected)} if expected else {})


@pytest.mark.parametrize("name", ["since", "until"])
def test_dates_are_japanese_and_inclusive(sandbox: Sandbox, crawl: Crawler, name: str) -> None:
    works = sandbox.world.works(RICH)
    edge = works[30].created.date()
    done = crawl(user_id=RICH, **{name: edge.isoformat()}, files="none")
    assert works[30].id in ids(done.lines("illusts"))
    expected = works[:31] if name == "since" else works[30:]
    assert ids(done.lines("illusts")) == [work.id for work in expected]


def test_a_work_is_counted_under_the_first_filter_that_drops_it(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, min_bookmarks=5000, max_pages=1, x_restrict="0", files="none")
    assert_complete(done)
    works = sandbox.world.works(RICH)
    expected = [w.id for w in works if w.total_bookmarks >= 5000 and w.page_count <= 1 and w.spec.x_restrict == 0]
    assert ids(done.lines("illusts")) == expected
    counted = sum(dropped(done, name) for name in ("min_bookmarks", "max_pages", "x_restrict"))
    assert counted == len(works) - len(expected)


def test_dropped_works_cause_no_further_requests(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, min_bookmarks=1_000_000_000, comments="true", users="true")
    assert_complete(done)
    assert dropped(done, "min_bookmarks") == 74
    assert paths(sandbox) == {"/v1/user/detail", "/v1/user/illusts"}
    assert len(api(sandbox, "/v1/user/detail")) == 1, "the first request of user_works"


def test_files_frames_comments_and_users_are_requested_only_for_remaining_works(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    remaining = [work for work in sandbox.world.works(RICH) if work.type == "ugoira"][:1]
    until = since = remaining[0].created.date().isoformat()
    done = crawl(user_id=RICH, since=since, until=until, comments="true", users="true")
    assert_complete(done)
    assert ids(done.lines("illusts")) == [remaining[0].id]
    requested: list[Any] = [request.query["illust_id"] for request in api(sandbox, "/v1/ugoira/")]
    assert requested == [str(remaining[0].id)]
    assert {request.query["illust_id"] for request in api(sandbox, "/v3/illust/comments")} <= {str(remaining[0].id)}
    assert {request.query["user_id"] for request in api(sandbox, "/v1/user/detail")} == {str(RICH)}
    assert len([request for request in sandbox.requests if request.kind == "file"]) == 1


def test_max_works_counts_remaining_works(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, min_pages=2, max_works=5, files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == [work.id for work in sandbox.world.works(RICH) if work.page_count >= 2][:5]


def test_filters_apply_to_the_fields_that_novels_have(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, type="novel", x_restrict="0", ai="no,unknown", tags="短編", min_width=5000)
    assert_complete(done)
    novels = [novel for novel in sandbox.world.novels_of(RICH) if novel.spec.x_restrict == 0 and novel.ai_type != 2]
    tagged = [novel for novel in novels if "短編" in (*novel.tags, *novel.reader_tags)]
    assert ids(done.lines("novels")) == [novel.id for novel in tagged]


@pytest.mark.parametrize(
    ("spider", "arguments"),
    [
        ("bookmarks", {}),
        ("search_bookmarks", {}),
        ("rankings", {"date": "2026-11-18", "max_works": 40}),
        ("search", {"word": "桜"}),
        ("related", {"illust_id": 70560001}),
        ("recommended", {"type": "illust", "ranking": "true", "max_works": 40}),
        ("following_feed", {"restrict": "private"}),
        ("mypixiv_works", {}),
        ("new_works", {"max_works": 40}),
        ("series", {"series_id": 300020}),
        ("works", {"illust_id": 70560001}),
    ],
)
def test_every_spider_of_works_has_filters(
    sandbox: Sandbox, crawl: Crawler, spider: str, arguments: dict[str, Any]
) -> None:
    done = crawl(spider, **arguments, max_pages=1, files="none")
    assert_complete(done)
    assert all(work["page_count"] == 1 for work in done.lines("illusts"))
    assert dropped(done, "max_pages") > 0 or spider == "works"


@pytest.mark.parametrize("user_id", [ORDINARY, SERIAL])
def test_a_filter_that_matches_all_works_drops_none(sandbox: Sandbox, crawl: Crawler, user_id: int) -> None:
    done = crawl(
        user_id=user_id, min_bookmarks=0, max_pages=200, x_restrict="0,1,2", ai="yes,no,unknown", files="none"
    )
    assert_complete(done)
    assert ids(done.lines("illusts")) == [work.id for work in sandbox.world.works(user_id)]
    assert "pixiv/filters/" not in done.log


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_bookmarks", "-1"),
        ("max_bookmarks", "1e3"),
        ("min_views", "many"),
        ("x_restrict", "100"),
        ("x_restrict", ""),
        ("ai", "maybe"),
        ("since", "2026-13-01"),
        ("until", "tomorrow"),
        ("min_pages", "1.5"),
        ("max_pages", ""),
        ("min_width", "100px"),
        ("min_height", "0x10"),
        ("ratio", "16:9"),
        ("max_age", "0"),
        ("pages", "3-1"),
        ("pages", "0"),
        ("comments", "perhaps"),
        ("users", "2"),
    ],
)
def test_an_invalid_filter_is_rejected(sandbox: Sandbox, crawl: Crawler, name: str, value: str) -> None:
    from .checks import assert_refused

    assert_refused(crawl(user_id=RICH, **{name: value}), sandbox, f"spider argument {name}: ")


def test_bookmarked_works_can_be_skipped(sandbox: Sandbox, crawl: Crawler) -> None:
    works, bookmarks = sandbox.world.works(RICH), sandbox.world.bookmarks
    for work in works[1:4]:
        bookmarks.put(ACCOUNT, work.id)
    done = crawl(user_id=RICH, skip_bookmarked="true", files="none")
    assert_complete(done)
    expected = [work.id for work in works if bookmarks.find(ACCOUNT, work.id) is None]
    assert ids(done.lines("illusts")) == expected
    assert dropped(done, "skip_bookmarked") == len(works) - len(expected) >= 3


def test_works_of_muted_and_excluded_users_can_be_skipped(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    (tmp_path / "users.txt").write_text(f"https://www.pixiv.net/users/{SERIAL} # seen enough\n")
    sandbox.world.account = replace(sandbox.world.account, muted_users=frozenset({ORDINARY}))
    args = {"skip_muted": "true", "exclude_users": f"@{tmp_path / 'users.txt'}", "type": "illust,novel"}
    done = crawl(user_id=f"{RICH},{ORDINARY},{SERIAL}", **args, files="none")
    assert_complete(done)
    assert {line["user"]["id"] for name in ("illusts", "novels") for line in done.lines(name)} == {RICH}
    assert dropped(done, "skip_muted") > 0
    assert dropped(done, "exclude_users") > 0


@pytest.mark.parametrize(
    ("args", "passes"),
    [
        ({"ai": "no,unknown", "ai_tags": "CAT"}, lambda work: work.ai_type != 2 and "猫" not in work.tags),
        ({"ai": "yes", "ai_tags": "CAT"}, lambda work: work.ai_type == 2 or "猫" in work.tags),
        ({"ai": "yes", "ai_users": f"{RICH}"}, lambda work: True),
        ({"ai": "no", "ai_users": f"{ORDINARY}"}, lambda work: work.ai_type == 1),
    ],
)
def test_works_without_an_ai_label_are_recognised_by_tags_and_users(
    sandbox: Sandbox, crawl: Crawler, args: dict[str, str], passes: Callable[[Work], bool]
) -> None:
    done = crawl(user_id=RICH, **args, files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == [work.id for work in sandbox.world.works(RICH) if passes(work)]


@pytest.mark.parametrize("name", ["ai_tags", "ai_users"])
def test_lists_of_ai_without_the_filter_are_rejected(sandbox: Sandbox, crawl: Crawler, name: str) -> None:
    assert_refused(crawl(user_id=RICH, **{name: "11"}), sandbox, f"{name} has no effect without ai: pass -a ai=no")

"""Lists of the account: watchlists, markers, muted tags and users, blocked users; emoji and stamps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.fixtures.comments import EMOJI, STAMP_IDS
from tests.crawling import Crawler

from .checks import ACCOUNT, ORDINARY, RICH, api, assert_complete, ids


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("manga", [300020, 300017, 300999]),
        ("novel", [900013, 900011]),
        (None, [300020, 300017, 300999, 900013, 900011]),
    ],
)
def test_the_series_that_the_account_watches_are_collected(
    sandbox: Sandbox, crawl: Crawler, type_: str | None, expected: list[int]
) -> None:
    done = crawl("watchlist", **({"type": type_} if type_ else {}))
    assert_complete(done)
    lines = done.lines("watchlist_series")
    assert ids(lines) == expected
    assert [line["type"] for line in lines] == ["novel" if line["id"] > 900_000 else "manga" for line in lines]
    for line in lines[:2]:
        of_manga, of_novels = sandbox.world.series_works, sandbox.world.novel_catalogue.series
        works = (of_manga if line["type"] == "manga" else of_novels)(line["id"])
        assert (line["latest_content_id"], line["published_content_count"]) == (works[-1].id, len(works))


def test_a_watched_series_that_pixiv_withholds_says_why(crawl: Crawler) -> None:
    (withheld,) = (line for line in crawl("watchlist").lines("watchlist_series") if line["mask_text"])
    assert (withheld["title"], withheld["url"], withheld["user"]["id"]) == ("", None, 0)


def test_a_line_of_a_series_says_whether_the_account_watches_it(crawl: Crawler) -> None:
    done = crawl("series", series_id="300020,300021", novel_series_id="900013,900012", files="none")
    watched = [line["watchlist_added"] for name in ("illust_series", "novel_series") for line in done.lines(name)]
    assert watched == [True, False, True, False]


def test_novels_are_collected_with_the_marked_page(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("novel_markers")
    assert_complete(done)
    lines = done.lines("novel_markers")
    assert len({line["novel"]["id"] for line in lines}) == len(lines) == 33
    assert all(
        1 <= line["novel_marker"]["page"] <= line["novel"]["page_count"] for line in lines if line["novel"]["visible"]
    )
    assert [line["source"]["position"] for line in lines] == list(range(1, 34))
    assert len(api(sandbox, "/v2/novel/markers")) == 2


def test_muted_tags_and_users_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    tags = ("猫", "鬱展開")
    sandbox.world.account = replace(sandbox.world.account, muted_users=frozenset({RICH, ORDINARY}), muted_tags=tags)
    done = crawl("muted")
    assert_complete(done)
    found = [(line["tag"]["name"], line["tag"]["translated_name"]) for line in done.lines("muted_tags")]
    assert found == [("猫", "cat"), ("鬱展開", None)]
    assert [line["user"]["id"] for line in done.lines("muted_users")] == [ORDINARY, RICH]


def test_an_account_may_mute_nothing(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.account = replace(sandbox.world.account, muted_users=frozenset(), muted_tags=())
    done = crawl("muted")
    assert_complete(done)
    assert done.report["lines"] == {}


def test_blocked_users_are_those_of_the_account(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("blocked_users")
    assert_complete(done)
    assert [line["user"]["id"] for line in done.lines("user_previews")] == sandbox.world.follows.blocked[ACCOUNT] != []
    assert all(line["illusts"] is None for line in done.lines("user_previews"))


def test_emoji_and_stamps_are_collected(crawl: Crawler) -> None:
    done = crawl("emoji")
    assert_complete(done)
    assert {line["id"]: line["slug"] for line in done.lines("emoji")} == EMOJI
    stamps = done.lines("stamps")
    assert [line["stamp_id"] for line in stamps] == list(STAMP_IDS)
    assert all(line["stamp_url"].endswith(f"/{line['stamp_id']}_s.jpg") for line in stamps)

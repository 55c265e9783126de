"""The warning about works that the account's own settings hide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pixiv_crawler.arguments import TypedWorksArgs, WorksArgs
from pixiv_crawler.extensions.account_settings import warning
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.spiders.rankings import RankingsSpider
from tests.crawling import Crawl, Crawler

USER = 2188232
ADVICE = "to collect them, allow them in the display settings of the account at Pixiv, then run: scrapy login --check"


def warned(done: Crawl) -> list[str]:
    """What the log warned of, which the report must have, too."""
    logged = re.findall(r" WARNING: (.*the account's settings hide.*|The account's settings hide.*)", done.log)
    assert logged == [sentence for sentence in done.report["warnings"] if "account's settings hide" in sentence]
    return logged


@pytest.mark.parametrize(
    ("shown", "sentences"),
    [
        (
            0,
            [f"The account's settings hide R-18 and R-18G works, so Pixiv omits or withholds them; {ADVICE}"],
        ),
        (1, [f"The account's settings hide R-18G works, so Pixiv omits or withholds them; {ADVICE}"]),
        (2, []),
    ],
)
def test_a_crawl_says_once_which_works_the_account_hides(tmp_path: Path, shown: int, sentences: list[str]) -> None:
    with Sandbox(x_restrict=shown) as sandbox:
        done = Crawler(sandbox, tmp_path)(user_id=USER, files="none")
    assert done.status == 0
    assert warned(done) == sentences
    hidden = [line["id"] for line in done.lines("unavailable") if line["reason"] == "r18_hidden"]
    assert bool(hidden) == bool(sentences)


def test_a_stored_login_is_warned_about_too(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        crawl(user_id=USER, files="none", max_works=1, settings={"PIXIV_DATA_DIR": tmp_path / "first"})
        done = crawl(user_id=USER, files="none", max_works=1)
        logins = [request for request in sandbox.requests if request.path == "/auth/token"]
    assert len(logins) == 1
    assert len(warned(done)) == 1


@pytest.mark.parametrize(
    ("spider", "args", "begin"),
    [
        ("rankings", {"mode": "day,day_r18,week_r18g"}, "mode=day_r18,week_r18g requests R-18 and R-18G works"),
        ("user_works", {"user_id": USER, "x_restrict": "0,1"}, "x_restrict=1 requests R-18 works"),
    ],
)
def test_who_asks_for_hidden_works_is_told_that_there_will_be_none(
    tmp_path: Path, spider: str, args: dict[str, str], begin: str
) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)(spider, files="none", **args)
    assert warned(done) == [f"{begin}, but the account's settings hide them, so Pixiv shows none; {ADVICE}"]
    assert {work["x_restrict"] for work in done.lines("illusts")} == {0}


@pytest.mark.parametrize(
    ("spider", "args"),
    [("rankings", {"max_works": 1}), ("user_works", {"user_id": USER, "x_restrict": 0}), ("users", {"user_id": USER})],
)
def test_nobody_is_warned_who_would_not_have_had_hidden_works(
    tmp_path: Path, spider: str, args: dict[str, str]
) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)(spider, **args)
    assert done.status == 0
    assert warned(done) == []


@pytest.mark.parametrize(
    ("args", "shown", "begin"),
    [
        (WorksArgs.parse({}), 1, "The account's settings hide R-18G works"),
        (WorksArgs.parse({"x_restrict": "1"}), 1, None),
        (WorksArgs.parse({"x_restrict": "0,1,2"}), 1, "x_restrict=2 requests R-18G works"),
        (TypedWorksArgs.parse({"x_restrict": "0"}), 0, None),
        (RankingsSpider.Args.parse({"mode": "day_r18"}), 1, None),
        (
            RankingsSpider.Args.parse({"mode": "day_r18_manga,week_r18g_manga"}),
            1,
            "mode=week_r18g_manga requests R-18G",
        ),
        (RankingsSpider.Args.parse({"mode": "day", "x_restrict": "1"}), 0, None),
        (
            RankingsSpider.Args.parse({"mode": "day_r18,week_r18g", "x_restrict": "1"}),
            0,
            "mode=day_r18 requests R-18 w",
        ),
        (WorksArgs.parse({}), 2, None),
        (WorksArgs.parse({}), 3, None),
    ],
)
def test_only_what_is_wanted_and_hidden_is_named(args: WorksArgs, shown: int, begin: str | None) -> None:
    sentence = warning(args, shown)
    assert (sentence is None) == (begin is None)
    assert (sentence or "").startswith(begin or "")

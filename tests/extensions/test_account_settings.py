"""The warning about works that the account's settings hide."""

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
    """The warnings in the log, which must also be in the report."""
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
def test_a_crawl_warns_once_about_works_that_the_account_hides(
    tmp_path: Path, shown: int, sentences: list[str]
) -> None:
    with Sandbox(x_restrict=shown) as sandbox:
        done = Crawler(sandbox, tmp_path)(user_id=USER, files="none")
    assert done.status == 0
    assert warned(done) == sentences
    hidden = [line["id"] for line in done.lines("unavailable") if line["reason"] == "r18_hidden"]
    assert bool(hidden) == bool(sentences)


def test_a_stored_login_also_causes_the_warning(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        crawl(user_id=USER, files="none", max_works=1, settings={"PIXIV_DATA_DIR": tmp_path / "first"})
        done = crawl(user_id=USER, files="none", max_works=1)
        logins = [request for request in sandbox.requests if request.path == "/auth/token"]
    assert len(logins) == 1
    assert len(warned(done)) == 1


@pytest.mark.parametrize(
    ("spider", "args", "start"),
    [
        ("rankings", {"mode": "day,day_r18,week_r18g"}, "mode=day_r18,week_r18g requests R-18 and R-18G works"),
        ("user_works", {"user_id": USER, "x_restrict": "0,1"}, "x_restrict=1 requests R-18 works"),
    ],
)
def test_a_crawl_that_requests_hidden_works_warns_that_there_are_none(
    tmp_path: Path, spider: str, args: dict[str, str], start: str
) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)(spider, files="none", **args)
    assert warned(done) == [f"{start}, but the account's settings hide them, so Pixiv shows none; {ADVICE}"]
    assert {work["x_restrict"] for work in done.lines("illusts")} == {0}


@pytest.mark.parametrize(
    ("spider", "args"),
    [("rankings", {"max_works": 1}), ("user_works", {"user_id": USER, "x_restrict": 0}), ("users", {"user_id": USER})],
)
def test_there_is_no_warning_if_no_hidden_works_are_requested(
    tmp_path: Path, spider: str, args: dict[str, str]
) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)(spider, **args)
    assert done.status == 0
    assert warned(done) == []


@pytest.mark.parametrize(
    ("args", "shown", "start"),
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
def test_the_warning_names_only_requested_and_hidden_works(args: WorksArgs, shown: int, start: str | None) -> None:
    sentence = warning(args, shown)
    assert (sentence is None) == (start is None)
    assert (sentence or "").startswith(start or "")

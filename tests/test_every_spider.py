"""Tests that run for every spider, including new ones."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler.items import Item
from pixiv_crawler.run.output_folder import OUTPUT_FILES
from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.schemas import schema_of
from tests.crawling import Crawler
from tests.in_process import scrapy_in_process
from tests.spiders.checks import assert_refused

SPIDERS = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))
WRITERS = {"edit_bookmarks", "edit_follows"}


def example(name: str, **changes: str) -> dict[str, str]:
    """The arguments of a spider's example, with those of `changes` that the spider knows."""
    (line,) = re.findall(rf"Example: scrapy crawl {name}(.*)", inspect.getdoc(SPIDERS.load(name)) or "")
    words = [word for word in shlex.split(line) if word != "-a"]
    known = SPIDERS.load(name).Args.model_fields
    given = {argument: value for argument, value in changes.items() if argument in known}
    return dict(word.split("=", 1) for word in words) | given


CLASSES: dict[str, Any] = {cls.__dataclass_fields__["kind"].default: cls for cls in get_args(Item)}
ITEM_CLASSES = {name: CLASSES[kind] for kind, name in OUTPUT_FILES.items()}


@pytest.mark.parametrize("name", SPIDERS.list())
@pytest.mark.quick
def test_the_example_of_a_spider_writes_lines_that_match_their_schemas_and_changes_nothing_at_pixiv(
    sandbox: Sandbox, crawl: Crawler, name: str
) -> None:
    done = crawl(name, **example(name, max_works="8"))
    assert done.status == 0, done.log
    assert done.report["finish_reason"] == "finished"
    assert done.report["failures"] == []
    assert done.report["new_fields"] == []
    feeds = sorted(done.run_folder.glob("*.jsonl"))
    assert feeds
    for feed in feeds:
        cls = ITEM_CLASSES[feed.name]
        validator = jsonschema.Draft202012Validator(schema_of(cls))
        for line in feed.read_bytes().splitlines():
            msgspec.json.decode(line, type=cls)
            validator.validate(msgspec.json.decode(line))
    assert "Traceback" not in done.log
    if name not in WRITERS:
        assert {request.method for request in sandbox.requests if request.kind == "api"} == {"GET"}


@pytest.mark.parametrize("name", SPIDERS.list())
@pytest.mark.quick
def test_the_help_of_a_spider_lists_its_arguments(name: str) -> None:
    done = scrapy_in_process("crawl", name, "-a", "help=1")
    assert done.returncode == 0
    for argument, field in SPIDERS.load(name).Args.model_fields.items():
        assert re.search(rf"^  {argument} \(", done.stdout, re.MULTILINE)
        assert (field.description or "x").split()[0] in done.stdout


@pytest.mark.parametrize("name", SPIDERS.list())
@pytest.mark.quick
def test_an_unknown_argument_is_rejected_with_a_list_of_arguments(sandbox: Sandbox, crawl: Crawler, name: str) -> None:
    done = crawl(name, **(example(name) | {"nonsense": "1"}))
    assert done.status == 1
    assert (
        f"unknown spider argument 'nonsense': the known ones are {', '.join(sorted(SPIDERS.load(name).Args.model_fields))}"
        in done.log
    )
    assert sandbox.requests == []


IDS = {
    "user_works": "user_id",
    "bookmarks": "user_id",
    "users": "user_id",
    "following": "user_id",
    "followers": "user_id",
    "mypixiv_users": "user_id",
    "related_users": "user_id",
    "bookmark_tags": "user_id",
    "works": "illust_id,novel_id",
    "related": "illust_id",
    "bookmark_details": "illust_id",
    "bookmark_users": "illust_id,novel_id",
    "comments": "illust_id,novel_id",
    "series": "series_id,novel_series_id",
    "edit_bookmarks": "add,delete",
    "edit_follows": "add,delete",
    "recommended": "bookmark_illust_ids",
}
ENUMS = {
    "user_works": {"type": "illust, manga, ugoira, novel", "files": "original, large", "ai": "yes, no, unknown"},
    "works": {
        "files": "original, large, medium, square_medium, none",
        "ugoira": "zip, frames, webp, apng, gif, mp4, webm",
        "novel": "txt, html, epub",
        "extras": "avatar, background, cover",
        "sidecar": "json, xmp",
    },
    "users": {"extras": "avatar, background"},
    "series": {"novel": "txt, html, epub"},
    "bookmarks": {"restrict": "public, private", "type": "illust, manga, ugoira, novel"},
    "rankings": {"mode": "day, week, month", "type": "illust, manga, ugoira, novel"},
    "search": {
        "target": "partial_match_for_tags, exact_match_for_tags, title_and_caption, keyword, text",
        "sort": "date_desc, date_asc, popular_desc, popular_male_desc, popular_female_desc, popular_preview",
        "duration": "within_last_day, within_last_week, within_last_month",
        "type": "illust, manga, ugoira, novel",
    },
    "recommended": {"type": "illust, manga, ugoira, novel"},
    "following_feed": {"restrict": "all, public, private", "type": "illust, manga, ugoira, novel"},
    "new_works": {"type": "illust, manga, ugoira, novel"},
    "watchlist": {"type": "manga, novel"},
    "mypixiv_works": {"type": "illust, manga, ugoira, novel"},
    "trending_tags": {"type": "illust, novel"},
    "following": {"restrict": "public, private"},
    "search_bookmarks": {"restrict": "public, private", "type": "illust, manga, ugoira, novel"},
    "search_bookmark_tags": {"restrict": "public, private", "type": "illust, novel", "of": "bookmark, work"},
    "bookmark_tags": {"restrict": "public, private", "type": "illust, novel"},
    "edit_bookmarks": {"restrict": "public, private"},
    "edit_follows": {"restrict": "public, private"},
}
NUMBERS = {
    "bookmarks": "max_bookmark_id",
    "user_works": "offset",
    "rankings": "offset",
    "following_feed": "offset",
    "series": "offset",
    "following": "offset",
    "followers": "offset",
    "mypixiv_users": "offset",
    "mypixiv_works": "offset",
    "recommended_users": "offset",
    "blocked_users": "offset",
    "novel_markers": "offset",
    "related_users": "offset",
    "search_users": "offset",
    "bookmark_tags": "offset",
    "search_bookmarks": "offset",
    "search_bookmark_tags": "offset",
    "comments": "offset",
    "new_works": "max_works",
    "recommended": "max_bookmark_id_for_recommend,min_bookmark_id_for_recent_illust",
}
DAYS = {"search": "start_date,end_date", "rankings": "date", "related": "since,until"}
FLAGS = {
    "works": "text",
    "comments": "replies",
    "recommended": "ranking",
    "bookmarks": "comments",
    "related": "users",
}


def cases(table: dict[str, str], *values: str) -> list[tuple[str, str, str]]:
    return [(spider, name, value) for spider, names in table.items() for name in names.split(",") for value in values]


@pytest.mark.parametrize(("spider", "name", "value"), cases(IDS, "12,abc"))
@pytest.mark.quick
def test_an_id_that_is_not_a_number_is_rejected(
    sandbox: Sandbox, crawl: Crawler, spider: str, name: str, value: str
) -> None:
    assert_refused(
        crawl(spider, **{name: value}), sandbox, f"spider argument {name}: 'abc' is not a valid ", "pass a numeric ID"
    )


@pytest.mark.parametrize(
    ("spider", "name", "listed"), [(spider, *pair) for spider, names in ENUMS.items() for pair in names.items()]
)
@pytest.mark.quick
def test_an_unknown_value_is_rejected_with_a_list_of_values(
    sandbox: Sandbox, crawl: Crawler, spider: str, name: str, listed: str
) -> None:
    done = crawl(spider, **(example(spider) | {name: "non sense"}))
    assert_refused(done, sandbox, f"spider argument {name}: 'non sense' is not one of ", listed)


@pytest.mark.parametrize(("spider", "name", "value"), cases(NUMBERS, "-1"))
@pytest.mark.quick
def test_an_invalid_number_is_rejected(sandbox: Sandbox, crawl: Crawler, spider: str, name: str, value: str) -> None:
    done = crawl(spider, **(example(spider) | {name: value}))
    assert_refused(done, sandbox, f"spider argument {name}: '{value}' is not a valid number")


@pytest.mark.parametrize(("spider", "name", "value"), cases(DAYS, "2026-02-30", "26-1-1"))
@pytest.mark.quick
def test_an_invalid_date_is_rejected(sandbox: Sandbox, crawl: Crawler, spider: str, name: str, value: str) -> None:
    done = crawl(spider, **(example(spider) | {name: value}))
    assert_refused(done, sandbox, f"spider argument {name}: '{value}' is not a valid date: pass YYYY-MM-DD")


@pytest.mark.parametrize(
    ("spider", "name", "value"), cases({"search": "start_date,end_date", "rankings": "date"}, "2099-01-01")
)
@pytest.mark.quick
def test_a_date_in_the_future_is_rejected(
    sandbox: Sandbox, crawl: Crawler, spider: str, name: str, value: str
) -> None:
    done = crawl(spider, **(example(spider) | {name: value}))
    assert_refused(
        done, sandbox, f"spider argument {name}: 2099-01-01 is in the future: the current date in Japan is "
    )


@pytest.mark.parametrize(("spider", "name", "value"), cases(FLAGS, "perhaps"))
@pytest.mark.quick
def test_an_invalid_flag_is_rejected(sandbox: Sandbox, crawl: Crawler, spider: str, name: str, value: str) -> None:
    done = crawl(spider, **(example(spider) | {name: value}))
    assert_refused(done, sandbox, f"spider argument {name}: 'perhaps' is not a valid flag: pass true or false")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "the spider argument word is missing"),
        ({"word": " "}, "spider argument word: the value is empty: pass a word"),
        ({"word": "a", "start_date": "2026-03-02", "end_date": "2026-03-01"}, "is before start_date"),
        (
            {"word": "a", "start_date": "2026-03-02", "duration": "within_last_day"},
            "duration cannot be combined with start_date and end_date",
        ),
        ({"word": "a", "target": "text"}, "target text searches novels only"),
        (
            {"word": "a", "sort": "popular_male_desc", "type": "illust,novel"},
            "novels cannot be sorted by popular_male_desc",
        ),
    ],
)
@pytest.mark.quick
def test_contradictory_search_arguments_are_rejected(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str], sentence: str
) -> None:
    assert_refused(crawl("search", **arguments), sandbox, sentence)


@pytest.mark.parametrize("name", sorted(set(SPIDERS.list()) - WRITERS))
def test_a_crawl_with_only_invalid_responses_ends_and_reports_failures(
    sandbox: Sandbox, crawl: Crawler, name: str
) -> None:
    sandbox.add_fault(Fault("html_200", "/v", times=None))
    done = crawl(name, **example(name), settings={"RETRY_TIMES": 0})
    assert done.status == 3, done.log
    assert done.report["failures"]
    assert all(failure["source"] for failure in done.report["failures"])
    assert "Traceback" not in done.log


@pytest.mark.parametrize("name", sorted(set(SPIDERS.list()) - WRITERS))
def test_an_invalid_entry_is_rejected_alone(sandbox: Sandbox, crawl: Crawler, name: str) -> None:
    """The fault sets an invalid `total_view`, which kinds without this field ignore."""
    arguments = example(name, files="none", max_works="8")
    # The first response of user_works is a profile, not a listing.
    sandbox.add_fault(Fault("bad_entry", "/v", after=1 if name == "user_works" else 0))
    done = crawl(name, **arguments)
    assert done.status == (3 if done.lines("rejected") else 0), done.log
    assert len(done.lines("rejected")) <= 1
    assert done.report["lines"]
    assert "Traceback" not in done.log


@pytest.mark.parametrize("name", sorted(set(SPIDERS.list()) - WRITERS))
def test_every_spider_recovers_from_expired_tokens_and_transient_errors(
    sandbox: Sandbox, crawl: Crawler, name: str
) -> None:
    arguments = example(name, files="none", max_works="31")
    undisturbed = crawl(name, **arguments, job="undisturbed")
    (before,) = undisturbed.data.glob("*/undisturbed/report.json")
    for kind in ("token_expired", "rate_limit_403", "html_503", "cut_json"):
        sandbox.add_fault(Fault(kind, "/v", after=1 if kind == "html_503" else 0))
    done = crawl(name, **arguments, job="with_faults")
    assert done.status == 0, done.log
    (after,) = done.data.glob("*/with_faults/report.json")
    assert json.loads(after.read_text("utf-8"))["lines"] == json.loads(before.read_text("utf-8"))["lines"]

"""Wrong arguments, settings and answers: one sentence each, counted, nothing lost, no traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler, scrapy

USER = 1008


def assert_refused(done: Crawl, sandbox: Sandbox, sentence: str) -> None:
    """Exit status 1, one sentence as the last line of stderr, no traceback, no request."""
    assert done.status == 1, done.log
    assert done.log.splitlines()[-1].startswith("Error: ")
    assert sentence in done.log.splitlines()[-1]
    assert "Traceback" not in done.log
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "the spider argument user_id is missing: pass -a user_id=..."),
        ({"user_id": "abc"}, "spider argument user_id: 'abc' is not a valid user: pass a numeric ID (such as 11) or a profile URL"),
        ({"user_id": ""}, "no user is given"),
        ({"user_id": "0"}, "'0' is not a valid user"),
        ({"user_id": "-5"}, "'-5' is not a valid user"),
        ({"user_id": "1.5"}, "'1.5' is not a valid user"),
        ({"user_id": "9" * 19}, "is not a valid user"),
        ({"user_id": "１２"}, "'１２' is not a valid user"),
        ({"user_id": "https://www.pixiv.net/artworks/12"}, "is not a valid user"),
        ({"user_id": "https://example.org/users/12"}, "is not a valid user"),
        ({"user_id": "11", "type": "ugoria"}, "'ugoria' is not one of illust, manga, ugoira"),
        ({"user_id": "11", "files": "huge"}, "'huge' is not one of original, large, medium, square_medium, none"),
        ({"user_id": "11", "max_works": "0"}, "'0' is not a valid number: pass an integer of at least 1"),
        ({"user_id": "11", "max_works": "many"}, "'many' is not a valid number: pass an integer of at least 1"),
        ({"user_id": "11", "job": "../up"}, "contains the character '/'"),
        ({"user_id": "11", "usr_id": "12"}, "unknown spider argument 'usr_id': the known ones are ai, comments, exclude_tags, extras, files, job,"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_in_one_sentence(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str], sentence: str
) -> None:
    done = crawl(**arguments)
    assert_refused(done, sandbox, sentence)
    assert len(done.log.splitlines()) == 1
    assert not done.data.exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PIXIV_API_URL", "app-api.pixiv.net"),
        ("PIXIV_API_URL", ""),
        ("PIXIV_API_URL", "http://[::1"),
        ("PIXIV_OAUTH_URL", "ftp://pixiv.net/"),
        ("PIXIV_IMAGE_URL", "images"),
        ("PIXIV_LANGUAGE", "eng lish\r\nX: y"),
        ("PIXIV_LANGUAGE", ""),
        ("PIXIV_API_DELAY", "fast"),
        ("PIXIV_API_DELAY", "-1"),
        ("PIXIV_API_DELAY", "nan"),
        ("PIXIV_RATE_LIMIT_PAUSE", "inf"),
        ("PIXIV_IMAGE_CONCURRENCY", "0"),
        ("PIXIV_IMAGE_CONCURRENCY", "2.5"),
        ("RETRY_TIMES", "-1"),
        ("RETRY_TIMES", "often"),
        ("DOWNLOAD_MAXSIZE", "1 GB"),
        ("PIXIV_FILE_PATH", "{titel}_{illust_id}_p{page}{ext}"),
        ("PIXIV_FILE_PATH", "../{illust_id}_p{page}{ext}"),
        ("PIXIV_FILE_PATH", "{title}{ext}"),
        ("PIXIV_TOKEN_FILE", ""),
        ("PIXIV_DATA_DIR", ""),
        ("PIXIV_CLIENT_ID", ""),
        ("PIXIV_SANDBOX", "maybe"),
        ("PIXIV_SANDBOX_SAMPLES", "somewhere"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_sentence(
    sandbox: Sandbox, crawl: Crawler, setting: str, value: str
) -> None:
    assert_refused(crawl(user_id=USER, settings={setting: value}), sandbox, setting)


def test_a_folder_of_samples_that_is_none_is_refused(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    settings = {"PIXIV_SANDBOX": 1, "PIXIV_SANDBOX_SAMPLES": tmp_path / "nowhere"}
    assert_refused(crawl(user_id=USER, settings=settings), sandbox, "nowhere")


def test_a_data_folder_that_cannot_be_written_to_is_refused(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = crawl(user_id=USER, settings={"PIXIV_DATA_DIR": tmp_path / "file" / "data"})
    assert_refused(done, sandbox, "is not writable (Not a directory): set it to another folder")


@pytest.mark.parametrize("content", [b"\x00\xff rubbish" * 1000, b"{}", b"[" * 100_000, b'{"refresh_token": 5}', b""])
def test_a_token_file_of_rubbish_is_refused_and_left_as_it_is(
    sandbox: Sandbox, crawl: Crawler, content: bytes
) -> None:
    crawl.token_file.parent.mkdir()
    crawl.token_file.write_bytes(content)
    assert_refused(crawl(user_id=USER), sandbox, f"the token file {crawl.token_file} does not contain a login")
    assert crawl.token_file.read_bytes() == content


def test_a_token_file_that_is_a_folder_is_refused(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl.token_file.mkdir(parents=True)
    assert_refused(crawl(user_id=USER), sandbox, "cannot be read")


def test_an_unknown_spider_is_refused_with_the_known_ones() -> None:
    done = scrapy("crawl", "user_work")
    assert done.returncode == 1
    assert "'user_work' is not a spider; pass one of: bookmark_details, " in done.stderr
    assert "Traceback" not in done.stderr


TRANSIENT = ["html_200", "html_403", "html_503", "server_error_500", "cut_json", "empty_body", "null_entries",
           "not_json_list", "reset"]  # fmt: skip


@pytest.mark.parametrize("kind", TRANSIENT)
def test_a_broken_listing_is_asked_again_and_nothing_is_lost(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/illusts", times=3, after=1))
    done = crawl(user_id=USER, files="none")
    assert done.status == 0, done.log
    assert len({work["id"] for work in done.lines("illusts")}) == len(done.lines("illusts")) == 35
    assert "Traceback" not in done.log


# One that is never answered at all leaves the run open: tests/extensions/test_lastround.py.
@pytest.mark.parametrize("kind", [*(kind for kind in TRANSIENT if kind != "reset"), "redirect", "empty_404"])
def test_a_listing_that_stays_broken_is_named_as_lost(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/illusts", times=None, after=1))
    done = crawl(user_id=USER, files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3, done.log
    assert len(done.lines("illusts")) == 30
    (loss,) = done.report["failures"]
    assert loss["what"] == "listing"
    assert "/v1/user/illusts?user_id=1008" in loss["source"]
    assert "offset=30" in loss["source"]
    assert sum("Missing: listing" in line for line in done.log.splitlines()) == 2, (
        "it was requested once more at the end"
    )
    assert "Traceback" not in done.log


def test_a_listing_of_another_content_type_is_read_all_the_same(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("wrong_content_type", times=None, path="/v1/"))
    assert len(crawl(user_id=USER, files="none").lines("illusts")) == 35


def test_a_redirect_is_not_followed_to_another_host(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("redirect", times=None, path="/v1/"))
    crawl(user_id=USER)
    assert "/elsewhere" not in {request.path for request in sandbox.requests}


def test_one_bad_entry_is_kept_aside_and_its_page_lives_on(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("bad_entry", "/v1/user/illusts"))
    done = crawl(user_id=USER, files="none")
    assert done.status == 3
    assert len(done.lines("illusts")) == 34
    (line,) = done.lines("rejected")
    assert line["error"] == "Expected `int | null`, got `str` - at `$.total_view`"
    assert line["raw"]["total_view"] == "many"
    assert line["source"]["position"] == 2
    assert [(loss["what"], loss["id"]) for loss in done.report["failures"]] == [("entry", line["raw"]["id"])]


def test_a_field_that_is_new_is_said_once_and_costs_no_line(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("new_field", "/v1/user/illusts", times=None))
    done = crawl(user_id=USER, files="none")
    assert done.status == 0
    assert len(done.lines("illusts")) == 35
    assert done.report["new_fields"] == ["illust.brand_new_field"]
    assert done.log.count("illust.brand_new_field\n") == 1
    assert "'pixiv/drift/new_field': 1," in done.log


@pytest.mark.parametrize("settings", [{"PIXIV_RATE_LIMIT_PAUSE": 0.3}, {}])
@pytest.mark.parametrize("kind", ["rate_limit_403", "rate_limit_429"])
def test_a_rate_limit_pauses_all_api_requests_and_loses_nothing(
    sandbox: Sandbox, crawl: Crawler, kind: str, settings: dict[str, Any]
) -> None:
    seconds = 0 if settings else 1  # the answer's own Retry-After, which counts more
    sandbox.add_fault(Fault(kind, "/v1/user/illusts", after=1, seconds=seconds))
    done = crawl(user_id=USER, files="none", settings=settings)
    assert done.status == 0
    assert len(done.lines("illusts")) == 35
    limited, repeated = [request for request in sandbox.requests if request.path == "/v1/user/illusts"][1:3]
    assert repeated.started - limited.finished >= (seconds or 0.3)

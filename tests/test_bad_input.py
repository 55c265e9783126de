"""Invalid arguments, settings and responses: each is reported in one sentence, without a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler, scrapy

USER = 1008


def assert_rejected(done: Crawl, sandbox: Sandbox, sentence: str) -> None:
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
        ({"user_id": "https://www.pixiv.net/artworks/12"}, "is an illust: use the spider works with -a illust_id=12"),
        ({"user_id": "@/missing.txt"}, "the list '/missing.txt' cannot be read (No such file or directory)"),
        ({"user_id": "https://example.org/users/12"}, "is not a valid user"),
        ({"user_id": "11", "type": "ugo ira"}, "'ugo ira' is not one of illust, manga, ugoira"),
        ({"user_id": "11", "files": "huge"}, "'huge' is not one of original, large, medium, square_medium, none"),
        ({"user_id": "11", "max_works": "0"}, "'0' is not a valid number: pass an integer of at least 1"),
        ({"user_id": "11", "max_works": "many"}, "'many' is not a valid number: pass an integer of at least 1"),
        ({"user_id": "11", "job": "../up"}, "contains the character '/'"),
        ({"user_id": "11", "usr_id": "12"}, "unknown spider argument 'usr_id': did you mean user_id?"),
    ],
)  # fmt: skip
def test_an_invalid_argument_is_rejected_in_one_sentence(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str], sentence: str
) -> None:
    done = crawl(**arguments)
    assert_rejected(done, sandbox, sentence)
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
        ("LOG_LEVEL", "DEBUGX"),
        ("RETRY_TIMES", "-1"),
        ("RETRY_TIMES", "often"),
        ("DOWNLOAD_MAXSIZE", "1 GB"),
        ("PIXIV_FILE_PATH", "{titel}_{illust_id}_p{page}{ext}"),
        ("PIXIV_FILE_PATH", "../{illust_id}_p{page}{ext}"),
        ("PIXIV_FILE_PATH", "{title}{ext}"),
        ("PIXIV_FILE_MOVE", "copy"),
        ("PIXIV_TOKEN_FILE", ""),
        ("PIXIV_DATA_DIR", ""),
        ("PIXIV_CLIENT_ID", ""),
        ("PIXIV_SANDBOX", "maybe"),
        ("PIXIV_SANDBOX_SAMPLES", "somewhere"),
    ],
)
def test_an_invalid_setting_is_rejected_in_one_sentence(
    sandbox: Sandbox, crawl: Crawler, setting: str, value: str
) -> None:
    assert_rejected(crawl(user_id=USER, settings={setting: value}), sandbox, setting)


def test_a_missing_folder_of_samples_is_rejected(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    settings = {"PIXIV_SANDBOX": 1, "PIXIV_SANDBOX_SAMPLES": tmp_path / "nowhere"}
    assert_rejected(crawl(user_id=USER, settings=settings), sandbox, "nowhere")


def test_a_data_folder_that_is_not_writable_is_rejected(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = crawl(user_id=USER, settings={"PIXIV_DATA_DIR": tmp_path / "file" / "data"})
    assert_rejected(done, sandbox, "is not writable (Not a directory): set it to another folder")


@pytest.mark.parametrize("content", [b"\x00\xff rubbish" * 1000, b"{}", b"[" * 100_000, b'{"refresh_token": 5}', b""])
def test_an_invalid_token_file_is_rejected_and_not_changed(sandbox: Sandbox, crawl: Crawler, content: bytes) -> None:
    crawl.token_file.parent.mkdir()
    crawl.token_file.write_bytes(content)
    assert_rejected(crawl(user_id=USER), sandbox, f"the token file {crawl.token_file} does not contain a login")
    assert crawl.token_file.read_bytes() == content


def test_a_token_file_that_is_a_folder_is_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl.token_file.mkdir(parents=True)
    assert_rejected(crawl(user_id=USER), sandbox, "cannot be read")


@pytest.mark.parametrize(
    ("name", "hint"), [("user_work", "did you mean user_works?"), ("x", "the known ones are blocked_users, ")]
)
def test_an_unknown_spider_is_rejected_with_the_nearest_one_or_a_list(name: str, hint: str) -> None:
    done = scrapy("crawl", name)
    assert done.returncode == 1
    assert f"{name!r} is not a spider: {hint}" in done.stderr
    assert "Traceback" not in done.stderr


TRANSIENT = ["html_200", "html_403", "html_503", "server_error_500", "cut_json", "empty_body", "null_entries",
           "not_json_list", "reset"]  # fmt: skip


@pytest.mark.parametrize("kind", TRANSIENT)
def test_an_invalid_listing_is_requested_again(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/illusts", times=3, after=1))
    done = crawl(user_id=USER, files="none")
    assert done.status == 0, done.log
    assert len({work["id"] for work in done.lines("illusts")}) == len(done.lines("illusts")) == 35
    assert "Traceback" not in done.log


# Without any response, the run remains open: tests/extensions/test_final_retry.py.
@pytest.mark.parametrize("kind", [*(kind for kind in TRANSIENT if kind != "reset"), "redirect", "empty_404"])
def test_a_listing_that_is_always_invalid_is_a_failure(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/illusts", times=None, after=1))
    done = crawl(user_id=USER, files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3, done.log
    assert len(done.lines("illusts")) == 30
    (failure,) = done.report["failures"]
    assert failure["what"] == "listing"
    assert "/v1/user/illusts?user_id=1008" in failure["source"]
    assert "offset=29" in failure["source"]
    assert sum("Missing: listing" in line for line in done.log.splitlines()) == 2, (
        "it was requested once more at the end"
    )
    assert "Traceback" not in done.log


def test_a_listing_with_another_content_type_is_accepted(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("wrong_content_type", times=None, path="/v1/"))
    assert len(crawl(user_id=USER, files="none").lines("illusts")) == 35


def test_a_redirect_is_not_followed_to_another_host(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("redirect", times=None, path="/v1/"))
    crawl(user_id=USER)
    assert "/elsewhere" not in {request.path for request in sandbox.requests}


def test_an_invalid_entry_is_rejected_alone(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("bad_entry", "/v1/user/illusts"))
    done = crawl(user_id=USER, files="none")
    assert done.status == 3
    assert len(done.lines("illusts")) == 34
    (line,) = done.lines("rejected")
    assert line["error"] == "Expected `int | null`, got `str` - at `$.total_view`"
    assert line["raw"]["total_view"] == "many"
    assert line["source"]["position"] == 2
    assert [(failure["what"], failure["id"]) for failure in done.report["failures"]] == [("entry", line["raw"]["id"])]


def test_a_new_field_is_logged_once_and_no_work_is_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("new_field", "/v1/user/illusts", times=None))
    done = crawl(user_id=USER, files="none")
    assert done.status == 0
    assert len(done.lines("illusts")) == 35
    assert done.report["new_fields"] == ["illust.brand_new_field"]
    assert done.log.count("illust.brand_new_field\n") == 1
    assert "'pixiv/drift/new_field': 1," in done.log


@pytest.mark.parametrize("types", ["illust,manga,ugoira", "ugoira"])
def test_a_work_of_a_new_type_is_kept_with_its_files_and_warned_about_once(
    sandbox: Sandbox, crawl: Crawler, types: str
) -> None:
    sandbox.add_fault(Fault("new_values", "/v1/user/illusts"))
    done = crawl(user_id=USER, type=types, files="original" if types == "ugoira" else "none", ugoira="frames")
    assert done.status == 0
    (work,) = [line for line in done.lines("illusts") if line["type"] == "collage"]
    assert work["x_restrict"] == work["illust_ai_type"] == 3
    assert len(work["file_urls"]) == (work["page_count"] if types == "ugoira" else 0)
    assert all(file["status"] == "downloaded" for file in work["files"])
    assert done.report["new_values"] == {
        "illust.type=collage": 1,
        "illust.x_restrict=3": 1,
        "illust.illust_ai_type=3": 1,
    }
    warning = "Pixiv sends a value that is new to us, and is kept as it is: illust.type=collage"
    assert warning in done.report["warnings"]
    assert done.log.count(warning) == 1


@pytest.mark.parametrize(
    ("spider", "arguments", "sentence"),
    [
        ("rankings", {"mode": "week_collage"}, "mode: 'week_collage' is not known to this version"),
        (
            "search",
            {"word": "a", "sort": "date_dsc"},
            "sort: 'date_dsc' is not known to this version, and is used as it is",
        ),
        ("search", {"word": "a", "sort": "date_dsc"}, "did you mean date_desc?"),
        ("new_works", {"type": "collage"}, "the known values are illust, manga, ugoira, novel"),
    ],
)
def test_an_argument_that_only_pixiv_may_know_is_sent_after_a_warning(
    sandbox: Sandbox, crawl: Crawler, spider: str, arguments: dict[str, str], sentence: str
) -> None:
    done = crawl(spider, files="none", **arguments)
    assert any(sentence in warning for warning in done.report["warnings"])
    assert sentence in done.log
    sent = [value for request in sandbox.requests for value in request.query.values()]
    assert {*arguments.values()} <= {*sent}


@pytest.mark.parametrize("settings", [{"PIXIV_RATE_LIMIT_PAUSE": 0.3}, {}])
@pytest.mark.parametrize("kind", ["rate_limit_403", "rate_limit_429"])
def test_a_rate_limit_pauses_all_api_requests_without_a_failure(
    sandbox: Sandbox, crawl: Crawler, kind: str, settings: dict[str, Any]
) -> None:
    seconds = 0 if settings else 1  # the Retry-After of the response, which takes precedence
    sandbox.add_fault(Fault(kind, "/v1/user/illusts", after=1, seconds=seconds))
    done = crawl(user_id=USER, files="none", settings=settings)
    assert done.status == 0
    assert len(done.lines("illusts")) == 35
    limited, repeated = [request for request in sandbox.requests if request.path == "/v1/user/illusts"][1:3]
    assert repeated.started - limited.finished >= (seconds or 0.3)

from __future__ import annotations

import json
import signal
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.responses import website_json
from pixiv_crawler.sandbox.server.faults import Fault
from pixiv_crawler.sandbox.world.users import NovelSpec, User, WorkSpec
from tests.crawling import Crawl, Crawler

HIDDEN = WorkSpec(limit="sanity_level", is_hidden=True)
ADULT = replace(HIDDEN, x_restrict=1)
PLACEHOLDER = WorkSpec(limit="sanity_level")
USER = 7


def crawl_with_web(crawl: Crawler, *, session: str = "", web: str = "auto", **args: Any) -> Crawl:
    settings = {"PIXIV_WEB_URL": crawl.sandbox.url, "PIXIV_WEB": web}
    env = crawl.login | ({"PIXIV_WEB_SESSION": session} if session else {})
    return crawl(**({"user_id": USER, "files": "none"} | args), settings=settings, env=env)


def add(sandbox: Sandbox, *specs: WorkSpec, novels: tuple[NovelSpec, ...] = ()) -> None:
    sandbox.add_user(User(USER, "R&D", "somebody", specs, novels=novels))


def web_requests(sandbox: Sandbox) -> list[Any]:
    return [request for request in sandbox.requests if request.kind == "web"]


def api_of(done: Crawl, name: str = "illusts") -> list[str]:
    return sorted(line["source"]["api"] for line in done.lines(name))


def test_works_that_the_app_hides_are_complete_with_a_session(sandbox: Sandbox, crawl: Crawler) -> None:
    pages = replace(ADULT, extensions=("jpg", "png", "jpg"))
    add(sandbox, WorkSpec(), HIDDEN, ADULT, pages, replace(HIDDEN, type="ugoira"), WorkSpec(), PLACEHOLDER)
    done = crawl_with_web(crawl, session=sandbox.web_session, files="original")
    assert done.status == 0, done.log
    assert api_of(done) == ["app"] * 2 + ["web"] * 5
    assert {line["reason"] for line in done.lines("unavailable")} == {"sanity_level"}
    assert len(done.lines("unavailable")) == 5
    for line in done.lines("illusts"):
        assert line["page_count"] == len(line["files"])
        assert {file["status"] for file in line["files"]} == {"downloaded"}
    (hidden,) = done.report["website"]["hidden_works"]
    assert {*hidden["illust"]} == {work.id for work in sandbox.world.works(USER) if work.spec.is_hidden}
    assert done.report["failures"] == []
    sent = {(request.kind, "phpsessid" in str(request.headers).lower()) for request in sandbox.requests}
    assert sent == {("web", True), ("api", False), ("oauth", False), ("file", False)}
    assert not any(
        "authorization" in request.headers or "app-os" in request.headers for request in web_requests(sandbox)
    )
    secret = sandbox.web_session.encode()
    stored = [path for path in done.data.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert not stored
    assert secret.decode() not in done.log + done.stdout


def test_without_a_session_the_hidden_works_for_adults_are_reported(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, WorkSpec(), HIDDEN, ADULT, replace(PLACEHOLDER, x_restrict=1))
    done = crawl_with_web(crawl)
    assert done.status == 3
    assert api_of(done) == ["app", "web"]
    (failure,) = done.report["failures"]
    assert "lists 1 of the others without a session" in failure["cause"]
    assert any("login --web" in warning for warning in done.report["warnings"])
    assert "so 1 are missing" in failure["cause"]
    assert done.report["website"]["needs_session"] == 2


def test_a_withheld_novel_has_its_text_from_the_website(sandbox: Sandbox, crawl: Crawler) -> None:
    spec = NovelSpec(limit="sanity_level", text="[uploadedimage:1]一行目", embeds="resolved")
    add(sandbox, novels=(spec, NovelSpec()))
    done = crawl_with_web(crawl, type="novel", text="true", novel="epub")
    assert not done.report["new_fields"]
    withheld = next(line for line in done.lines("novels") if line["source"]["api"] == "web")
    (novel,) = (novel for novel in sandbox.world.novels_of(USER) if novel.spec is spec)
    assert withheld["text"] == novel.text
    assert list(withheld["webview"]["images"]) == [
        str(number) for number in novel.image_ids if str(number) in novel.text
    ]
    assert done.status == 0, done.log


@pytest.mark.parametrize(("session", "kinds"), [("", 0), ("session", 1)])
def test_works_hidden_by_the_settings_of_the_account_need_a_session(tmp_path: Path, session: str, kinds: int) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        add(sandbox, WorkSpec(x_restrict=1), WorkSpec())
        done = crawl_with_web(Crawler(sandbox, tmp_path), session=session and sandbox.web_session)
        assert len(done.lines("unavailable")) == 1
        assert api_of(done) == ["app"] + ["web"] * kinds
        assert bool(web_requests(sandbox)) == bool(kinds)


@pytest.mark.parametrize("kind", ["wrong_session_of_nobody", "revoked"])
def test_after_a_rejected_session_the_website_is_used_without_one(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    add(sandbox, WorkSpec(), HIDDEN, ADULT)
    session = sandbox.web_session if kind == "revoked" else kind
    if kind == "revoked":
        sandbox.revoke_web_session()
    done = crawl_with_web(crawl, session=session)
    assert api_of(done) == ["app", "web"]
    assert any("rejects the session" in warning for warning in done.report["warnings"])
    assert done.status == 3
    assert [request.status for request in web_requests(sandbox) if "cookie" in request.headers] == [400]


@pytest.mark.parametrize(
    ("fault", "most"),
    [("html_403", 1), ("redirect", 1), ("html_200", 15), ("server_error_500", 15), ("rate_limit_429", 4)],
)
def test_without_the_website_the_crawl_continues_and_names_what_is_missing(
    sandbox: Sandbox, crawl: Crawler, fault: str, most: int
) -> None:
    add(sandbox, *[PLACEHOLDER] * 20, WorkSpec())
    sandbox.add_fault(Fault(fault, path="/ajax/", times=None))
    settings = {"PIXIV_WEB_URL": sandbox.url, "PIXIV_RATE_LIMIT_PAUSE": 0.01, "RETRY_TIMES": 4}
    done = crawl(user_id=USER, files="none", settings=settings)
    assert done.status == 3
    assert done.report["finish_reason"] == "finished"
    assert len(done.lines("illusts")) == 1
    assert len(done.lines("unavailable")) == 20
    assert done.report["failure_counts"] == {"work": 20}
    assert any("not used any more" in warning for warning in done.report["warnings"])
    assert len(web_requests(sandbox)) <= most


def test_transient_errors_of_the_website_lose_nothing(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, *[PLACEHOLDER] * 8, replace(PLACEHOLDER, extensions=("jpg", "jpg")))
    kinds = ("html_200", "server_error_500", "cut_json", "reset", "rate_limit_429")
    sandbox.mix_faults([Fault(kind, path="/ajax/") for kind in kinds], share=0.5)
    settings = {"PIXIV_WEB_URL": sandbox.url, "PIXIV_RATE_LIMIT_PAUSE": 0.01, "RETRY_TIMES": 20}
    done = crawl(user_id=USER, files="none", settings=settings)
    assert api_of(done) == ["web"] * 9
    assert done.status == 0, done.log


def test_a_work_that_the_website_does_not_show_either_is_no_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, PLACEHOLDER, WorkSpec(limit="mypixiv"), WorkSpec())
    sandbox.add_fault(Fault("not_found_404", path="/ajax/illust", times=None))
    done = crawl_with_web(crawl)
    assert done.status == 0
    assert len(web_requests(sandbox)) == 1
    assert {line["reason"] for line in done.lines("unavailable")} == {"sanity_level", "mypixiv"}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/ajax/user/", "private_403"),
        ("/ajax/illust/", "private_403"),
        ("/pages", "not_found_404"),
        ("/pages", "no_pages"),
    ],
)
def test_whatever_the_website_refuses_is_named(
    sandbox: Sandbox, crawl: Crawler, monkeypatch: pytest.MonkeyPatch, path: str, fault: str
) -> None:
    add(sandbox, WorkSpec(), replace(HIDDEN, extensions=("jpg", "jpg")))
    if fault == "no_pages":
        monkeypatch.setattr(website_json, "website_pages", lambda *_: [])
    else:
        sandbox.add_fault(Fault(fault, where=path, times=None))
    done = crawl_with_web(crawl, session=sandbox.web_session)
    assert done.status == 3
    assert len(done.report["failures"]) == 1
    assert len(web_requests(sandbox)) <= 3


def test_a_single_forbidden_work_does_not_end_the_session(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, *[replace(PLACEHOLDER, x_restrict=1)] * 4)
    first = sandbox.world.works(USER)[0].id
    sandbox.add_fault(Fault("private_403", f"/ajax/illust/{first}", times=None))
    done = crawl_with_web(crawl, session=sandbox.web_session)
    assert len(done.lines("illusts")) == 3
    assert [failure["id"] for failure in done.report["failures"]] == [first]


def test_the_line_of_a_hidden_work_has_the_place_of_its_placeholder(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, WorkSpec(), replace(PLACEHOLDER, extensions=("jpg", "jpg")), WorkSpec())
    done = crawl_with_web(crawl, comments="true")
    assert done.status == 0, done.log
    (withheld,) = done.lines("unavailable")
    (work,) = (line for line in done.lines("illusts") if line["source"]["api"] == "web")
    assert work["source"] == withheld["source"] | {"api": "web"}
    assert work["source"]["position"] == 2


def test_not_more_works_are_requested_than_wanted(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, *[PLACEHOLDER] * 20)
    done = crawl_with_web(crawl, max_works=3)
    assert len(done.lines("illusts")) == len(web_requests(sandbox)) == 3


def test_the_website_is_not_used_if_it_is_off_or_belongs_to_another_api(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, PLACEHOLDER, HIDDEN, WorkSpec())
    done = crawl_with_web(crawl, web="off", job="off")
    assert done.status == 3
    assert "hidden from the app" in done.report["failures"][0]["cause"]
    assert "website" not in done.report
    other = crawl(user_id=USER, files="none", job="other")
    assert other.status == 3
    assert not web_requests(sandbox)


def test_always_compares_the_lists_and_finds_nothing_if_they_are_equal(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, *[WorkSpec()] * 3)
    done = crawl_with_web(crawl, web="always")
    assert done.status == 0
    assert [request.path for request in web_requests(sandbox)] == [f"/ajax/user/{USER}/profile/all"]
    assert len(done.lines("illusts")) == 3


def test_works_beyond_the_end_of_a_listing_are_requested_one_by_one(tmp_path: Path) -> None:
    with Sandbox(listing_cap=60) as sandbox:
        add(sandbox, *[WorkSpec()] * 100)
        crawl = Crawler(sandbox, tmp_path)
        plan = crawl_with_web(crawl, dry_run="true")
        done = crawl_with_web(crawl)
        assert done.status == 0, done.log
        assert len({line["id"] for line in done.lines("illusts")}) == len(done.lines("illusts")) == 100
        api = [request for request in sandbox.requests if request.kind in ("api", "web")]
        estimated = int(plan.stdout.split("API requests  about ")[1].split(",")[0])
        assert abs(estimated - (len(api) - 2)) <= 4, plan.stdout


def test_a_killed_run_continues_with_the_hidden_works(sandbox: Sandbox, crawl: Crawler) -> None:
    add(sandbox, *[HIDDEN, replace(ADULT, extensions=("jpg", "jpg"))] * 4, *[PLACEHOLDER] * 3)
    settings = {"PIXIV_WEB_URL": sandbox.url, "PIXIV_WEB_SESSION": sandbox.web_session}
    arguments = {"user_id": USER, "files": "none", "job": "killed", "settings": settings}
    crawl.stopped(signal.SIGKILL, lambda: len(web_requests(sandbox)) > 6, **arguments)
    done = crawl(**arguments)
    assert done.status == 0, done.log
    ids = [line["id"] for line in done.lines("illusts")]
    assert sorted(ids) == sorted(work.id for work in sandbox.world.works(USER))
    assert len(done.lines("unavailable")) == len({line["id"] for line in done.lines("unavailable")}) == 11


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-s", "PIXIV_WEB_SESSION=bad cookie"), "PIXIV_WEB_SESSION is not valid"),
        (("-s", "PIXIV_WEB=sometimes"), "set auto, off or always"),
        (("-s", "PIXIV_WEB_URL=ftp://x"), "PIXIV_WEB_URL 'ftp://x' is not a valid URL"),
        (("-a", "_job=1", "-a", "phpsessid=12_abcdefgh"), "phpsessid was passed with the job"),
        (("-a", "_job=1", "-s", "PIXIV_WEB_SESSION=12_abcdefgh"), "PIXIV_WEB_SESSION was passed with the job"),
    ],
)
def test_invalid_settings_of_the_website_are_rejected(crawl: Crawler, words: tuple[str, ...], message: str) -> None:
    command = crawl.words("user_works", {}, {"user_id": USER})
    done = crawl._scrapy(*command, *words, env=crawl.login)
    assert done.returncode == 1
    assert message in done.stderr
    assert "12_abcdefgh" not in done.stderr


def test_login_web_checks_a_session_and_stores_it_for_the_owner_only(sandbox: Sandbox, crawl: Crawler) -> None:
    command = ("login", "--web", "-s", f"PIXIV_WEB_URL={sandbox.url}", "-s", f"PIXIV_TOKEN_FILE={crawl.token_file}")
    stored = crawl.token_file.with_name("web_session.json")
    done = crawl._scrapy(*command, stdin="1001_wrongwrongwrong\n")
    assert (done.returncode, stored.exists()) == (2, False)
    assert "rejects the session" in done.stderr
    done = crawl._scrapy(*command, stdin=f"PHPSESSID={sandbox.web_session}\n")
    assert done.returncode == 0, done.stderr
    assert sandbox.web_session not in done.stdout + done.stderr
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    add(sandbox, ADULT)
    assert api_of(crawl_with_web(crawl)) == ["web"]
    stored.write_text(json.dumps({"web_session": 5}))
    done = crawl_with_web(crawl)
    assert done.status == 1
    assert "does not contain a session" in done.log

"""Tokens in a crawl: their sources, renewal and secrecy."""

from __future__ import annotations

import json
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixiv_crawler.http.token_store import fingerprint
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler
from tests.tls import TlsServer

USER = 1008


def logins(sandbox: Sandbox) -> int:
    return sum(request.kind == "oauth" for request in sandbox.requests)


def test_the_next_run_uses_the_token_file_without_another_login(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=USER, files="none")
    assert logins(sandbox) == 1
    assert stat.S_IMODE(crawl.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(crawl.token_file.parent.stat().st_mode) == 0o700
    done = crawl(user_id=USER, files="none", job="second", env={})
    assert done.status == 0
    assert logins(sandbox) == 1


def test_a_token_in_the_setting_takes_precedence_over_the_environment(sandbox: Sandbox, crawl: Crawler) -> None:
    settings = {"PIXIV_REFRESH_TOKEN": f"  {sandbox.refresh_token}\n"}
    assert crawl(user_id=USER, files="none", settings=settings, env={"PIXIV_REFRESH_TOKEN": "wrong"}).status == 0


def test_a_missing_token_ends_the_crawl_before_any_request(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=USER, env={})
    assert done.status == 2
    assert sandbox.requests == []
    assert done.report["finish_reason"] == "login_failed"
    assert f"no refresh token in PIXIV_REFRESH_TOKEN or in {crawl.token_file}; run: scrapy login" in done.log
    assert "Traceback" not in done.log


def test_a_rejected_token_ends_the_crawl_after_one_attempt(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=f"{USER},2188232", env={"PIXIV_REFRESH_TOKEN": "no-such-token"})
    assert done.status == 2
    assert [(request.kind, request.status) for request in sandbox.requests] == [("oauth", 400)]
    assert done.report["finish_reason"] == "login_failed"
    assert "Pixiv rejected the login (Invalid refresh token); run: scrapy login" in done.log
    assert "Traceback" not in done.log


def test_a_token_revoked_during_the_crawl_ends_it_after_one_attempt(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("token_expired", "/v1/user/illusts", times=None, after=1))
    sandbox.add_fault(Fault("refused_token", "/auth/token", times=None, after=1))
    done = crawl(user_id="2188232", files="none")
    assert done.status == 2
    assert done.report["finish_reason"] == "login_failed"
    assert 0 < len(done.lines("illusts")) < 74
    assert logins(sandbox) == 2


@pytest.mark.parametrize("kind", ["garbage_token", "empty_body", "html_200"])
def test_a_token_url_that_never_returns_tokens_ends_the_crawl_with_one_sentence(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    sandbox.add_fault(Fault(kind, "/auth/token", times=None))
    done = crawl(user_id=USER)
    assert (done.status, logins(sandbox)) == (2, 5)
    assert "token URL returned no tokens" in done.log
    assert "Traceback" not in done.log


def test_an_unreachable_token_url_ends_the_crawl_with_one_sentence(crawl: Crawler) -> None:
    done = crawl(user_id=USER, settings={"PIXIV_OAUTH_URL": "http://127.0.0.1:9/auth/token", "RETRY_TIMES": 1})
    assert done.status == 2
    assert "http://127.0.0.1:9/auth/token could not be reached" in done.log
    assert "Traceback" not in done.log


@pytest.fixture
def short_lived() -> Iterator[Sandbox]:
    with Sandbox(token_uses=2) as sandbox:
        yield sandbox


def test_all_works_are_collected_although_tokens_expire(short_lived: Sandbox, tmp_path: Path) -> None:
    done = Crawler(short_lived, tmp_path)(user_id=2188232)
    assert done.status == 0
    assert len({work["id"] for work in done.lines("illusts")}) == 74
    calls = sum(request.kind == "api" and request.status == 200 for request in short_lived.requests)
    assert logins(short_lived) == -(-calls // 2), "each used token was renewed once"


def test_a_token_is_renewed_before_it_expires(tmp_path: Path) -> None:
    with Sandbox(token_seconds=4) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        done = crawl(user_id=2188232, files="none", settings={"PIXIV_API_DELAY": 2.2})
        assert done.status == 0
        assert logins(sandbox) >= 2
        assert all(request.status == 200 for request in sandbox.requests)


def test_a_new_refresh_token_is_stored_at_once_and_found_by_the_old_one(tmp_path: Path) -> None:
    with Sandbox(rotate_refresh_token=True) as sandbox:
        crawl, old = Crawler(sandbox, tmp_path), sandbox.refresh_token
        assert crawl(user_id=USER, files="none", job="first").status == 0
        login = json.loads(crawl.token_file.read_bytes())
        assert login["refresh_token"] == sandbox.refresh_token != old
        assert login["replaces"] == [fingerprint(old)]
        crawl.token_file.write_text(json.dumps(login | {"expires_at": time.time()}))
        assert crawl(user_id=USER, files="none", job="second", env={"PIXIV_REFRESH_TOKEN": old}).status == 0


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that is never writable")
def test_a_login_that_cannot_be_stored_is_logged_and_the_crawl_continues(crawl: Crawler) -> None:
    done = crawl(user_id=USER, files="none", settings={"PIXIV_TOKEN_FILE": "/proc/none/token.json"})
    assert done.status == 0
    assert "The login could not be stored in /proc/none/token.json" in done.log


def test_no_secret_is_in_the_output_of_a_crawl(tmp_path: Path) -> None:
    with Sandbox(token_uses=2, rotate_refresh_token=True) as sandbox:
        first = sandbox.refresh_token
        sandbox.add_fault(Fault("html_503", "/v1/", times=2, after=1))
        sandbox.add_fault(Fault("html_503", "/auth/token", after=1))
        crawl = Crawler(sandbox, tmp_path)
        settings = {"LOG_LEVEL": "DEBUG", "HTTPCACHE_ENABLED": 1, "HTTPCACHE_DIR": tmp_path / "cache",
                    "JOBDIR": tmp_path / "jobdir", "LOG_FILE": tmp_path / "log"}  # fmt: skip
        done = crawl(user_id=2188232, settings=settings)
        signed = {request.headers.get("authorization", "").removeprefix("Bearer ") for request in sandbox.requests}
        secrets = {first, sandbox.refresh_token, *signed} - {""}
    assert done.status == 0
    assert len(secrets) > 4
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != crawl.token_file]
    assert len(written) > len(done.files) > 150
    content = b"".join(path.read_bytes() for path in written) + (done.log + done.stdout).encode()
    assert [secret for secret in secrets if secret.encode() in content] == []


def test_a_token_for_one_run_does_not_replace_the_stored_login(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl.token_file.parent.mkdir()
    crawl.token_file.write_text(json.dumps({"refresh_token": "stored-token"}))
    assert crawl(user_id=USER, files="none").status == 0
    assert json.loads(crawl.token_file.read_bytes())["refresh_token"] == "stored-token"


def test_a_token_that_was_replaced_repeatedly_finds_the_current_one(tmp_path: Path) -> None:
    with Sandbox(rotate_refresh_token=True, token_uses=1) as sandbox:
        crawl, first = Crawler(sandbox, tmp_path), sandbox.refresh_token
        for job in ("one", "two", "three"):
            done = crawl(user_id=2188232, files="none", job=job, env={"PIXIV_REFRESH_TOKEN": first})
            assert done.status == 0, done.log


@pytest.mark.parametrize("kind", ["html_503", "html_403", "rate_limit_429", "garbage_token", "cut_json", "reset"])
def test_a_transient_error_of_the_token_url_is_retried(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/auth/token", times=3))
    assert crawl(user_id=USER, files="none").status == 0
    assert logins(sandbox) == 4


@pytest.mark.kill
def test_an_interrupted_crawl_does_not_wait_for_the_end_of_a_pause(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts"))
    settings = {"PIXIV_RATE_LIMIT_PAUSE": 300}
    done = crawl.stopped(
        signal.SIGINT,
        lambda: any(request.status == 403 for request in sandbox.requests),
        user_id=USER,
        settings=settings,
    )
    assert (done.status, done.end_seconds < 30) == (2, True)
    assert sum(request.path == "/v1/user/illusts" for request in sandbox.requests) == 1


@pytest.mark.parametrize("is_trusted", [False, True])
def test_the_token_is_sent_only_if_the_certificate_of_the_server_is_trusted(
    crawl: Crawler, tmp_path: Path, is_trusted: bool
) -> None:
    with TlsServer(tmp_path) as server:
        settings = {"PIXIV_OAUTH_URL": f"{server.url}/auth/token", "PIXIV_API_URL": server.url}
        env = crawl.login | ({"SSL_CERT_FILE": str(server.certificate)} if is_trusted else {})
        done = crawl(user_id=USER, settings=settings, env=env)
    assert done.status == 2
    assert {text.partition(b" ")[0] for text in server.received} == ({b"POST"} if is_trusted else set())
    assert done.log.count("is not trusted: if it is signed by your own authority, set SSL_CERT_FILE") == (
        0 if is_trusted else 1
    )
    assert "Traceback" not in done.log

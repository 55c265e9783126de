"""All methods of `scrapy login` against the sandbox."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pixiv_crawler.commands.login import _open_in_browser
from pixiv_crawler.http.token_store import Login, write_login
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.commands.login_command import LoginCommand
from tests.in_process import PROJECT, clean_environment

ACCOUNT = re.compile(r"Account: .+ \(ID \d+, (no )?premium, (hidden|R-18 shown|R-18 and R-18G shown)\)")


def output_of(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def assert_failed(done: subprocess.CompletedProcess[str], status: int, sentence: str) -> None:
    """Stderr contains one sentence and no traceback."""
    assert done.returncode == status, output_of(done)
    assert done.stderr.startswith("Error: ")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def login(sandbox: Sandbox, tmp_path: Path) -> LoginCommand:
    return LoginCommand(sandbox, tmp_path)


def pixiv_url(code: str) -> str:
    return f"pixiv://account/login?code={code}&via=login"


def callback_url(code: str) -> str:
    return f"https://app-api.pixiv.net/web/v1/users/auth/pixiv/callback?state=abc&code={code}"


@pytest.mark.parametrize("answer", [pixiv_url, callback_url, str, "  {}\t".format])
@pytest.mark.e2e
def test_a_login_by_page_stores_both_tokens_and_prints_the_account(
    login: LoginCommand, answer: Callable[[str], str]
) -> None:
    done = login.by_page(answer)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"the refresh token is stored in {login.token_file}" in done.stdout
    assert ACCOUNT.fullmatch(done.stdout.splitlines()[-1])
    stored = login.stored
    assert stored is not None
    assert stored.refresh_token == login.sandbox.refresh_token
    assert stored.seconds_left > 3000
    assert stat.S_IMODE(login.token_file.stat().st_mode) == 0o600
    assert login.grants == ["authorization_code"]
    assert stored.refresh_token not in output_of(done)
    assert stored.access_token not in output_of(done)


@pytest.mark.e2e
def test_a_check_succeeds_after_a_login_by_page(login: LoginCommand) -> None:
    login.by_page(pixiv_url)
    assert login("--check").returncode == 0


def test_each_login_has_its_own_page(login: LoginCommand) -> None:
    (first,), (second,) = [re.findall(r"https://\S+", login(stdin="rubbish\n").stdout) for _ in range(2)]
    assert first != second


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("what code?", "the pasted text contains no login code"),
        ("", "the pasted text contains no login code"),
        ("https://accounts.pixiv.net/login", "the pasted text contains no login code"),
        ("wrong-code", "Pixiv rejected the login (The authorization code has expired); run: scrapy login"),
        (pixiv_url("wrong-code"), "Pixiv rejected the login (The authorization code has expired)"),
    ],
)
def test_a_wrong_code_stores_nothing(login: LoginCommand, pasted: str, sentence: str) -> None:
    write_login(login.token_file, Login("before"))
    done = login(stdin=f"{pasted}\n")
    assert done.returncode == 2
    first, last = done.stderr.splitlines()
    assert first.startswith(f"Error: {sentence}")
    assert last == "Nothing was stored."
    assert login.stored == Login("before")


def test_after_a_wrong_code_another_one_can_be_pasted(login: LoginCommand) -> None:
    done = login.by_page(lambda code: f"wrong-code\nnot a code\n{code}")
    assert done.returncode == 0, output_of(done)
    assert [line.partition("(")[0] for line in done.stderr.splitlines()] == [
        "Error: Pixiv rejected the login ",
        "Error: the pasted text contains no login code: paste the URL that begins with pixiv://, or its code parameter",
    ]
    assert done.stdout.count("Open the page again, and paste the new URL or code") == 2
    assert login.stored
    assert login.stored.refresh_token == login.sandbox.refresh_token


def test_many_wrong_codes_end_the_login(login: LoginCommand) -> None:
    done = login(stdin="wrong-code\n" * 9)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 5
    assert login.grants == ["authorization_code"] * 5
    assert login.stored is None


@pytest.mark.parametrize(("has_desktop", "opened"), [(True, 1), (False, 0)])
def test_the_page_is_opened_only_on_a_desktop(monkeypatch: pytest.MonkeyPatch, has_desktop: bool, opened: int) -> None:
    pages: list[str] = []
    monkeypatch.setattr(webbrowser, "open", pages.append)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if has_desktop:
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    _open_in_browser("https://app-api.pixiv.net/web/v1/login")
    assert len(pages) == opened


def test_the_code_of_another_login_is_rejected(login: LoginCommand) -> None:
    foreign = login.sandbox.issue_code("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    done = login(stdin=f"{pixiv_url(foreign)}\n")
    assert (done.returncode, login.stored) == (2, None)
    assert done.stderr.startswith("Error: Pixiv rejected the login")


def test_a_login_without_input_ends_quietly(login: LoginCommand) -> None:
    done = login()
    assert (done.returncode, done.stderr) == (2, "Nothing was stored.\n")
    assert login.stored is None


@pytest.mark.parametrize("blanks", ["{}", "  {}\n"])
@pytest.mark.parametrize("by_stdin", [True, False])
def test_a_given_token_is_stored_without_blanks(login: LoginCommand, blanks: str, by_stdin: bool) -> None:
    token = login.sandbox.refresh_token
    text = blanks.format(token)
    done = login("--refresh-token", "-", stdin=text) if by_stdin else login(f"--refresh-token={text}")
    assert (done.returncode, done.stderr) == (0, "")
    assert login.stored == Login(token)
    assert str(login.token_file) in done.stdout
    assert token not in output_of(done)
    assert stat.S_IMODE(login.token_file.stat().st_mode) == 0o600
    assert login("--check").returncode == 0


@pytest.mark.parametrize(
    ("text", "stdin"), [("", ""), ("  ", ""), ("two words", ""), ("-", ""), ("-", "\n"), ("-", "a b\n")]
)
def test_an_invalid_token_is_not_stored(login: LoginCommand, text: str, stdin: str) -> None:
    write_login(login.token_file, Login("before"))
    assert_failed(login("--refresh-token", text, stdin=stdin), 2, "the given value is not a refresh token")
    assert login.stored == Login("before")


def test_a_check_prints_the_account_and_stores_the_access_token(login: LoginCommand) -> None:
    write_login(login.token_file, Login(login.sandbox.refresh_token))
    done = login("--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "The refresh token works."
    assert ACCOUNT.fullmatch(done.stdout.splitlines()[1])
    stored = login.stored
    assert stored is not None
    assert stored.access_token
    assert stored.seconds_left > 3000
    assert stored.access_token not in output_of(done)
    assert stored.refresh_token not in output_of(done)
    assert login.grants == ["refresh_token"]


@pytest.mark.parametrize("by_setting", [True, False])
def test_a_check_uses_the_token_that_a_crawl_would_use(login: LoginCommand, by_setting: bool) -> None:
    token = login.sandbox.refresh_token
    write_login(login.token_file, Login("of-the-file"))
    words = ["-s", f"PIXIV_REFRESH_TOKEN={token}"] if by_setting else []
    done = login("--check", *words, env={"PIXIV_REFRESH_TOKEN": "wrong" if by_setting else f" {token}\n"})
    assert done.returncode == 0
    assert token not in output_of(done)


def test_a_check_stores_a_new_refresh_token(tmp_path: Path) -> None:
    with Sandbox(rotate_refresh_token=True) as sandbox:
        login = LoginCommand(sandbox, tmp_path)
        write_login(login.token_file, Login(sandbox.refresh_token))
        assert login("--check").returncode == login("--check").returncode == 0
        stored = login.stored
        assert stored is not None
        assert stored.refresh_token == sandbox.refresh_token


def test_a_check_without_a_token_names_the_places_it_searched(login: LoginCommand) -> None:
    done = login("--check")
    assert_failed(
        done, 2, f"no refresh token found in PIXIV_REFRESH_TOKEN or in {login.token_file}; run: scrapy login"
    )
    assert login.sandbox.requests == []


def test_a_check_of_a_rejected_token_does_not_change_it(login: LoginCommand) -> None:
    write_login(login.token_file, Login("revoked-token"))
    done = login("--check")
    assert_failed(done, 2, "Pixiv rejected the login (Invalid refresh token); run: scrapy login")
    assert login.stored == Login("revoked-token")
    assert "revoked-token" not in output_of(done)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("html_403", "Pixiv's token URL returned HTTP 403 without a reason; try again later, and over IPv4"),
        ("html_503", "Pixiv's token URL returned HTTP 503 (no reason); try again later"),
        ("redirect", "Pixiv's token URL returned HTTP 302 without a reason; try again later"),
        ("html_200", "Pixiv's token URL returned no tokens; try again later"),
        ("empty_body", "Pixiv's token URL returned no tokens; try again later"),
        ("cut_json", "Pixiv's token URL returned no tokens; try again later"),
        ("garbage_token", "Pixiv's token URL returned no tokens; try again later"),
        ("reset", "/auth/token could not be reached"),
    ],
)
def test_a_transient_failure_is_reported_in_one_sentence(login: LoginCommand, kind: str, sentence: str) -> None:
    write_login(login.token_file, Login(login.sandbox.refresh_token))
    login.sandbox.add_fault(Fault(kind, "/auth/token", times=None))
    assert_failed(login("--check"), 2, sentence)
    assert login.stored == Login(login.sandbox.refresh_token)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/auth/token", "rubbish", "http://[::1", "ftp://127.0.0.1/"])
def test_an_unreachable_token_url_is_reported_in_one_sentence(login: LoginCommand, url: str) -> None:
    done = login("--check", "-s", f"PIXIV_OAUTH_URL={url}", env={"PIXIV_REFRESH_TOKEN": "any"})
    assert_failed(done, 2, f"{url} could not be reached")
    assert login.stored is None


@pytest.mark.parametrize("content", [b"rubbish", b"{}", b""])
def test_an_invalid_token_file_is_reported_and_not_changed(login: LoginCommand, content: bytes) -> None:
    login.token_file.parent.mkdir()
    login.token_file.write_bytes(content)
    assert_failed(login("--check"), 1, f"the token file {login.token_file} does not contain a login")
    assert login.token_file.read_bytes() == content


def test_an_invalid_token_file_is_replaced_by_a_new_login(login: LoginCommand) -> None:
    login.token_file.parent.mkdir()
    login.token_file.write_bytes(b"rubbish")
    assert login("--refresh-token", "new-token").returncode == 0
    assert login.stored == Login("new-token")


def test_a_token_file_that_cannot_be_written_is_an_error(login: LoginCommand) -> None:
    login.token_file.mkdir(parents=True)
    assert_failed(login("--refresh-token", "token"), 1, f"the login could not be stored in {login.token_file}")


@pytest.mark.e2e
def test_a_login_by_password_warns_and_fails_with_pixivs_own_words(login: LoginCommand) -> None:
    # In a separate session, because the password prompt prefers the terminal to stdin.
    command = [sys.executable, "-m", "scrapy", "login", *login.settings, "--username", "painter"]
    done = subprocess.run(
        command, cwd=PROJECT, env=clean_environment(), input="pass-word\n", capture_output=True, text=True, timeout=60,
        start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Pixiv has rejected password logins since February 2021" in done.stdout
    assert done.stderr.splitlines()[-1].endswith(
        "Error: Pixiv rejected the login (Invalid grant_type parameter or parameter missing); run: scrapy login"
    )
    assert "Traceback" not in done.stderr
    assert "pass-word" not in output_of(done)
    assert login.grants == ["password"]
    assert login.stored is None


@pytest.mark.parametrize(
    "words", [["--check", "--refresh-token", "a"], ["--check", "--username", "a"], ["--refresh-token"]]
)
def test_conflicting_options_are_rejected(login: LoginCommand, words: list[str]) -> None:
    done = login(*words)
    assert done.returncode == 2
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert login.stored is None
    assert login.sandbox.requests == []


@pytest.mark.parametrize("words", [["--chek"], ["token"]])
def test_unknown_arguments_are_rejected_in_one_sentence(login: LoginCommand, words: list[str]) -> None:
    done = login(*words)
    assert done.returncode == 1
    assert done.stderr == f"Error: unknown argument {words[0]!r}; see scrapy login --help\n"
    assert login.sandbox.requests == []


def test_every_login_is_signed_and_names_the_app(login: LoginCommand) -> None:
    write_login(login.token_file, Login(login.sandbox.refresh_token))
    login("--check")
    (request,) = login.sandbox.requests
    assert request.headers["user-agent"].startswith("PixivIOSApp/")
    assert {"x-client-time", "x-client-hash"} <= request.headers.keys()
    assert "authorization" not in request.headers


@pytest.mark.e2e
def test_no_token_is_in_the_url_of_any_request(login: LoginCommand) -> None:
    login.by_page(pixiv_url)
    login("--check")
    assert [request.query for request in login.sandbox.requests] == [{}, {}]
    assert json.loads(login.token_file.read_bytes())["refresh_token"] in login.sandbox.requests[-1].body


def test_the_simulated_pixiv_needs_no_login_and_no_request_is_sent(login: LoginCommand) -> None:
    login("--refresh-token", "kept")
    for words in (["--check"], ["--refresh-token", "other"], []):
        done = login("-s", "PIXIV_SANDBOX=1", *words)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: the simulated Pixiv (PIXIV_SANDBOX) needs no login:")
    assert login.stored == Login("kept")
    assert login.sandbox.requests == []

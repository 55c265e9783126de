"""Secrets are masked in texts and in the records of every logger."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixiv_crawler.api import oauth
from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.redaction import SECRET_NAMES, redacted, register_secrets
from pixiv_crawler.http.token_store import Login

TOKEN = "kJ3n_abc-DEF0123456789xyzABCDEFghijklmnopq"


@pytest.fixture
def records() -> Iterator[io.StringIO]:
    """The output of a handler of the root logger while redaction is installed; the previous setup is restored."""
    factory, hook, stream = logging.getLogRecordFactory(), sys.excepthook, io.StringIO()
    handler = logging.StreamHandler(stream)
    redaction.install()
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    logging.setLogRecordFactory(factory)
    sys.excepthook = hook


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"grant_type=refresh_token&refresh_token={TOKEN}&get_secure_url=1", "grant_type=refresh_token&refresh_token=***&get_secure_url=1"),
        (f"PIXIV_REFRESH_TOKEN={TOKEN} is set", "PIXIV_REFRESH_TOKEN=*** is set"),
        (f"refresh_token%3D{TOKEN}", "refresh_token%3D***"),
        (f"{{'refresh_token': '{TOKEN}', 'x': 1}}", "{'refresh_token': '***', 'x': 1}"),
        (f'{{"access_token": "{TOKEN}","x":1}}', '{"access_token": "***","x":1}'),
        (json.dumps(json.dumps({"access_token": TOKEN, "x": 1})), json.dumps(json.dumps({"access_token": "***", "x": 1}))),
        (f"[('code_verifier', '{TOKEN}'), ('x', 1)]", "[('code_verifier', '***'), ('x', 1)]"),
        (f"pixiv://account/login?code={TOKEN}&via=login", "pixiv://account/login?code=***&via=login"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: ***"),
        (f"{{b'Authorization': [b'Bearer {TOKEN}'], b'A': [b'b']}}", "{b'Authorization': [b'***'], b'A': [b'b']}"),
        (f"{{'authorization': 'Bearer {TOKEN}'}}", "{'authorization': '***'}"),
        (f"bearer {TOKEN}", "bearer ***"),
        ("client_secret=lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj", "client_secret=***"),
        ("{'username': 'me', 'password': 'two words, and more'}", "{'username': 'me', 'password': '***'}"),
        ("username=me&password=hunter2&x=1", "username=me&password=***&x=1"),
        ("http://me:hunter2@proxy:8080/", "http://me:***@proxy:8080/"),
        ("postgresql://me:hunter2@db/state", "postgresql://me:***@db/state"),
    ],
)  # fmt: skip
def test_named_secrets_are_masked_even_if_they_are_not_registered(text: str, clean: str) -> None:
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "There is no refresh token in PIXIV_REFRESH_TOKEN or in /home/me/token.json; run: scrapy login",
        "PIXIV_CLIENT_SECRET is empty; give it a value, or leave it out for the default",
        "HTTP code: 404, exit code=1, code=E_FAIL",
        "the bearer of bad news, and basic functionality",
        "Crawled (200) <GET https://app-api.pixiv.net/v1/user/illusts?user_id=11&offset=30> (referer: None)",
        "https://i.pximg.net:443/img-original/img/2026/01/02/03/04/05/1_p0.jpg@2x:3",
        "Login failed: Pixiv rejected the login (Invalid refresh token); run: scrapy login",
        "",
    ],
)
def test_a_text_without_a_secret_is_unchanged(text: str) -> None:
    register_secrets(TOKEN)
    assert redacted(text) == text


SECRETS = st.text(alphabet="abcXYZ019_-", min_size=8, max_size=50) | st.text(min_size=8, max_size=30).filter(
    lambda secret: "*" not in secret
)
ENCODINGS = st.sampled_from([
    str, repr, json.dumps, quote, quote_plus, lambda secret: quote(secret, safe=""), lambda secret: urlencode({"x": secret}),
    lambda secret: secret + secret,
])  # fmt: skip


@settings(max_examples=400)
@given(st.text(max_size=30), SECRETS, st.text(max_size=30), ENCODINGS)
@pytest.mark.e2e
def test_a_registered_secret_is_masked_at_any_position_and_in_any_encoding(
    before: str, secret: str, after: str, encode: object
) -> None:
    register_secrets(secret)
    assert callable(encode)
    assert secret not in redacted(before + secret + after)
    encoded = encode(secret)
    assert encoded.strip("\"'") not in redacted(before + encoded + after)


@settings(max_examples=300)
@given(
    st.text(alphabet="token= '\"&:code{[(", max_size=20),
    st.sampled_from(sorted(SECRET_NAMES)),
    st.text(alphabet="abcXYZ019_-", min_size=20, max_size=50),
    st.sampled_from(["{0}={1}&x=1", "'{0}': '{1}'", '"{0}":"{1}"', "('{0}', '{1}')", "{0}: {1}\n", "?{0}={1}"]),
)
@pytest.mark.e2e
def test_a_named_secret_is_masked_in_every_form_in_which_it_is_sent_or_shown(
    before: str, name: str, secret: str, form: str
) -> None:
    assert secret not in redacted(f"{before} {form.format(name, secret)}")


@settings(max_examples=200)
@given(st.text() | st.text(alphabet="password='\"\\ :,/@abearBEARER_tokncde%3D{}[]", max_size=200))
def test_redaction_accepts_any_text_and_is_idempotent(text: str) -> None:
    clean = redacted(text)
    assert redacted(clean) == clean


def test_tokens_are_registered_when_they_are_created() -> None:
    Login("refresh-of-a-file", "access-of-a-file")
    oauth.Grant("access-granted", "refresh-granted")
    oauth.refresh_form("refresh-in-a-form", "id", "secret-of-client")
    oauth.code_form("code-of-a-page", "verifier-of-a-page", "id", "")
    oauth.password_form("my name is public", "my password", "id", "")
    text = "refresh-of-a-file access-of-a-file access-granted refresh-granted refresh-in-a-form secret-of-client code-of-a-page"
    assert redacted(f"{text} verifier-of-a-page my password") == " ".join(["***"] * 9)
    assert redacted("my name is public") == "my name is public"


def test_the_token_in_use_stays_registered_and_old_ones_are_dropped() -> None:
    for number in range(1000):
        register_secrets("refresh-that-stays", f"access-{number:08}")
    assert redacted("refresh-that-stays access-00000999 access-00000990") == "*** *** ***"
    assert sum(redacted(f"access-{number:08}") == "***" for number in range(1000)) <= 100


def test_short_texts_are_not_masked() -> None:
    register_secrets("", "a", "token")
    assert redacted("a token") == "a token"


class LeakingError(Exception):
    def __repr__(self) -> str:
        return f"LeakingError({TOKEN})"


def fail() -> None:
    try:
        raise LeakingError(f"inner {TOKEN}")
    except LeakingError as error:
        raise ValueError(f"outer {quote(TOKEN)}") from error


def test_every_part_of_a_record_of_any_logger_is_redacted(records: io.StringIO) -> None:
    register_secrets(TOKEN)
    for name in ("aiohttp.client", "asyncio", "scrapy.core.engine", "pixiv_crawler.api", "someone.elses"):
        logger = logging.getLogger(name)
        logger.error("as a text " + TOKEN)  # noqa: G003
        logger.error("as an argument %s of %d", TOKEN, 5)
        logger.error("as a dict %(form)s", {"form": {"refresh_token": TOKEN}})
        logger.error("as an object %r", LeakingError())
        logger.error(LeakingError(TOKEN))
        try:
            fail()
        except ValueError:
            logger.exception("with a traceback")
            logger.exception("with a stack", stack_info=True)
    written = records.getvalue()
    assert TOKEN not in written
    assert written.count("***") >= 5 * 9
    assert written.count("ValueError: outer ***") == 10
    assert written.count("Error: inner ***") == 10, "the cause is part of the traceback"


HOSTILE = "\x1b[2J\x9b\x07\u202eforged\n2026-11-28 [x] ERROR: a line\r\x00\u2028"
ESCAPED = r"\x1b[2J\x9b\x07\u202eforged\n2026-11-28 [x] ERROR: a line\r\x00\u2028"


def log_hostile_text(name: str) -> None:
    logger = logging.getLogger(name)
    logger.error("as a text " + HOSTILE)  # noqa: G003
    logger.error("as an argument %s", HOSTILE)
    logger.error("as an error %s", ValueError(HOSTILE))
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logger.exception("with a traceback")


@pytest.mark.parametrize("name", ["pixiv_crawler.api", "user_works", "someone.elses"])
def test_control_characters_in_a_record_are_escaped(records: io.StringIO, name: str) -> None:
    log_hostile_text(name)
    assert controls(records.getvalue()) == {"\n"}
    assert records.getvalue().count(ESCAPED) == 3
    assert "Traceback (most recent call last):\n" in records.getvalue()


@pytest.mark.parametrize("name", ["scrapy.core.scraper", "twisted", "py.warnings"])
def test_messages_of_several_lines_by_scrapy_keep_their_lines(records: io.StringIO, name: str) -> None:
    log_hostile_text(name)
    assert controls(records.getvalue()) == {"\n"}
    assert records.getvalue().count("forged\n") == 4


def controls(text: str) -> set[str]:
    """The characters of a text that a terminal would obey."""
    return {letter for letter in text if not letter.isprintable()}


def test_a_record_with_invalid_arguments_is_redacted(
    records: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    register_secrets(TOKEN)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logging.getLogger("x").error("%d is not a number", TOKEN)
    logging.getLogger("x").error("%s and %s", *[TOKEN])
    captured = capsys.readouterr()
    assert TOKEN not in records.getvalue() + captured.err + captured.out
    assert "is not a number" in records.getvalue() + captured.err


def test_a_record_without_a_secret_is_unchanged(records: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    register_secrets(TOKEN)
    try:
        fail_cleanly = {}["missing"]
        assert not fail_cleanly
    except KeyError:
        logging.getLogger("x").exception("%s of %d", "one", 2)
    (record,) = caplog.records
    assert (record.msg, record.args) == ("%s of %d", ("one", 2))
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError
    assert "KeyError: 'missing'" in records.getvalue()


def test_installing_twice_has_no_further_effect(records: io.StringIO) -> None:
    factory = logging.getLogRecordFactory()
    redaction.install()
    assert logging.getLogRecordFactory() is factory


def test_an_existing_record_factory_still_creates_the_records() -> None:
    class Record(logging.LogRecord):
        pass

    factory, hook = logging.getLogRecordFactory(), sys.excepthook
    try:
        logging.setLogRecordFactory(Record)
        redaction.install()
        record = logging.getLogger("x").makeRecord("x", logging.INFO, "", 0, "password=%s", ("hunter2",), None)
    finally:
        logging.setLogRecordFactory(factory)
        sys.excepthook = hook
    assert isinstance(record, Record)
    assert record.getMessage() == "password=***"


@pytest.mark.usefixtures("records")
def test_the_traceback_of_an_error_that_ends_the_process_is_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    register_secrets(TOKEN)
    try:
        fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    traceback = capsys.readouterr().err
    assert traceback.startswith("Traceback (most recent call last):")
    assert traceback.endswith("ValueError: outer ***\n")
    assert TOKEN not in traceback


@pytest.mark.usefixtures("records")
def test_the_traceback_of_an_error_that_ends_the_process_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError(HOSTILE)
    sys.excepthook(ValueError, error, None)
    assert controls(capsys.readouterr().err) == {"\n"}


def test_what_commands_print_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    say("Account:", HOSTILE)
    say(HOSTILE, is_error=True)
    assert capsys.readouterr() == (f"Account:\n{ESCAPED}\n", f"{ESCAPED}\n")


def test_what_commands_print_contains_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    register_secrets(TOKEN)
    say(f"Error: http://me:{TOKEN}@proxy.example:8080 responded with 407")
    printed = capsys.readouterr().out
    assert TOKEN not in printed
    assert "proxy.example" in printed

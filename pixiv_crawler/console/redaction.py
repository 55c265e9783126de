"""Removes secrets and control characters from logs: the tokens of this process, and values whose names indicate a secret.

Done when a record is created, not in a filter or formatter: the filter of a logger does not see the records of child
loggers, and the filter of a handler does not apply to handlers added later, such as those of LOG_FILE or Scrapyd.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"

SECRET_NAMES = frozenset({"refresh_token", "access_token", "client_secret", "code", "code_verifier", "password"})
"""Fields of forms and responses that contain secrets."""

# Shorter values are not tokens, and masking them would hide ordinary words.
_MIN_LENGTH = 8
# An access token is valid for an hour: after this many newer ones, the oldest has expired.
_MAX_KNOWN = 100

_known: tuple[str, ...] = ()
"""All forms of all registered secrets, most recent last; replaced as a whole because other threads may read it."""

_QUOTE = r"""(?:\\*["'])"""
_NAMED = re.compile(
    # A name, as in a query, a form, JSON (also inside a string), or the repr of a dict or tuple; other values named
    # `code` are shorter ...
    rf"""((?:refresh_token|access_token|client_secret|code_verifier|password|authorization|web_session|phpsessid
             | \bcode(?=\W{{1,6}}(?:b["']|3D)?[\w-]{{16}}))
    {_QUOTE}? \s* (?: = | : | %3D | , (?=\s*b?["']) ) \s* \[? (?:b(?=["']))? ({_QUOTE})? )
    # ... and its value: up to the closing quote, otherwise up to the end of the word, with a scheme such as Bearer.
    (?(2) (?:(?!\2).)+ | (?:(?:Bearer|Basic)\s+)? [^\s"'<>&,;(){{}}\[\]\\]+ )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{16,}", re.IGNORECASE)
# The password in the URL of a proxy.
_USERINFO = re.compile(r"(://[^/\s:@\"']+:)[^/\s@\"']+(?=@)")


# All control characters except the tab, and those that change the direction of a line.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Their own messages consist of several lines.
_MULTILINE = ("scrapy", "twisted", "asyncio", "py.warnings")


def register_secrets(*secrets: str) -> None:
    """Masks these secrets from now on."""
    global _known
    forms = [form for secret in secrets if len(secret) >= _MIN_LENGTH for form in _forms(secret)]
    _known = tuple(dict.fromkeys([*(form for form in _known if form not in forms), *forms]))[-_MAX_KNOWN:]


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as plain text, as escaped by Python and JSON, and as quoted in URLs; longest first."""
    quoted = {quote(secret, safe, errors="replace") for safe in ("/", "")} | {quote_plus(secret, errors="replace")}
    forms = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], *quoted}
    return tuple(sorted(forms, key=len, reverse=True))


def redacted(text: str) -> str:
    """A text without secrets."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    text = _NAMED.sub(rf"\1{MASK}", text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    return _USERINFO.sub(rf"\1{MASK}", text)


def printable(text: str) -> str:
    """A text with escaped control characters, so that it can neither forge a log line nor control the terminal."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines, such as a traceback."""
    return "\n".join(map(printable, text.split("\n")))


def install() -> None:
    """Redacts and escapes all log records and uncaught exceptions of this process from now on; repeated calls have no effect."""
    factory = logging.getLogRecordFactory()
    if not hasattr(factory, "is_redacting"):
        logging.setLogRecordFactory(_redacting(factory))
        sys.excepthook = _print_exception


def _redacting(factory: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    @wraps(factory)
    def create_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        _redact(record)
        return record

    create_redacted.is_redacting = True  # type: ignore[attr-defined]  # an attribute of a function
    return create_redacted


def _redact(record: logging.LogRecord) -> None:
    """Changes a record only if it contains a secret or a control character, so that other records keep their arguments for handlers."""
    message = _message(record)
    escape = printable_lines if record.name.startswith(_MULTILINE) else printable
    if (clean := escape(redacted(message))) != message:
        record.msg, record.args = clean, None
    if record.exc_info:
        text = _formatter.formatException(record.exc_info)
        if (clean := printable_lines(redacted(text))) != text:
            record.exc_info, record.exc_text = None, clean
    if record.stack_info:
        record.stack_info = printable_lines(redacted(record.stack_info))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - logging prints the message and arguments of such a record
        return f"{record.msg!r} {record.args!r}"


_formatter = logging.Formatter()


def _print_exception(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
    sys.stderr.write(printable_lines(redacted("".join(traceback.format_exception(kind, error, tb)))))

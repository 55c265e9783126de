"""Keeps secrets out of logs: tokens of this process wherever they stand, and what looks like a secret by its name.

Done where a record is made, and not in a filter or a formatter: a filter of a logger does not see the records of its
children, and one of a handler not those of handlers that are added later, such as LOG_FILE or Scrapyd's.
"""

from __future__ import annotations

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
"""Fields of forms and answers that hold secrets."""

# Shorter ones are no token of Pixiv's, and would blot out words.
_SHORTEST = 8
# An access token lives for an hour: when so many newer ones are known, the oldest is worth nothing any more.
_MOST = 100

_known: tuple[str, ...] = ()
"""Every secret in each form in which it may be written, the one used last at the end; replaced as a whole, for other
threads may be reading it."""

_QUOTE = r"""(?:\\*["'])"""
_NAMED = re.compile(
    # A name, as in a query, a form, JSON (also within a text), or a dict or tuple as Python shows it; a code that is none
    # of a login is shorter ...
    rf"""((?:refresh_token|access_token|client_secret|code_verifier|password|authorization
             | \bcode(?=\W{{1,6}}(?:b["']|3D)?[\w-]{{16}}))
    {_QUOTE}? \s* (?: = | : | %3D | , (?=\s*b?["']) ) \s* \[? (?:b(?=["']))? ({_QUOTE})? )
    # ... and its value: up to the same quote, else up to where a word ends, with a scheme such as Bearer.
    (?(2) (?:(?!\2).)+ | (?:(?:Bearer|Basic)\s+)? [^\s"'<>&,;(){{}}\[\]\\]+ )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_BEARER = re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{16,}", re.IGNORECASE)
# What stands before the host in an address of a proxy.
_USERINFO = re.compile(r"(?<=://)[^/\s:@\"']+:[^/\s@\"']+(?=@)")


# All but the blanks that lay out a text.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def know(*secrets: str) -> None:
    """From now on these secrets are masked wherever they occur."""
    global _known
    forms = [form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)]
    _known = tuple(dict.fromkeys([*(form for form in _known if form not in forms), *forms]))[-_MOST:]


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it stands in texts, in Python's and JSON's quotes, and in addresses; the longest first."""
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
    return _USERINFO.sub(MASK, text)


def printable(text: str) -> str:
    """A text in one line, whose control characters are written out: none forges a line of the log, or moves a cursor."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def install() -> None:
    """From now on no log record of this process, and no traceback at its end, holds a secret; calling it twice does no harm."""
    make = logging.getLogRecordFactory()
    if not hasattr(make, "is_redacting"):
        logging.setLogRecordFactory(_redacting(make))
        sys.excepthook = _say_exception


def _redacting(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    @wraps(make)
    def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        _redact(record)
        return record

    make_redacted.is_redacting = True  # type: ignore[attr-defined]  # a mark on a function
    return make_redacted


def _redact(record: logging.LogRecord) -> None:
    """Changes a record only where it holds a secret, so that others keep what handlers may want to know of them."""
    message = _message(record)
    if (clean := redacted(message)) != message:
        record.msg, record.args = clean, None
    if record.exc_info:
        text = _formatter.formatException(record.exc_info)
        if (clean := redacted(text)) != text:
            record.exc_info, record.exc_text = None, clean
    if record.stack_info:
        record.stack_info = redacted(record.stack_info)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - logging prints such a record with all its parts
        return f"{record.msg!r} {record.args!r}"


_formatter = logging.Formatter()


def _say_exception(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, tb))))

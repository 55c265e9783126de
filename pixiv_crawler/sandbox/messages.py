"""The requests that the sandbox receives and its responses: plain values that server and routes exchange."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

JsonObject = dict[str, Any]

JSON_TYPE = "application/json; charset=utf-8"
LANGUAGES = ("ja", "en", "zh-cn", "zh-tw", "ko")
"""The languages of Pixiv's messages."""
HTML_TYPE = "text/html; charset=utf-8"

_QUOTE_OR_BACKSLASH = re.compile(r'\\\\|\\"')


class Delivery(Enum):
    """How much of a response reaches the client before the connection is closed."""

    WHOLE = "whole"
    HALF = "half"
    PART = "part"
    """The first `part_bytes` of the body; then nothing for `stall_seconds`, then the connection is closed."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    port: int
    target: str = ""
    """Path and query as received, with the repeated parameters that `query` does not contain."""

    @property
    def language(self) -> str:
        """One of `LANGUAGES`: Japanese unless the request says otherwise, English instead of unknown languages."""
        wanted = self.headers.get("accept-language", "ja").lower()
        return next((language for language in LANGUAGES if wanted.startswith(language)), "en")


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    part_bytes: int = 0
    stall_seconds: float = 0


def to_json(value: Any) -> bytes:
    r"""Compact JSON with PHP's escapes: `\/`, `\uXXXX`, and `\u0022` for a quote inside a string."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", r"\/")
    return _QUOTE_OR_BACKSLASH.sub(_escape_quote, text).encode("ascii")


def _escape_quote(match: re.Match[str]) -> str:
    return r"\u0022" if match[0] == r"\"" else match[0]


def json_response(value: Any, status: int = 200) -> Response:
    return Response(status, to_json(value))

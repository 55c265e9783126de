"""A request as the sandbox sees it, and the answer it gives: plain values between the server and the routes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

JsonObject = dict[str, Any]

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"

_QUOTE_OR_BACKSLASH = re.compile(r'\\\\|\\"')


class Delivery(Enum):
    """How much of an answer reaches the client before the connection closes."""

    WHOLE = "whole"
    HALF = "half"
    PART = "part"
    """The first `part_bytes` of the body; then nothing for `stall_seconds`, and the connection closes."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    port: int
    target: str = ""
    """Path and query as they came: with repeated parameters, which `query` does not hold."""

    @property
    def language(self) -> str:
        """`ja` or `en`: Pixiv speaks Japanese to those who do not say."""
        wanted = self.headers.get("accept-language", "ja").lower()
        return "ja" if wanted.startswith("ja") else "en"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    part_bytes: int = 0
    stall_seconds: float = 0


def to_json(value: Any) -> bytes:
    r"""Compact JSON with PHP's escapes: `\/`, `\uXXXX` and `\u0022` for a quote inside a text."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", r"\/")
    return _QUOTE_OR_BACKSLASH.sub(_escape_quote, text).encode("ascii")


def _escape_quote(match: re.Match[str]) -> str:
    return r"\u0022" if match[0] == r"\"" else match[0]


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, to_json(value))

"""Reads the parameters of requests, and rejects invalid ones with Pixiv's error messages."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from ..api_errors import ApiError, bad_parameter
from ..messages import Request
from ..world.bookmarks import PRIVATE, PUBLIC
from ..world.world import World

PAGE_SIZE = 30

_NUMBER = re.compile(r"[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def required_id(request: Request, name: str) -> int:
    text = request.query.get(name, "")
    if _NUMBER.fullmatch(text):
        return int(text)
    label = name.replace("_", " ").title()
    complaints = [f"{label} must be an integer (0-9)", f"{label} must be at least 0"]
    raise bad_parameter(name, *complaints if text else [f"{label} is required", *complaints])


def offset(world: World, request: Request) -> int:
    text = request.query.get("offset", "0")
    if not _NUMBER.fullmatch(text):
        raise bad_parameter("offset", "offset must be an integer (0-9)")
    if int(text) > world.listing_cap:
        raise bad_parameter("offset", f"offset must be no more than {world.listing_cap}")
    return int(text)


def choice(request: Request, name: str, allowed: Collection[str]) -> str | None:
    """One of the allowed values; None if the parameter is missing."""
    text = request.query.get(name)
    if text is not None and text not in allowed:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return text


def restrict(request: Request, *more: str) -> str | None:
    """Public or private, or one of `more`; the error is worded as in the response recorded in 2023."""
    text = request.query.get("restrict")
    if text is not None and text not in (PUBLIC, PRIVATE, *more):
        raise bad_restrict()
    return text


def bad_restrict() -> ApiError:
    return bad_parameter("restrict", "restrict contains invalid value")


def optional_id(request: Request, name: str) -> int | None:
    """An optional number."""
    return required_id(request, name) if name in request.query else None


def flag(request: Request, name: str) -> bool:
    return choice(request, name, ("true", "false")) == "true"


def day(request: Request, name: str, latest: date) -> date | None:
    """A day in Japan, not in the future; None if the parameter is missing."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        requested = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        requested = None
    if requested is None or requested > latest:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return requested


def values(request: Request, name: str) -> list[str]:
    """A list in PHP's notation: repeated `name[]`, or numbered `name[0]`, in the order of the URL."""
    pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    return [value for key, value in pairs if key.partition("[")[0] == name and key.endswith("]")]


def id_values(request: Request, name: str) -> list[int]:
    return [int(value) for value in values(request, name) if _NUMBER.fullmatch(value)]


def form_request(request: Request) -> Request:
    """The same request with the form in place of the query."""
    return replace(request, query=dict(parse_qsl(request.body, keep_blank_values=True)), target=f"?{request.body}")


def required_text(request: Request, name: str) -> str:
    text = request.query.get(name, "").strip()
    if not text:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} is required")
    return text


def number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} must be an integer (0-9)")
    return int(text)

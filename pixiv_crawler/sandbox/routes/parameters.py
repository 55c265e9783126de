"""Reading what a request asks for, with Pixiv's complaints about what it does not take."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from ..api_errors import RefusalError, bad_parameter
from ..messages import Call
from ..world.bookmarks import PRIVATE, PUBLIC
from ..world.world import World

PAGE_SIZE = 30

_NUMBER = re.compile(r"[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def required_id(call: Call, name: str) -> int:
    text = call.query.get(name, "")
    if _NUMBER.fullmatch(text):
        return int(text)
    label = name.replace("_", " ").title()
    complaints = [f"{label} must be an integer (0-9)", f"{label} must be at least 0"]
    raise bad_parameter(name, *complaints if text else [f"{label} is required", *complaints])


def offset(world: World, call: Call) -> int:
    text = call.query.get("offset", "0")
    if not _NUMBER.fullmatch(text):
        raise bad_parameter("offset", "offset must be an integer (0-9)")
    if int(text) > world.listing_cap:
        raise bad_parameter("offset", f"offset must be no more than {world.listing_cap}")
    return int(text)


def choice(call: Call, name: str, allowed: Collection[str]) -> str | None:
    """One of the allowed values, or None where the request does not say."""
    text = call.query.get(name)
    if text is not None and text not in allowed:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return text


def restrict(call: Call, *more: str) -> str | None:
    """Public or private, or one of `more`; the complaint is spelt as in the recorded answer of 2023."""
    text = call.query.get("restrict")
    if text is not None and text not in (PUBLIC, PRIVATE, *more):
        raise bad_restrict()
    return text


def bad_restrict() -> RefusalError:
    return bad_parameter("restrict", "restrict contains invalid value")


def optional_id(call: Call, name: str) -> int | None:
    """A number that need not be there."""
    return required_id(call, name) if name in call.query else None


def flag(call: Call, name: str) -> bool:
    return choice(call, name, ("true", "false")) == "true"


def day(call: Call, name: str, latest: date) -> date | None:
    """A day in Japan, not in the future; None where the request does not say."""
    text = call.query.get(name)
    if text is None:
        return None
    try:
        asked = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        asked = None
    if asked is None or asked > latest:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return asked


def values(call: Call, name: str) -> list[str]:
    """A list in PHP's style: `name[]` repeated, or numbered `name[0]`, in the order of the address."""
    pairs = parse_qsl(urlsplit(call.target).query, keep_blank_values=True)
    return [value for key, value in pairs if key.partition("[")[0] == name and key.endswith("]")]


def id_values(call: Call, name: str) -> list[int]:
    return [int(value) for value in values(call, name) if _NUMBER.fullmatch(value)]


def posted(call: Call) -> Call:
    """The same call with the form that was sent in place of the query."""
    return replace(call, query=dict(parse_qsl(call.body, keep_blank_values=True)), target=f"?{call.body}")


def required_text(call: Call, name: str) -> str:
    text = call.query.get(name, "").strip()
    if not text:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} is required")
    return text


def number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} must be an integer (0-9)")
    return int(text)

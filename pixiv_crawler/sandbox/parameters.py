"""Reading what a request asks for, with Pixiv's complaints about what it does not take."""

from __future__ import annotations

import re
from collections.abc import Collection

from .exchange import Call
from .refusals import bad_parameter

PAGE_SIZE = 30
MAX_OFFSET = 5000

_NUMBER = re.compile(r"[0-9]{1,18}")


def required_id(call: Call, name: str) -> int:
    text = call.query.get(name, "")
    if _NUMBER.fullmatch(text):
        return int(text)
    label = name.replace("_", " ").title()
    complaints = [f"{label} must be an integer (0-9)", f"{label} must be at least 0"]
    raise bad_parameter(name, *complaints if text else [f"{label} is required", *complaints])


def offset(call: Call) -> int:
    text = call.query.get("offset", "0")
    if not _NUMBER.fullmatch(text):
        raise bad_parameter("offset", "offset must be an integer (0-9)")
    if int(text) > MAX_OFFSET:
        raise bad_parameter("offset", f"offset must be no more than {MAX_OFFSET}")
    return int(text)


def choice(call: Call, name: str, allowed: Collection[str]) -> str | None:
    """One of the allowed values, or None where the request does not say."""
    text = call.query.get(name)
    if text is not None and text not in allowed:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return text

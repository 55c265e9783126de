"""The call that follows a listing."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from pixiv_crawler.api.call import ApiCall, JsonObject, ParamValue
from pixiv_crawler.console.redaction import SECRET_NAMES
from pixiv_crawler.exceptions import ParseError

# Parameters that are numbers; all others stay text, because a search word may consist of digits.
_NUMBERS = {
    "offset",
    "last_order",
    "user_id",
    "seed_user_id",
    "illust_id",
    "novel_id",
    "comment_id",
    "series_id",
    "illust_series_id",
    "max_bookmark_id",
    "max_illust_id",
    "max_novel_id",
    "max_bookmark_id_for_recommend",
    "min_bookmark_id_for_recent_illust",
}


# Characters. Cursors that list hundreds of IDs have some thousands; Pixiv refuses addresses of more than about 8,000.
_LONGEST_URL = 32_768

# More would not fit a database's integer.
_MOST_DIGITS = 18
# Everything of the App API lies below its version.
_PATH = re.compile(r"/v[0-9]+/[^.]+")


def next_call(call: ApiCall, next_url: str | None) -> ApiCall | None:
    """The call that `next_url` asks for; None at the end of a listing.

    Only its path and query count: every call goes to the API that we were told to ask, whatever host an answer names.

    Raises:
        ParseError: the address is not one of the App API, or asks for the very listing it came with.
    """
    if not next_url:
        return None
    if len(next_url) > _LONGEST_URL:
        raise ParseError(f"next_url {next_url[:60]!r}... has {len(next_url)} characters, which no server would take")
    try:
        parts = urlsplit(next_url)
    except ValueError as error:
        raise ParseError(f"next_url {next_url!r} is no address ({error})") from error
    if not _PATH.fullmatch(parts.path):
        raise ParseError(f"next_url {next_url!r} does not lead to the App API")
    following = replace(call, path=parts.path, params=_params(parts.query))
    if following.path == call.path and _others(following) == _others(call) and _offset(following) <= _offset(call):
        raise ParseError(f"next_url {next_url!r} does not lead on from offset {_offset(call)}")
    return following


def _params(query: str) -> JsonObject:
    """The parameters of a query; one that comes several times is a list."""
    texts: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        texts.setdefault(name, []).append(text)
    kept = {name: members for name, members in texts.items() if name not in SECRET_NAMES}
    return {name: members if len(members) > 1 else _value(name, members[0]) for name, members in kept.items()}


def _others(call: ApiCall) -> dict[str, str]:
    """What a call asks for beside where to begin."""
    return {name: str(value) for name, value in call.params.items() if name != "offset"}


def _offset(call: ApiCall) -> int:
    """Where a listing begins; every listing by offset must lead on, or it would never end."""
    offset = call.params.get("offset", 0)
    return offset if isinstance(offset, int) else 0


def _value(name: str, text: str) -> ParamValue:
    if name not in _NUMBERS or not re.fullmatch("[0-9]+", text):
        return text
    if len(text) > _MOST_DIGITS:
        raise ParseError(f"next_url has {name}={text[:30]}, which is too large for a number of Pixiv's")
    return int(text)

"""What goes wrong at Pixiv, by what a crawl may make of it; told by the README's tables, not by the code under test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pixiv_crawler.sandbox import Fault

LISTING = "/v1/user/illusts"
TOKEN_URL = "/auth/token"
ORIGINAL = "/img-original/"

# Longer than a crawl of `IMPATIENT` waits.
STALL_SECONDS = 30
# A machine that is busy with other tests answers within that, too.
IMPATIENT = {"DOWNLOAD_TIMEOUT": 1.5}

WAITED_OUT = frozenset({"token_expired", "token_missing", "rate_limit_403", "rate_limit_429"})
"""Faults of a call that never cost it: the token is renewed, or the limit waited out."""
HARMLESS = frozenset({"", "new_field", "wrong_content_type", "bad_entry", "packed_file", "ignored_range"})
"""What leaves an answer to work with."""

API_PASSING = frozenset(
    {
        *("html_200", "html_403", "html_404", "html_503", "html_file", "server_error_500"),
        *("cut_json", "broken_json", "empty_body", "empty_file", "null_entries", "not_json_list"),
        *("reset", "reset_after", "short_body", "truncated", "slow", "stall_after"),
    }
)
"""Faults of a call that are borne four times."""
API_MISSING = frozenset({"not_found_404", "private_403", "restricted_403", "user_gone_404"})
"""What says that a work or a user is not to be had."""
API_FINAL = frozenset(
    {"bad_parameter", "offset_limit", "unknown_endpoint", "unknown_error", "empty_404", "redirect", "huge_body"}
)
"""What says that asking again would give the same."""
API_HIDDEN = frozenset({"user_gone_200"})
"""An answer that shows less than there is, and is no error."""

FILE_PASSING = frozenset(
    {
        *("html_503", "server_error_500", "truncated", "cut_json", "short_body", "empty_file", "empty_body"),
        *("html_file", "html_200", "reset", "reset_after", "slow", "stall_after"),
    }
)
"""Faults of a file that are borne four times; then it comes in a smaller size."""
FILE_GONE = frozenset({"empty_404", "html_404", "not_found_404", "user_gone_404", "unknown_endpoint"})
"""What says that a file is not to be had in that size."""
FILE_FINAL = frozenset(
    {"html_403", "redirect", "unknown_error", "private_403", "restricted_403", "rate_limit_403", "token_expired"}
)
"""What refuses a file."""

TOKEN_PASSING = (
    *("rate_limit_403", "rate_limit_429", "server_error_500", "html_200", "html_403", "html_404", "html_503"),
    *("cut_json", "broken_json", "empty_body", "empty_404", "garbage_token", "redirect"),
    *("reset", "short_body", "stall_after", "wrong_content_type"),
)
"""Faults of the token URL, of which none is Pixiv's own refusal of the token."""

_STALLING = frozenset({"slow", "stall_after"})


def fault(kind: str, path: str = "", where: str = "", *, times: int | None = 1, after: int = 0) -> Fault:
    """A fault as it comes in these tests: a stall lasts longer than anybody waits, a part ends in the middle."""
    seconds = STALL_SECONDS if kind in _STALLING else 0
    body_bytes = 300 if kind in ("reset_after", "stall_after") else 0
    return Fault(kind, path, where=where, times=times, after=after, seconds=seconds, body_bytes=body_bytes)


def mixed(*, listings: Iterable[str], tokens: Iterable[str], files: Iterable[str]) -> Sequence[Fault]:
    """Faults of these kinds for listings, for the token URL and for originals, to be drawn from."""
    kinds = ((LISTING, listings), (TOKEN_URL, tokens), (ORIGINAL, files))
    return [fault(kind, path) for path, found in kinds for kind in sorted(found)]


def all_mixed() -> Sequence[Fault]:
    """Every kind at every place."""
    return mixed(
        listings=API_PASSING | API_MISSING | API_FINAL | API_HIDDEN | WAITED_OUT,
        tokens=TOKEN_PASSING,
        files=FILE_PASSING | FILE_GONE | FILE_FINAL | {"rate_limit_429"},
    )


def passing_mixed() -> Sequence[Fault]:
    """What is over in a moment, at every place: the weather of a bad day."""
    return mixed(listings=API_PASSING | WAITED_OUT, tokens=TOKEN_PASSING, files=FILE_PASSING | {"rate_limit_429"})

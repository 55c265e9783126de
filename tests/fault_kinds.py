"""The kinds of faults, grouped by the outcome that a crawl may have; taken from the documentation, not from the tested code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pixiv_crawler.sandbox import Fault

LISTING = "/v1/user/illusts"
TOKEN_URL = "/auth/token"
ORIGINAL = "/img-original/"

# Longer than `SHORT_TIMEOUT`.
STALL_SECONDS = 30
# Long enough for a machine that is busy with other tests.
SHORT_TIMEOUT = {"DOWNLOAD_TIMEOUT": 1.5}

API_RECOVERED = frozenset({"token_expired", "token_missing", "rate_limit_403", "rate_limit_429"})
"""API faults that never make a request fail: the token is renewed, or the crawl waits until the limit ends."""
HARMLESS = frozenset(
    {"", "new_field", "new_values", "wrong_content_type", "bad_entry", "packed_file", "ignored_range"}
)
"""Faults that leave the response usable."""

API_TRANSIENT = frozenset(
    {
        *("html_200", "html_403", "html_404", "html_503", "html_file", "server_error_500"),
        *("cut_json", "broken_json", "empty_body", "empty_file", "null_entries", "not_json_list"),
        *("reset", "reset_after", "short_body", "truncated", "slow", "stall_after"),
    }
)
"""API faults that are retried up to four times."""
API_UNAVAILABLE = frozenset({"not_found_404", "private_403", "restricted_403", "user_gone_404"})
"""Responses which state that a work or a user is not available."""
API_PERMANENT = frozenset(
    {"bad_parameter", "offset_limit", "unknown_endpoint", "unknown_error", "empty_404", "redirect", "huge_body"}
)
"""API faults for which a retry would have the same result."""
API_INCOMPLETE = frozenset({"user_gone_200"})
"""Responses that contain less than exists, without being an error."""

FILE_TRANSIENT = frozenset(
    {
        *("html_503", "server_error_500", "short_body", "empty_file", "empty_body"),
        *("html_file", "html_200", "reset", "reset_after", "slow", "stall_after"),
    }
)
"""File faults that are retried up to four times; then a smaller size is downloaded."""
FILE_DAMAGED = frozenset({"truncated", "cut_json"})
"""File faults that return the same half of a file each time: if there are two of them, that counts as the file."""
FILE_NOT_FOUND = frozenset({"empty_404", "html_404", "not_found_404", "user_gone_404", "unknown_endpoint"})
"""Responses which state that a file does not exist in that size."""
FILE_REFUSED = frozenset(
    {"html_403", "redirect", "unknown_error", "private_403", "restricted_403", "rate_limit_403", "token_expired"}
)
"""Responses that refuse a file."""

TOKEN_TRANSIENT = (
    *("rate_limit_403", "rate_limit_429", "server_error_500", "html_200", "html_403", "html_404", "html_503"),
    *("cut_json", "broken_json", "empty_body", "empty_404", "garbage_token", "redirect"),
    *("reset", "short_body", "stall_after", "wrong_content_type"),
)
"""Faults of the token URL; none of them is a rejection of the token by Pixiv."""

_STALLING = frozenset({"slow", "stall_after"})


def fault(kind: str, path: str = "", where: str = "", *, times: int | None = 1, after: int = 0) -> Fault:
    """A fault for these tests: a stall lasts longer than the time-out, a partial body ends after 300 bytes."""
    seconds = STALL_SECONDS if kind in _STALLING else 0
    body_bytes = 300 if kind in ("reset_after", "stall_after") else 0
    return Fault(kind, path, where=where, times=times, after=after, seconds=seconds, body_bytes=body_bytes)


def mixed_faults(*, listings: Iterable[str], tokens: Iterable[str], files: Iterable[str]) -> Sequence[Fault]:
    """Faults of these kinds for listings, the token URL and originals, for `Sandbox.mix_faults`."""
    kinds_of = {LISTING: listings, TOKEN_URL: tokens, ORIGINAL: files}
    return [fault(kind, path) for path, kinds in kinds_of.items() for kind in sorted(kinds)]


def all_faults() -> Sequence[Fault]:
    """Every kind of fault on every route."""
    return mixed_faults(
        listings=API_TRANSIENT | API_UNAVAILABLE | API_PERMANENT | API_INCOMPLETE | API_RECOVERED,
        tokens=TOKEN_TRANSIENT,
        files=FILE_TRANSIENT | FILE_DAMAGED | FILE_NOT_FOUND | FILE_REFUSED | {"rate_limit_429"},
    )


def transient_faults() -> Sequence[Fault]:
    """Every transient kind of fault on every route."""
    return mixed_faults(
        listings=API_TRANSIENT | API_RECOVERED, tokens=TOKEN_TRANSIENT, files=FILE_TRANSIENT | {"rate_limit_429"}
    )

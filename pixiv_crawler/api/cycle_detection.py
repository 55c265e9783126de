"""Detects listings whose `next_url`s form a cycle, in constant memory, by R. P. Brent's algorithm.

The state is plain JSON, stored in the `cb_kwargs` of a request.
"""

import hashlib
import zlib
from typing import Any

from pixiv_crawler.api.call import JsonObject

# The same page twice is not a cycle: works that were added in the meantime may have shifted it.
_MAX_REPEATS = 3
# Consecutive pages without entries. Pixiv leaves out what the account hides, and shows at most 167 pages by offset.
_MAX_EMPTY = 200


def cycle_state(before: JsonObject, entries: list[Any]) -> JsonObject:
    """The state after one more page; `before` is empty at the beginning of a listing.

    One page at a time is remembered and compared with the pages after it, each for twice as many pages as the one
    before.
    """
    if not entries:
        return before | {"empty": before.get("empty", 0) + 1}
    page, span, steps = _of_page(entries), before.get("span", 1), before.get("steps", 0) + 1
    if page == before.get("remembered"):
        return before | {"repeats": before["repeats"] + 1, "steps": steps, "empty": 0}
    if steps >= span:
        return {"remembered": page, "repeats": 1, "span": span * 2, "steps": 0, "empty": 0}
    return before | {"steps": steps, "empty": 0}


def is_cycle(state: JsonObject) -> bool:
    """Whether a listing has shown the same entries again and again, or none at all."""
    return bool(state.get("repeats", 0) >= _MAX_REPEATS or state.get("empty", 0) >= _MAX_EMPTY)


def fingerprint(entry: Any) -> int:
    """Identifies an entry of a listing by its ID, user or name, which stay the same when its counts change."""
    return zlib.crc32(_encoded(_identity(entry)))


def _of_page(entries: list[Any]) -> str:
    return hashlib.sha1(_encoded([*map(_identity, entries)]), usedforsecurity=False).hexdigest()[:16]


def _identity(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    user = entry.get("user")
    return entry.get("id") or (user.get("id") if isinstance(user, dict) else None) or entry.get("name") or entry


def _encoded(value: Any) -> bytes:
    return repr(value).encode(errors="surrogatepass")

"""Whether the addresses of a listing lead in circles, found in constant memory by R. P. Brent's method.

All is plain JSON, to ride on a request.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pixiv_crawler.api.call import JsonObject

# A page that comes twice may have been moved on by works that were added meanwhile.
_MOST_TIMES = 3
# Pages without any entry, in a row; Pixiv leaves out what the account hides, and shows no more than 167 pages by offset.
_MOST_EMPTY = 200


def walked(walk: JsonObject, entries: list[Any]) -> JsonObject:
    """How far a listing has been walked, with the entries of one page more; empty at its beginning.

    One page is kept and held against those that follow; each is kept for twice as many pages as the one before.
    """
    if not entries:
        return walk | {"empty": walk.get("empty", 0) + 1}
    page, span, steps = _fingerprint(entries), walk.get("span", 1), walk.get("steps", 0) + 1
    if page == walk.get("kept"):
        return walk | {"times": walk["times"] + 1, "steps": steps, "empty": 0}
    if steps >= span:
        return {"kept": page, "times": 1, "span": span * 2, "steps": 0, "empty": 0}
    return walk | {"steps": steps, "empty": 0}


def is_circle(walk: JsonObject) -> bool:
    """Whether a walk has come to the same entries again and again, or to none at all."""
    return bool(walk.get("times", 0) >= _MOST_TIMES or walk.get("empty", 0) >= _MOST_EMPTY)


def _fingerprint(entries: list[Any]) -> str:
    """What tells the entries of a page apart from others: by their IDs, for counts change."""
    ids = [entry.get("id") or entry if isinstance(entry, dict) else entry for entry in entries]
    return hashlib.sha1(repr(ids).encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()[:16]

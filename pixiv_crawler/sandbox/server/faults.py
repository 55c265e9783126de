"""Faults on request: the sandbox misbehaves as Pixiv, Cloudflare and the network have been seen to."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from threading import Lock
from typing import Any

from ..api_errors import (
    LIMITED_WORK,
    MISSING_USER,
    MISSING_WORK,
    RATE_LIMIT,
    RESTRICTED_USER,
    TOKEN_EXPIRED,
    TOKEN_MISSING,
    UNKNOWN_ENDPOINT,
    RefusalError,
    Text,
    bad_parameter,
    refusal_answer,
)
from ..errors import SandboxError
from ..messages import HTML_TYPE, JSON_TYPE, Answer, Call, Delivery, json_answer, to_json
from ..responses.user_json import user_of_listing

_CHALLENGE = b"""<!DOCTYPE html><html><head><title>Just a moment...</title></head>
<body><div id="cf-wrapper">Checking if the site connection is secure</div></body></html>"""
_MAINTENANCE = b"<!DOCTYPE html><html><head><title>pixiv</title></head><body>Under maintenance</body></html>"
_WARNING = b"<br />\n<b>Warning</b>:  Undefined array key 0 in <b>api.php</b> on line <b>1</b><br />\n"
# More than any answer of the API has, and than a client should take.
_HUGE_BYTES = 33 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, for which requests and how often."""

    kind: str
    path: str = ""
    """The beginning of the path; "": every request."""
    where: str = ""
    """What occurs in the address too, be it in the path or in the query."""
    times: int | None = 1
    """None: always."""
    after: int = 0
    """So many matching requests pass first."""
    share: float = 1.0
    """The share of the matching requests that are hit, drawn by address: the same ones in whatever order they come."""
    seconds: float = 0
    """How long `slow` and `stall_after` wait; what Retry-After says."""
    retry_after: str | None = None
    """What Retry-After says in place of a number of seconds."""
    body_bytes: int = 0
    """How much of a body comes before `reset_after` and `stall_after`."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SandboxError(f"Unknown kind of fault {self.kind!r}; known are {', '.join(sorted(KINDS))}.")

    def fits(self, call: Call) -> bool:
        """Whether it is a fault of such requests."""
        return call.path.startswith(self.path) and self.where in _address(call)


class Faults:
    """The faults that are waiting for their requests; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Waiting | _Mixed] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(_Waiting(fault))

    def mix(self, faults: Sequence[Fault], share: float, seed: str) -> None:
        """One of the faults, drawn each time, hits this share of the requests; `times`, `after`, `share` do not count."""
        with self._lock:
            self._waiting.append(_Mixed(faults, share, seed))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def strike(self, call: Call) -> Fault | None:
        """The fault that hits this request: of several the one added first, and the others wait for the next."""
        with self._lock:
            return next((fault for waiting in self._waiting if (fault := waiting.strike(call))), None)


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    seen: int = 0
    struck: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    def strike(self, call: Call) -> Fault | None:
        fault = self.fault
        if not fault.fits(call):
            return None
        self.seen += 1
        if self.seen <= fault.after or self.struck == fault.times:
            return None
        if fault.share < 1 and _draw("share", call, self.asked).random() >= fault.share:
            return None
        self.struck += 1
        return fault


@dataclass(slots=True)
class _Mixed:
    faults: Sequence[Fault]
    share: float
    seed: str
    asked: Counter[str] = field(default_factory=Counter)

    def strike(self, call: Call) -> Fault | None:
        fitting = [fault for fault in self.faults if fault.fits(call)]
        if not fitting:
            return None
        draw = _draw(self.seed, call, self.asked)
        return draw.choice(fitting) if draw.random() < self.share else None


def _draw(seed: str, call: Call, asked: Counter[str]) -> Random:
    """Chance for this request: it depends on the address and on how often that was asked, not on what came between."""
    address = _address(call)
    asked[address] += 1
    return Random(f"{seed} {address} {asked[address]}")


def _address(call: Call) -> str:
    return call.target or call.path


Normal = Callable[[], Answer]
Effect = Callable[[Fault, Call, Normal], Awaitable[Answer]]


async def answer_with(fault: Fault, call: Call, normal: Normal) -> Answer:
    """`normal` gives the answer without the fault; it is not asked where Pixiv would not have come so far."""
    return await KINDS[fault.kind](fault, call, normal)


def asked_for(fault: Fault | None, call: Call) -> Call:
    """The call as the server takes it: `ignored_range` knows no ranges."""
    if fault is None or fault.kind != "ignored_range":
        return call
    return replace(call, headers={name: value for name, value in call.headers.items() if name != "range"})


def _instead(make: Callable[[Fault, Call], Answer]) -> Effect:
    async def effect(fault: Fault, call: Call, _normal: Normal) -> Answer:
        return make(fault, call)

    return effect


def _given(answer: Answer) -> Effect:
    return _instead(lambda _fault, _call: answer)


def _refused(status: int, reason: Text) -> Effect:
    return _instead(lambda _fault, call: RefusalError(status, reason).answer(call.language))


def _spoilt(change: Callable[[Answer], Answer]) -> Effect:
    async def effect(_fault: Fault, _call: Call, normal: Normal) -> Answer:
        return change(normal())

    return effect


async def _slow(fault: Fault, _call: Call, normal: Normal) -> Answer:
    await asyncio.sleep(fault.seconds)
    return normal()


def _rate_limit(status: int, fault: Fault, _call: Call) -> Answer:
    told = str(math.ceil(fault.seconds)) if fault.seconds > 0 else None
    told = told if fault.retry_after is None else fault.retry_after
    headers = {} if told is None else {"Retry-After": told}
    return replace(refusal_answer(status, message=RATE_LIMIT), headers=headers)


def _redirect(_fault: Fault, call: Call) -> Answer:
    return Answer(302, headers={"Location": f"http://localhost:{call.port}/elsewhere"}, content_type=HTML_TYPE)


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _part(fault: Fault, answer: Answer) -> Answer:
    # A moment at least: a client that learns of the end first may throw away what came before it.
    stalled = fault.seconds if fault.kind == "stall_after" else 0.05
    return replace(answer, delivery=Delivery.PART, part_bytes=fault.body_bytes, stall_seconds=stalled)


async def _after_a_part(fault: Fault, _call: Call, normal: Normal) -> Answer:
    return _part(fault, normal())


def _with_headers(change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Effect:
    """The headers of a range are changed; other answers stay as they are."""
    return _spoilt(lambda answer: replace(answer, headers=change(answer.headers)) if answer.status == 206 else answer)


def _moved(headers: Mapping[str, str]) -> Mapping[str, str]:
    start, _, rest = headers["Content-Range"].removeprefix("bytes ").partition("-")
    return {**headers, "Content-Range": f"bytes {int(start) - 1}-{rest}"}


def _packed(answer: Answer) -> Answer:
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return replace(answer, body=gzip.compress(answer.body, mtime=0), headers=headers)


def _changed_json(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Effect:
    def changed(answer: Answer) -> Answer:
        is_json = answer.content_type == JSON_TYPE
        return replace(answer, body=to_json(change(json.loads(answer.body)))) if is_json else answer

    return _spoilt(changed)


def _with_entries(change: Callable[[list[Any]], Any]) -> Effect:
    """The entries of a listing are changed; an answer without entries stays as it is."""

    def changed(known: dict[str, Any]) -> dict[str, Any]:
        key = next((key for key, value in known.items() if isinstance(value, list)), None)
        return known if key is None else known | {key: change(known[key])}

    return _changed_json(changed)


def _bad_second(entries: list[Any]) -> list[Any]:
    return [entry | {"total_view": "many"} if number == 1 else entry for number, entry in enumerate(entries)]


def _without_user(known: dict[str, Any]) -> dict[str, Any]:
    """What the listing of a user who is gone looks like: it is no error."""
    gone = {"user": user_of_listing(None, is_followed=False), "next_url": None} if "next_url" in known else {}
    return {key: [] if isinstance(value, list) else value for key, value in known.items()} | gone


def _huge(_fault: Fault, _call: Call) -> Answer:
    return Answer(200, b" " * _HUGE_BYTES + b"{}")


def _with_new_field(known: dict[str, Any]) -> dict[str, Any]:
    """Each work of a listing, and the one work of a detail, has a key that nobody knows."""
    for value in known.values():
        for work in value if isinstance(value, list) else [value]:
            if isinstance(work, dict) and "create_date" in work:
                work["brand_new_field"] = {"since": 2027}
    return known


KINDS: Mapping[str, Effect] = {
    "rate_limit_403": _instead(partial(_rate_limit, 403)),
    "rate_limit_429": _instead(partial(_rate_limit, 429)),
    "token_expired": _given(refusal_answer(400, message=TOKEN_EXPIRED)),
    "token_missing": _given(refusal_answer(400, message=TOKEN_MISSING)),
    "html_403": _given(Answer(403, _CHALLENGE, HTML_TYPE)),
    "html_503": _given(Answer(503, _MAINTENANCE, HTML_TYPE)),
    "html_200": _given(Answer(200, _MAINTENANCE, HTML_TYPE)),
    "server_error_500": _given(refusal_answer(500, message="Internal Server Error")),
    "html_404": _given(Answer(404, _MAINTENANCE, HTML_TYPE)),
    "cut_json": _spoilt(_half),
    "broken_json": _spoilt(lambda answer: replace(answer, body=_WARNING + answer.body)),
    "huge_body": _instead(_huge),
    "empty_body": _given(Answer()),
    "empty_404": _given(Answer(404)),
    "null_entries": _with_entries(lambda _entries: None),
    "not_json_list": _with_entries(lambda _entries: "not a list"),
    "bad_entry": _with_entries(_bad_second),
    "new_field": _changed_json(_with_new_field),
    "not_found_404": _refused(404, MISSING_WORK),
    "private_403": _refused(403, LIMITED_WORK),
    "restricted_403": _refused(403, RESTRICTED_USER),
    "user_gone_404": _refused(404, MISSING_USER),
    "user_gone_200": _changed_json(_without_user),
    "bad_parameter": _instead(lambda _fault, call: bad_parameter("user_id", "Invalid value").answer(call.language)),
    "offset_limit": _instead(
        lambda _fault, call: bad_parameter("offset", "offset must be no more than 5000").answer(call.language)
    ),
    "unknown_endpoint": _refused(404, UNKNOWN_ENDPOINT),
    "unknown_error": _given(refusal_answer(403, message="Something that nobody has seen before")),
    "wrong_content_type": _spoilt(partial(replace, content_type="text/plain; charset=utf-8")),
    "redirect": _instead(_redirect),
    "slow": _slow,
    "reset": _given(Answer(0, delivery=Delivery.NOTHING)),
    "truncated": _spoilt(_half),
    "reset_after": _after_a_part,
    "stall_after": _after_a_part,
    "ignored_range": _spoilt(lambda answer: answer),  # see `asked_for`
    "moved_range": _with_headers(_moved),
    "changed_range": _with_headers(lambda headers: {**headers, "ETag": '"another"', "Last-Modified": "never"}),
    "packed_file": _spoilt(_packed),
    "short_body": _spoilt(partial(replace, delivery=Delivery.HALF)),
    "empty_file": _spoilt(partial(replace, body=b"")),
    "html_file": _given(Answer(200, _MAINTENANCE, HTML_TYPE)),
    "garbage_token": _given(json_answer({"response": {}, "token_type": "bearer"})),
    "refused_token": _given(
        json_answer({"has_error": True, "errors": {"system": {"message": "Invalid refresh token"}}}, 400)
    ),
}

"""Faults on request: the sandbox misbehaves as Pixiv, Cloudflare and the network have been seen to."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from threading import Lock
from typing import Any

from .exchange import HTML_TYPE, JSON_TYPE, Answer, Call, Delivery, SandboxError, json_answer, to_json
from .refusals import MISSING_WORK, RATE_LIMIT, TOKEN_EXPIRED, RefusalError, refusal_answer

_CHALLENGE = b"""<!DOCTYPE html><html><head><title>Just a moment...</title></head>
<body><div id="cf-wrapper">Checking if the site connection is secure</div></body></html>"""
_MAINTENANCE = b"<!DOCTYPE html><html><head><title>pixiv</title></head><body>Under maintenance</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, for which requests and how often."""

    kind: str
    path: str = ""
    """The beginning of the path; "": every request."""
    times: int | None = 1
    """None: always."""
    after: int = 0
    """So many matching requests pass first."""
    share: float = 1.0
    """The share of the matching requests that are hit, drawn by a fixed seed."""
    seconds: float = 0
    """How long `slow` waits; what Retry-After says."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SandboxError(f"Unknown kind of fault {self.kind!r}; known are {', '.join(sorted(KINDS))}.")


class Faults:
    """The faults that are waiting for their requests; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Waiting] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(_Waiting(fault, Random("share")))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def strike(self, path: str) -> Fault | None:
        """The fault that hits this request: of several the one added first, and the others wait for the next."""
        with self._lock:
            return next((waiting.fault for waiting in self._waiting if waiting.strikes(path)), None)


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    rng: Random
    seen: int = 0
    struck: int = 0

    def strikes(self, path: str) -> bool:
        if not path.startswith(self.fault.path):
            return False
        self.seen += 1
        if self.seen <= self.fault.after or self.struck == self.fault.times or self.rng.random() >= self.fault.share:
            return False
        self.struck += 1
        return True


Normal = Callable[[], Answer]
Effect = Callable[[Fault, Call, Normal], Awaitable[Answer]]


async def answer_with(fault: Fault, call: Call, normal: Normal) -> Answer:
    """`normal` gives the answer without the fault; it is not asked where Pixiv would not have come so far."""
    return await KINDS[fault.kind](fault, call, normal)


def _instead(make: Callable[[Fault, Call], Answer]) -> Effect:
    async def effect(fault: Fault, call: Call, _normal: Normal) -> Answer:
        return make(fault, call)

    return effect


def _given(answer: Answer) -> Effect:
    return _instead(lambda _fault, _call: answer)


def _spoilt(change: Callable[[Answer], Answer]) -> Effect:
    async def effect(_fault: Fault, _call: Call, normal: Normal) -> Answer:
        return change(normal())

    return effect


async def _slow(fault: Fault, _call: Call, normal: Normal) -> Answer:
    await asyncio.sleep(fault.seconds)
    return normal()


def _rate_limit(status: int, fault: Fault, _call: Call) -> Answer:
    headers = {"Retry-After": str(math.ceil(fault.seconds))} if fault.seconds > 0 else {}
    return replace(refusal_answer(status, message=RATE_LIMIT), headers=headers)


def _redirect(_fault: Fault, call: Call) -> Answer:
    return Answer(302, headers={"Location": f"http://localhost:{call.port}/elsewhere"}, content_type=HTML_TYPE)


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


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
    "html_403": _given(Answer(403, _CHALLENGE, HTML_TYPE)),
    "html_503": _given(Answer(503, _MAINTENANCE, HTML_TYPE)),
    "html_200": _given(Answer(200, _MAINTENANCE, HTML_TYPE)),
    "server_error_500": _given(refusal_answer(500, message="Internal Server Error")),
    "cut_json": _spoilt(_half),
    "empty_body": _given(Answer()),
    "empty_404": _given(Answer(404)),
    "null_entries": _with_entries(lambda _entries: None),
    "not_json_list": _with_entries(lambda _entries: "not a list"),
    "bad_entry": _with_entries(_bad_second),
    "new_field": _changed_json(_with_new_field),
    "not_found_404": _instead(lambda _fault, call: RefusalError(404, MISSING_WORK).answer(call.language)),
    "wrong_content_type": _spoilt(partial(replace, content_type="text/plain; charset=utf-8")),
    "redirect": _instead(_redirect),
    "slow": _slow,
    "reset": _given(Answer(0, delivery=Delivery.NOTHING)),
    "truncated": _spoilt(_half),
    "short_body": _spoilt(partial(replace, delivery=Delivery.HALF)),
    "empty_file": _spoilt(partial(replace, body=b"")),
    "html_file": _given(Answer(200, _MAINTENANCE, HTML_TYPE)),
    "garbage_token": _given(json_answer({"response": {}, "token_type": "bearer"})),
}

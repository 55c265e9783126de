"""Faults on demand: failures that have been observed with Pixiv, Cloudflare and networks."""

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
    REFUSED,
    RESTRICTED_USER,
    TOKEN_EXPIRED,
    TOKEN_MISSING,
    UNKNOWN_ENDPOINT,
    ApiError,
    Text,
    bad_parameter,
    error_response,
)
from ..errors import SandboxError
from ..messages import HTML_TYPE, JSON_TYPE, Delivery, Request, Response, json_response, to_json
from ..responses.user_json import user_of_listing

_CHALLENGE = b"""<!DOCTYPE html><html><head><title>Just a moment...</title></head>
<body><div id="cf-wrapper">Checking if the site connection is secure</div></body></html>"""
_MAINTENANCE = b"<!DOCTYPE html><html><head><title>pixiv</title></head><body>Under maintenance</body></html>"
_MISDIRECTED = b"<!DOCTYPE html><html><head><title>421 Misdirected Request</title></head></html>"
_WARNING = b"<br />\n<b>Warning</b>:  Undefined array key 0 in <b>api.php</b> on line <b>1</b><br />\n"
# Larger than any API response, and larger than a client should accept.
_HUGE_BYTES = 33 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, for which requests, and how often."""

    kind: str
    path: str = ""
    """Prefix of the path; "": every request."""
    where: str = ""
    """A substring of the path or query."""
    times: int | None = 1
    """None: always."""
    after: int = 0
    """The number of matching requests before the fault occurs."""
    share: float = 1.0
    """The share of the matching requests that are affected, chosen by URL and therefore independent of their order."""
    seconds: float = 0
    """The delay of `slow` and `stall_after`; the value of Retry-After."""
    retry_after: str | None = None
    """The text of Retry-After, in place of a number of seconds."""
    body_bytes: int = 0
    """How much of the body is sent before `reset_after` and `stall_after`."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SandboxError(f"{self.kind!r} is not a kind of fault: use one of {', '.join(sorted(KINDS))}.")

    def matches(self, request: Request) -> bool:
        """Whether the fault applies to requests like this."""
        return request.path.startswith(self.path) and self.where in _url(request)


class Faults:
    """The pending faults. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[_PendingFault | _FaultMix] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._pending.append(_PendingFault(fault))

    def mix(self, faults: Sequence[Fault], share: float, seed: str) -> None:
        """Applies a random one of the faults to this share of the requests; their `times`, `after`, `share` are ignored."""
        with self._lock:
            self._pending.append(_FaultMix(faults, share, seed))

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault that affects this request: of several, the one added first; the others remain pending."""
        with self._lock:
            return next((fault for pending in self._pending if (fault := pending.take(request))), None)


@dataclass(slots=True)
class _PendingFault:
    fault: Fault
    seen: int = 0
    applied: int = 0
    requested: Counter[str] = field(default_factory=Counter)

    def take(self, request: Request) -> Fault | None:
        fault = self.fault
        if not fault.matches(request):
            return None
        self.seen += 1
        if self.seen <= fault.after or self.applied == fault.times:
            return None
        if fault.share < 1 and _draw("share", request, self.requested).random() >= fault.share:
            return None
        self.applied += 1
        return fault


@dataclass(slots=True)
class _FaultMix:
    faults: Sequence[Fault]
    share: float
    seed: str
    requested: Counter[str] = field(default_factory=Counter)

    def take(self, request: Request) -> Fault | None:
        fitting = [fault for fault in self.faults if fault.matches(request)]
        if not fitting:
            return None
        draw = _draw(self.seed, request, self.requested)
        return draw.choice(fitting) if draw.random() < self.share else None


def _draw(seed: str, request: Request, requested: Counter[str]) -> Random:
    """Random numbers that depend on the URL and on how often it was requested, not on other requests."""
    url = _url(request)
    requested[url] += 1
    return Random(f"{seed} {url} {requested[url]}")


def _url(request: Request) -> str:
    return request.target or request.path


Normal = Callable[[], Response]
Effect = Callable[[Fault, Request, Normal], Awaitable[Response]]


async def apply_fault(fault: Fault, request: Request, normal: Normal) -> Response:
    """`normal` returns the response without the fault; it is not called if Pixiv would not get that far."""
    return await KINDS[fault.kind](fault, request, normal)


def effective_request(fault: Fault | None, request: Request) -> Request:
    """The request as the server interprets it: `ignored_range` drops the range."""
    if fault is None or fault.kind != "ignored_range":
        return request
    return replace(request, headers={name: value for name, value in request.headers.items() if name != "range"})


def _replaced_response(make: Callable[[Fault, Request], Response]) -> Effect:
    async def effect(fault: Fault, request: Request, _normal_response: Normal) -> Response:
        return make(fault, request)

    return effect


def _fixed_response(response: Response) -> Effect:
    return _replaced_response(lambda _fault, _call: response)


def _api_error(status: int, reason: Text) -> Effect:
    return _replaced_response(lambda _fault, request: ApiError(status, reason).response(request.language))


def _changed_response(change: Callable[[Response], Response]) -> Effect:
    async def effect(_fault: Fault, _call: Request, normal: Normal) -> Response:
        return change(normal())

    return effect


async def _slow(fault: Fault, _call: Request, normal: Normal) -> Response:
    await asyncio.sleep(fault.seconds)
    return normal()


def _rate_limit(status: int, fault: Fault, _call: Request) -> Response:
    value = str(math.ceil(fault.seconds)) if fault.seconds > 0 else None
    value = value if fault.retry_after is None else fault.retry_after
    headers = {} if value is None else {"Retry-After": value}
    return replace(error_response(status, message=RATE_LIMIT), headers=headers)


def _redirect(_fault: Fault, request: Request) -> Response:
    return Response(302, headers={"Location": f"http://localhost:{request.port}/elsewhere"}, content_type=HTML_TYPE)


def _half(response: Response) -> Response:
    return replace(response, body=response.body[: len(response.body) // 2])


def _part(fault: Fault, response: Response) -> Response:
    # Waits at least briefly: a client that notices the closed connection first may discard the data before it.
    stalled = fault.seconds if fault.kind == "stall_after" else 0.05
    return replace(response, delivery=Delivery.PART, part_bytes=fault.body_bytes, stall_seconds=stalled)


async def _after_a_part(fault: Fault, _call: Request, normal: Normal) -> Response:
    return _part(fault, normal())


def _with_headers(change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Effect:
    """Changes the headers of partial responses; others are not changed."""
    return _changed_response(
        lambda response: replace(response, headers=change(response.headers)) if response.status == 206 else response
    )


def _moved(headers: Mapping[str, str]) -> Mapping[str, str]:
    start, _, rest = headers["Content-Range"].removeprefix("bytes ").partition("-")
    return {**headers, "Content-Range": f"bytes {int(start) - 1}-{rest}"}


def _compressed(response: Response) -> Response:
    headers = {**response.headers, "Content-Encoding": "gzip"}
    return replace(response, body=gzip.compress(response.body, mtime=0), headers=headers)


def _changed_json(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Effect:
    def changed(response: Response) -> Response:
        is_json = response.content_type == JSON_TYPE
        return replace(response, body=to_json(change(json.loads(response.body)))) if is_json else response

    return _changed_response(changed)


def _with_entries(change: Callable[[list[Any]], Any]) -> Effect:
    """Changes the entries of a listing; a response without entries is not changed."""

    def changed(known: dict[str, Any]) -> dict[str, Any]:
        key = next((key for key, value in known.items() if isinstance(value, list)), None)
        return known if key is None else known | {key: change(known[key])}

    return _changed_json(changed)


def _bad_second(entries: list[Any]) -> list[Any]:
    return [entry | {"total_view": "many"} if number == 1 else entry for number, entry in enumerate(entries)]


def _new_values(entries: list[Any]) -> list[Any]:
    """The second work has a type, a rating and an AI type that Pixiv has not used so far."""
    new = {"type": "collage", "x_restrict": 3, "illust_ai_type": 3}
    return [entry | new if number == 1 else entry for number, entry in enumerate(entries)]


def _without_user(known: dict[str, Any]) -> dict[str, Any]:
    """The listing of a user who no longer exists, which is not an error."""
    gone = {"user": user_of_listing(None, is_followed=False), "next_url": None} if "next_url" in known else {}
    return {key: [] if isinstance(value, list) else value for key, value in known.items()} | gone


def _huge(_fault: Fault, _call: Request) -> Response:
    return Response(200, b" " * _HUGE_BYTES + b"{}")


def _with_new_field(known: dict[str, Any]) -> dict[str, Any]:
    """Adds an unknown key to each work of a listing, and to the work of a detail."""
    for value in known.values():
        for work in value if isinstance(value, list) else [value]:
            if isinstance(work, dict) and "create_date" in work:
                work["brand_new_field"] = {"since": 2027}
    return known


KINDS: Mapping[str, Effect] = {
    "rate_limit_403": _replaced_response(partial(_rate_limit, 403)),
    "rate_limit_429": _replaced_response(partial(_rate_limit, 429)),
    "token_expired": _fixed_response(error_response(400, message=TOKEN_EXPIRED)),
    "token_missing": _fixed_response(error_response(400, message=TOKEN_MISSING)),
    "html_403": _fixed_response(Response(403, _CHALLENGE, HTML_TYPE)),
    "html_503": _fixed_response(Response(503, _MAINTENANCE, HTML_TYPE)),
    "html_200": _fixed_response(Response(200, _MAINTENANCE, HTML_TYPE)),
    "server_error_500": _fixed_response(error_response(500, message="Internal Server Error")),
    "html_404": _fixed_response(Response(404, _MAINTENANCE, HTML_TYPE)),
    "cut_json": _changed_response(_half),
    "broken_json": _changed_response(lambda response: replace(response, body=_WARNING + response.body)),
    "huge_body": _replaced_response(_huge),
    "empty_body": _fixed_response(Response()),
    "empty_404": _fixed_response(Response(404)),
    "null_entries": _with_entries(lambda _entries: None),
    "not_json_list": _with_entries(lambda _entries: "not a list"),
    "bad_entry": _with_entries(_bad_second),
    "new_values": _with_entries(_new_values),
    "new_field": _changed_json(_with_new_field),
    "not_found_404": _api_error(404, MISSING_WORK),
    "private_403": _api_error(403, LIMITED_WORK),
    "restricted_403": _api_error(403, RESTRICTED_USER),
    "user_gone_404": _api_error(404, MISSING_USER),
    "user_gone_200": _changed_json(_without_user),
    "bad_parameter": _replaced_response(
        lambda _fault, request: bad_parameter("user_id", "Invalid value").response(request.language)
    ),
    "offset_limit": _replaced_response(
        lambda _fault, request: bad_parameter("offset", "offset must be no more than 5000").response(request.language)
    ),
    "unknown_endpoint": _api_error(404, UNKNOWN_ENDPOINT),
    "unknown_error": _api_error(403, REFUSED),
    "misdirected_421": _fixed_response(Response(421, _MISDIRECTED, HTML_TYPE)),
    "wrong_content_type": _changed_response(partial(replace, content_type="text/plain; charset=utf-8")),
    "redirect": _replaced_response(_redirect),
    "slow": _slow,
    "reset": _fixed_response(Response(0, delivery=Delivery.NOTHING)),
    "truncated": _changed_response(_half),
    "reset_after": _after_a_part,
    "stall_after": _after_a_part,
    "ignored_range": _changed_response(lambda response: response),  # see `effective_request`
    "moved_range": _with_headers(_moved),
    "changed_range": _with_headers(lambda headers: {**headers, "ETag": '"another"', "Last-Modified": "never"}),
    "packed_file": _changed_response(_compressed),
    "short_body": _changed_response(partial(replace, delivery=Delivery.HALF)),
    "empty_file": _changed_response(partial(replace, body=b"")),
    "html_file": _fixed_response(Response(200, _MAINTENANCE, HTML_TYPE)),
    "garbage_token": _fixed_response(json_response({"response": {}, "token_type": "bearer"})),
    "refused_token": _fixed_response(
        json_response({"has_error": True, "errors": {"system": {"message": "Invalid refresh token"}}}, 400)
    ),
}

"""Reads the parameters of requests, and rejects invalid ones with Pixiv's error messages."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

from ..api_errors import MISSING_WORK, ApiError, bad_parameter
from ..messages import Request
from ..world.bookmarks import PRIVATE, PUBLIC
from ..world.novels import Novel
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World

PAGE_SIZE = 30

_NUMBER = re.compile(r"[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# In days.
DURATIONS = {
    "within_last_day": 1,
    "within_last_week": 7,
    "within_last_month": 30,
    "within_last_half_year": 182,
    "within_last_year": 365,
}


def is_for_novels(request: Request) -> bool:
    """Whether an endpoint that exists for illusts and for novels is the one for novels."""
    return "novel" in request.path.split("/")


def find_work(world: World, request: Request, work_id: int) -> Work | Novel | None:
    return world.novel_catalogue.novel(work_id) if is_for_novels(request) else world.work(work_id)


def requested_work(world: World, request: Request) -> Work | Novel:
    return requested_novel(world, request) if is_for_novels(request) else requested_illust(world, request)


def requested_illust(world: World, request: Request) -> Work:
    work = world.work(required_id(request, "illust_id"))
    if work is None:
        raise ApiError(404, MISSING_WORK)
    return work


def requested_novel(world: World, request: Request, name: str = "novel_id") -> Novel:
    novel = world.novel_catalogue.novel(required_id(request, name))
    if novel is None:
        raise ApiError(404, MISSING_WORK)
    return novel


def requested_user_id(request: Request) -> int:
    """By default the account."""
    return optional_id(request, "user_id") or ACCOUNT.id


def required_id(request: Request, name: str) -> int:
    text = request.query.get(name, "")
    if _NUMBER.fullmatch(text):
        return int(text)
    label = name.replace("_", " ").title()
    complaints = [f"{label} must be an integer (0-9)", f"{label} must be at least 0"]
    raise bad_parameter(name, *complaints if text else [f"{label} is required", *complaints])


def offset(world: World, request: Request) -> int:
    text = request.query.get("offset", "0")
    if not _NUMBER.fullmatch(text):
        raise bad_parameter("offset", "offset must be an integer (0-9)")
    if int(text) > world.listing_cap:
        raise bad_parameter("offset", f"offset must be no more than {world.listing_cap}")
    return int(text)


def choice(request: Request, name: str, allowed: Collection[str]) -> str | None:
    """One of the allowed values; None if the parameter is missing."""
    text = request.query.get(name)
    if text is not None and text not in allowed:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return text


def restrict(request: Request, *more: str) -> str | None:
    """Public or private, or one of `more`; the error is worded as in the response recorded in 2023."""
    text = request.query.get("restrict")
    if text is not None and text not in (PUBLIC, PRIVATE, *more):
        raise bad_restrict()
    return text


def bad_restrict() -> ApiError:
    return bad_parameter("restrict", "restrict contains invalid value")


def optional_id(request: Request, name: str) -> int | None:
    """An optional number."""
    return required_id(request, name) if name in request.query else None


def flag(request: Request, name: str) -> bool:
    return choice(request, name, ("true", "false")) == "true"


def day(request: Request, name: str, latest: date) -> date | None:
    """A day in Japan, not in the future; None if the parameter is missing."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        requested = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        requested = None
    if requested is None or requested > latest:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} contains invalid value")
    return requested


def period(world: World, request: Request) -> tuple[date | None, date | None]:
    """The first and the last day of a search."""
    first, last = day(request, "start_date", world.today), day(request, "end_date", world.today)
    duration = choice(request, "duration", DURATIONS)
    if duration is not None:
        since = world.today - timedelta(days=DURATIONS[duration])
        first = since if first is None else max(first, since)
    return first, last


def values(request: Request, name: str) -> list[str]:
    """A list in PHP's notation: repeated `name[]`, or numbered `name[0]`, in the order of the URL."""
    pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
    return [value for key, value in pairs if key.partition("[")[0] == name and key.endswith("]")]


def id_values(request: Request, name: str) -> list[int]:
    return [int(value) for value in values(request, name) if _NUMBER.fullmatch(value)]


def form_request(request: Request) -> Request:
    """The same request with the form in place of the query."""
    return replace(request, query=dict(parse_qsl(request.body, keep_blank_values=True)), target=f"?{request.body}")


def required_text(request: Request, name: str) -> str:
    text = request.query.get(name, "").strip()
    if not text:
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} is required")
    return text


def number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise bad_parameter(name, f"{name.replace('_', ' ').title()} must be an integer (0-9)")
    return int(text)

"""Endpoints of Pixiv's website. It shows works that the app hides; R-18 works only with the session of an account."""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ..api_errors import MISSING_USER, MISSING_WORK
from ..messages import HTML_TYPE, Request, Response
from ..responses import website_json
from ..responses.website_json import website_error, website_response
from ..world.novels import Novel
from ..world.users import ON_WEBSITE, Standing
from ..world.works import Work
from ..world.world import World

SESSION = "1001_SandboxSessionOfTheSimulatedPixiv"
"""The cookie PHPSESSID of the simulated account."""
ROOT = "/ajax/"

_BAD_SESSION = "An unknown error occurred"
_NO_BROWSER = b"""<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div id="cf-wrapper"></div></body></html>"""
_T = TypeVar("_T", Work, Novel)
_SESSION_COOKIE = re.compile(r"(?:^|;\s*)PHPSESSID=([^;]*)")


class _Viewer(NamedTuple):
    """Who looks at the website."""

    language: str
    has_session: bool


def website_page(world: World, request: Request, session: str) -> Response:
    """The response to any request below `ROOT`; `session` is the one that is valid."""
    if not request.headers.get("user-agent", "").startswith("Mozilla/"):
        return Response(403, _NO_BROWSER, HTML_TYPE)
    cookie = _SESSION_COOKIE.search(request.headers.get("cookie", ""))
    if cookie and cookie[1] != session:
        return website_error(400, _BAD_SESSION)
    for pattern, route in _ROUTES:
        if found := re.fullmatch(pattern, request.path):
            return route(world, int(found[1]), _Viewer(request.language, bool(cookie)))
    return website_error(404, "Not Found")


def _illust(world: World, illust_id: int, viewer: _Viewer) -> Response:
    work = _shown(world.work(illust_id))
    if work is None:
        return website_error(404, MISSING_WORK.en)
    has_urls = viewer.has_session or not work.spec.x_restrict
    return website_response(website_json.website_illust(work, viewer.language, world.size_of(work), has_urls=has_urls))


def _pages(world: World, illust_id: int, viewer: _Viewer) -> Response:
    work = _shown(world.work(illust_id))
    if work is None or (work.spec.x_restrict and not viewer.has_session):
        return website_error(404, MISSING_WORK.en)
    return website_response(website_json.website_pages(work, world.size_of(work)))


def _ugoira(world: World, illust_id: int, viewer: _Viewer) -> Response:
    work = _shown(world.work(illust_id))
    if work is None or not work.delays or (work.spec.x_restrict and not viewer.has_session):
        return website_error(404, MISSING_WORK.en)
    return website_response(website_json.website_ugoira(work))


def _novel(world: World, novel_id: int, viewer: _Viewer) -> Response:
    novel = _shown(world.novel_catalogue.novel(novel_id))
    if novel is None:
        return website_error(404, MISSING_WORK.en)
    if novel.spec.x_restrict and not viewer.has_session:
        return website_error(403, "Restricted")
    return website_response(website_json.website_novel(novel, viewer.language))


def _profile(world: World, user_id: int, viewer: _Viewer) -> Response:
    user = world.user(user_id)
    if user is None or user.standing is not Standing.PRESENT:
        return website_error(404, MISSING_USER.en)
    works = [work for work in world.works(user_id) if viewer.has_session or not work.spec.x_restrict]
    novels = [novel for novel in world.novels_of(user_id) if viewer.has_session or not novel.spec.x_restrict]
    return website_response(website_json.website_profile(works, novels))


def _shown(work: _T | None) -> _T | None:
    return work if work is not None and work.spec.limit in ON_WEBSITE else None


_ROUTES: tuple[tuple[str, Callable[[World, int, _Viewer], Response]], ...] = (
    (r"/ajax/illust/(\d+)", _illust),
    (r"/ajax/illust/(\d+)/pages", _pages),
    (r"/ajax/illust/(\d+)/ugoira_meta", _ugoira),
    (r"/ajax/novel/(\d+)", _novel),
    (r"/ajax/user/(\d+)/profile/all", _profile),
)

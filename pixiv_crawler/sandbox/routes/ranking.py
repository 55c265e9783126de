"""Endpoints of what is popular: rankings and trending tags."""

from datetime import timedelta
from itertools import islice

from ..api_errors import BEYOND_RANKING, ApiError
from ..messages import Request, Response, to_json
from ..responses.illust_json import translated
from ..world.ranking import MODES, ranking
from ..world.search_index import EXACT, Query, search
from ..world.world import World
from .paging import page, works_json, works_response
from .parameters import PAGE_SIZE, choice, day, offset
from .table import get

# The hour at which the rankings of the day are published, in Japan.
PUBLICATION_HOUR = 12
_TRENDING = 24


@get("/v1/illust/ranking")
def illust_ranking(world: World, request: Request) -> Response:
    """500 places, R-18 rankings 100; a work deleted since then leaves its place empty."""
    mode = choice(request, "mode", MODES) or "day"
    requested, start = day(request, "date", world.today), offset(world, request)
    is_out = world.now.hour >= PUBLICATION_HOUR
    wanted = requested or (world.today if is_out else world.today - timedelta(days=1))
    if MODES[mode].rating > world.account.x_restrict or (wanted == world.today and not is_out):
        return works_response(world, request, (), next_url=None)
    places = ranking(mode, wanted)
    if start and start >= len(places):
        raise ApiError(404, BEYOND_RANKING)
    shown, following = page(world, request, places)
    return works_response(world, request, world.present(shown), next_url=following)


@get("/v1/trending-tags/illust")
def trending_tags(world: World, request: Request) -> Response:
    """24 tags, each with its newest work for all ages; a single listing."""
    words = islice(world.generated_users.keywords.by_word, _TRENDING)
    return Response(body=b'{"trend_tags":[%b]}' % b",".join(_trend(world, request, word) for word in words))


def _trend(world: World, request: Request, word: str) -> bytes:
    found = search(world, Query((word.lower(),), EXACT)).newest_first(0, PAGE_SIZE)
    newest = islice(world.present(summary.id for summary in found if summary.x_restrict == 0), 1)
    tag = {"tag": word, "translated_name": translated(word, request.language)}
    return b'%b,"illust":%b}' % (to_json(tag)[:-1], works_json(world, request, newest))

"""The endpoints of what is popular: rankings and the tags of the day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from ..api_errors import BEYOND_RANKING, RefusalError
from ..messages import Answer, Call, to_json
from ..responses.illust_json import translated
from ..world.ranking import MODES, ranking
from ..world.search_index import EXACT, Query, search
from ..world.works import Work
from ..world.world import World
from .paging import page, works_answer, works_json
from .parameters import PAGE_SIZE, choice, day, offset

# When the day's rankings are published, in Japan.
_PUBLICATION_HOUR = 12
_TRENDING = 24


def illust_ranking(world: World, call: Call) -> Answer:
    """GET /v1/illust/ranking: 500 places, of R-18 rankings 100; a work withdrawn since leaves its place empty."""
    mode = choice(call, "mode", MODES) or "day"
    asked, start = day(call, "date", world.today), offset(world, call)
    is_out = world.now.hour >= _PUBLICATION_HOUR
    wanted = asked or (world.today if is_out else world.today - timedelta(days=1))
    if MODES[mode].rating > world.reader.x_restrict or (wanted == world.today and not is_out):
        return works_answer(world, call, (), next_url=None)
    places = ranking(mode, wanted)
    if start and start >= len(places):
        raise RefusalError(404, BEYOND_RANKING)
    shown, following = page(world, call, places)
    return works_answer(world, call, _works(world, shown), next_url=following)


def trending_tags(world: World, call: Call) -> Answer:
    """GET /v1/trending-tags/illust: 24 words, each with its newest work for all ages; there is one page."""
    words = islice(world.crowd.corpora.by_word, _TRENDING)
    return Answer(body=b'{"trend_tags":[%b]}' % b",".join(_trend(world, call, word) for word in words))


def _trend(world: World, call: Call, word: str) -> bytes:
    found = search(world, Query((word.lower(),), EXACT)).newest_first(0, PAGE_SIZE)
    newest = [work for hit in found if hit.x_restrict == 0 and (work := world.work(hit.id)) is not None][:1]
    tag = {"tag": word, "translated_name": translated(word, call.language)}
    return b'%b,"illust":%b}' % (to_json(tag)[:-1], works_json(world, call, newest))


def _works(world: World, places: Iterable[int | None]) -> Iterator[Work]:
    found = (world.work(work_id) for work_id in places if work_id is not None)
    return (work for work in found if work is not None)


ROUTES = {
    ("GET", "/v1/illust/ranking"): illust_ranking,
    ("GET", "/v1/trending-tags/illust"): trending_tags,
}

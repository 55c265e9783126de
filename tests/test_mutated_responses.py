"""Each value in a response of each spider is replaced by odd ones: an entry may be rejected, but nothing else fails.

Usually, a random share of the mutations is tried.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from pixiv_crawler.addon import PixivAddon
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.classification import classify
from pixiv_crawler.api.image_urls import frame_urls, zip_choices
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.api.pagers.steps import ListingResponse, State
from pixiv_crawler.api.parsing import check_ids, parse_item, parse_json, parse_listing, parse_ugoira_metadata, repaired
from pixiv_crawler.api.schema_drift import new_fields, new_values
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.files.plan import FilePlan
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.items import Illust
from pixiv_crawler.items.codec import decode_item, encode_item
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.spiders.base_listings import ListingSpider
from tests import entries
from tests.promises import tries
from tests.sandbox.client import Client
from tests.test_every_spider import SPIDERS, example

ODD_VALUES = (None, True, -1, 10**30, 1.5, float("nan"), "", "x", "http://[", [], {}, [[None]])
ENTRIES = 2
SAMPLE = tries(60, 10**6)
EXTRAS = {"extras": "avatar,background,cover", "novel": "txt", "ugoira": "frames,webp", "users": "true"}


@pytest.mark.parametrize("name", SPIDERS.list())
@pytest.mark.quick
@pytest.mark.e2e
@pytest.mark.promise("hostile")
def test_no_value_of_a_response_breaks_a_spider(
    sandbox: Sandbox, name: str, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(ListingSpider, "record_failure", lambda *_: None)
    spider = make_spider(name)
    tried, state = 0, {}
    for call in islice(spider.start_calls(), 4):
        response = Client(sandbox).api(str(call)).json
        if call.entries_key:
            response[call.entries_key] = response[call.entries_key][:ENTRIES]
        before, state = state, use(spider, call, response, state)
        for _ in mutations(response):
            use(spider, call, response, before)
            tried += 1
    record_property("mutated responses", tried)
    assert tried >= 50


def test_no_value_of_the_frames_of_an_animation_breaks_its_files() -> None:
    response = json.loads(json.dumps(entries.UGOIRA))
    work = parse_item(entries.illust(type="ugoira"), "illusts")
    assert isinstance(work, Illust)
    args = SPIDERS.load("works").Args.parse({"illust_id": "1"} | EXTRAS)
    for _ in mutations(response):
        with suppress(ParseError):
            work.ugoira_metadata = parse_ugoira_metadata(response)
            url = work.ugoira_metadata.zip_urls.medium
            work.file_urls = [*zip_choices(url), *frame_urls(url, len(work.ugoira_metadata.frames))]
            use_files(args, work)


def extras_of(name: str) -> dict[str, str]:
    """Whatever files a spider knows."""
    return EXTRAS | ({"extras": "avatar,background"} if name == "users" else {})


def make_spider(name: str) -> Any:
    """A spider of a crawler that never runs."""
    settings = Settings()
    settings.setmodule("pixiv_crawler.settings")
    crawler = Crawler(SPIDERS.load(name), settings)
    crawler.stats = MemoryStatsCollector(crawler)
    crawler.addons.addons.append(PixivAddon(crawler))
    spider = SPIDERS.load(name).from_crawler(crawler, **example(name, **extras_of(name)))
    ApiSession.of(crawler).account = Account("1001")
    return spider


def mutations(response: Any) -> Iterator[None]:
    """Replaces one value after the other in place."""
    chosen = [(*place, odd) for place in places(response) for odd in ODD_VALUES]
    if len(chosen) > SAMPLE:
        chosen = random.Random(0).sample(chosen, SAMPLE)
    for container, key, odd in chosen:
        original, container[key] = container[key], odd
        yield
        container[key] = original


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def use(spider: Any, call: ApiCall, response: Any, before: State) -> State:
    """Everything that a spider and the pipelines derive from a response without sending a request.

    Returns the state of the listing at its end; `before` is that of the listing before it.
    """
    state: State = spider.pager().first_state(call, before)
    body = json.dumps(response).encode()
    if classify(200, {}, body, call):
        body = repaired(body) or b""
        if classify(200, {}, body, call):
            return state
    with suppress(ParseError):
        listing = parse_listing(body, call)
        found = [parse_json(entry) for entry in listing.entries]
        for entry in found:
            with suppress(ParseError):
                use_entry(spider, call, entry)
        state = spider.pager().step(ListingResponse(call, found, listing.next_url, len(found)), state).state
        json.dumps(state, allow_nan=False)
    return state


def use_entry(spider: Any, call: ApiCall, entry: Any) -> None:
    if not isinstance(entry, dict):
        return
    check_ids(entry)
    for item in spider.parse_entry(entry, call):
        if not hasattr(item, "kind"):
            continue
        list(new_fields(entry, type(item))), list(new_values(item))
        use_files(spider.args, item)
        assert decode_item(encode_item(item)) == item


def use_files(args: Any, item: Any) -> None:
    plan = FilePlan(args, "{illust_id}_p{page}{ext}", "{novel_id}{ext}", spider="", job="", names=lambda _: ("", ""))
    for request in plan.requests_for(item):
        assert all(candidate.path and candidate.key for candidate in request.candidates)

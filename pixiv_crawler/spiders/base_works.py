"""The base class of spiders that yield works: withheld works, requested types, file URLs."""

from collections.abc import Iterator
from typing import ClassVar

from scrapy import Request

from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import ILLUST_TYPES, WorkType
from pixiv_crawler.api.image_urls import file_urls
from pixiv_crawler.api.parsing import kind_of, parse_item
from pixiv_crawler.api.website import calls
from pixiv_crawler.arguments import SpiderArgs, WorksArgs
from pixiv_crawler.items import Illust, Item, Unavailable, Work
from pixiv_crawler.spiders.base_web import WebSpider


class WorkListingSpider(WebSpider):
    """A spider that yields works: withheld works become `Unavailable` items, others get their file URLs.

    With `comments=true`, the comments on a work follow it; with `users=true`, its artist does (see
    `ExtrasMiddleware`). Works that the app hides are requested from the website (see `WebSpider`).

    Stats: pixiv/web/found.
    """

    Args: ClassVar[type[SpiderArgs]] = WorksArgs

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        kind = kind_of(call.key)
        if kind == "comment":
            for comment in super().parse_entry(entry, call):
                yield comment
                yield from self.replies(comment)
        elif kind not in ("illust", "novel"):
            yield parse_item(entry, call.key, call.context)
        elif (withheld := unavailable(entry)) and type(entry.get("id")) is int:
            reason, evidence = withheld
            if call.api == "web":
                self.record_failure(
                    "work", entry["id"], f"the website shows only a placeholder ({evidence['image']})", call
                )
                return
            yield Unavailable(id=entry["id"], type=kind, reason=reason, evidence=evidence)
        else:
            yield from self._parse_work(entry, call)

    def is_excluded(self, entry: JsonObject, call: ApiCall) -> bool:
        """Whether a work has a type that was not requested; one that is new to us is collected in any case."""
        kind = kind_of(call.key)
        type_ = {"illust": entry.get("type"), "novel": WorkType.NOVEL}.get(kind)
        return type_ in (*ILLUST_TYPES, WorkType.NOVEL) and type_ not in self.args.wanted_types

    def _parse_work(self, entry: JsonObject, call: ApiCall) -> Iterator[Work | Request]:
        if self.is_excluded(entry, call):
            return
        if calls.needs_pages(call, entry):
            yield self.side_request(calls.illust_pages(call, entry))
            return
        work = parse_item(entry, call.key, call.context)
        assert isinstance(work, Work)
        if isinstance(work, Illust):
            work.file_urls = file_urls(work, self.args.files, self.args.pages)
        if call.api == "web":
            self.crawler.stats.inc_value("pixiv/web/found")
        yield work

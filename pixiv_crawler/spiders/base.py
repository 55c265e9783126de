"""What all spiders share: checked arguments, calls as requests, paging, and entries that do not fit."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from pixiv_crawler import paths
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.pagination import next_call
from pixiv_crawler.arguments import SpiderArgs, WorksArgs
from pixiv_crawler.exceptions import LoginError, ParseError
from pixiv_crawler.items import Illust, Item, Rejected, Source, Unavailable, Work
from pixiv_crawler.parsing import file_urls, new_fields, parse_json, parse_listing, unavailable
from pixiv_crawler.requests import api_call, api_request
from pixiv_crawler.signals import Loss, lose


class PixivSpider(Spider):
    """A spider with checked arguments.

    Raises (when it is made):
        ArgumentError: an argument that cannot be used.
    """

    Args: ClassVar[type[SpiderArgs]] = SpiderArgs
    args: SpiderArgs
    job: str
    """Name of the run, and of the folder that it writes to."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        checked = cls.Args.parse(kwargs)
        spider = super().from_crawler(crawler, *args)
        spider.args = checked
        spider.job = checked.job or paths.default_job(datetime.now(UTC))
        return spider

    def lose(self, what: str, id: Any, cause: str, call: ApiCall) -> None:  # noqa: A002 - Pixiv's word
        """Says that something asked for is missing."""
        lose(self.crawler, Loss(what, id, cause, str(call)))


class ListingSpider(PixivSpider):
    """A spider of listings: asks one after the other, follows each to its end.

    All that a listing needs to go on rides on its requests, so the spider holds no state of the crawl.
    """

    item_kind: ClassVar[str] = "illust"
    """Kind of line that an entry should become."""

    @abstractmethod
    def start_calls(self) -> Iterator[ApiCall]:
        """The first call of each listing; the same in the same order whenever it is asked."""

    @abstractmethod
    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item]:
        """What an entry becomes: an item, or nothing when it was not asked for.

        Raises:
            ParseError: it does not fit its type.
        """

    def parse_empty(self, call: ApiCall) -> Iterator[Request]:
        """What to ask when a listing has no entries at all."""
        return iter(())

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Item]:
        """What becomes of a listing that Pixiv refused; by default it is lost."""
        self.lose("listing", None, str(error), call)
        return iter(())

    async def start(self) -> AsyncIterator[Any]:
        for request in self._listing_requests(0):
            yield request

    def _listing_requests(self, index: int) -> Iterator[Request]:
        """The request that begins the listing of that number, when there is one."""
        for call in itertools.islice(self.start_calls(), index, index + 1):
            yield self._listing_request(call, index, 0)

    def _listing_request(self, call: ApiCall, index: int, seen: int) -> Request:
        return api_request(
            call,
            self.settings["PIXIV_API_URL"],
            callback=self.parse_answer,
            errback=self.parse_failure,
            cb_kwargs={"index": index, "seen": seen},
        )

    def parse_answer(self, response: Response, index: int, seen: int) -> Iterator[Any]:
        """The entries of one listing, then the request for what follows."""
        assert response.request is not None
        call = api_call(response.request)
        assert call is not None
        try:
            listing = parse_listing(response.body, call.entries_key)
        except ParseError as error:
            self.lose("listing", None, str(error), call)
            yield from self._listing_requests(index + 1)
            return
        fetched_at = _now()
        for position, raw in enumerate(listing.entries, seen + 1):
            yield from self._parse_raw(raw, call, fetched_at, _source(call, position))
        if not listing.entries and not seen:
            yield from self.parse_empty(call)
        yield from self._following(call, listing.next_url, index, seen + len(listing.entries))

    def parse_failure(self, failure: Failure) -> Iterator[Any]:
        """A listing that could not be had does not keep the next one from being asked."""
        yield from self.refused(failure)
        request: Request = failure.request  # type: ignore[attr-defined]
        yield from self._listing_requests(request.cb_kwargs["index"] + 1)

    def refused(self, failure: Failure) -> Iterator[Item]:
        """What becomes of a call that failed; a failed login ends the crawl and is reported as that."""
        call = api_call(failure.request)  # type: ignore[attr-defined]
        assert call is not None
        if isinstance(failure.value, LoginError):
            return
        assert isinstance(failure.value, Exception)
        for item in self.parse_refusal(failure.value, call):
            item.fetched_at, item.source = _now(), _source(call, 1)
            yield item

    def _following(self, call: ApiCall, next_url: str | None, index: int, seen: int) -> Iterator[Request]:
        try:
            following = next_call(call, next_url)
        except ParseError as error:
            self.lose("listing", None, str(error), call)
            following = None
        if following:
            yield self._listing_request(following, index, seen)
        else:
            yield from self._listing_requests(index + 1)

    def _parse_raw(self, raw: Any, call: ApiCall, fetched_at: str, source: Source) -> Iterator[Item]:
        entry: Any = bytes(raw).decode(errors="replace")
        try:
            entry = parse_json(raw)
            if not isinstance(entry, dict):
                raise ParseError(f"Expected `object`, got `{type(entry).__name__}`")
            items = list(self.parse_entry(entry, call))
        except ParseError as error:
            self.crawler.stats.inc_value("pixiv/rejected")
            self.lose("entry", entry.get("id") if isinstance(entry, dict) else None, str(error), call)
            items = [Rejected(type=self.item_kind, error=str(error), raw=entry)]
        for item in items:
            self._note_new_fields(entry, item)
            item.fetched_at, item.source = fetched_at, source
            yield item

    def _note_new_fields(self, entry: JsonObject, item: Item) -> None:
        """Pixiv adds fields without notice: each new one is said once, and kept from no line."""
        if isinstance(item, Rejected | Unavailable):
            return
        stats = self.crawler.stats
        for name in new_fields(entry, type(item)):
            if stats.get_value(f"pixiv/drift/new_field/{name}") is None:
                stats.inc_value("pixiv/drift/new_field")
                self.logger.warning("Pixiv sends a field that is new to us and not exported: %s", name)
            stats.inc_value(f"pixiv/drift/new_field/{name}")


class WorksSpider(ListingSpider):
    """A spider of works: withheld ones become `Unavailable`, others get the addresses of their files."""

    Args: ClassVar[type[SpiderArgs]] = WorksArgs

    @abstractmethod
    def parse_work(self, entry: JsonObject, call: ApiCall) -> Iterator[Work]:
        """The work of an entry, when it was asked for.

        Raises:
            ParseError: the entry does not fit its type.
        """

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item]:
        withheld = unavailable(entry)
        if withheld and isinstance(entry.get("id"), int):
            reason, evidence = withheld
            yield Unavailable(id=entry["id"], type="illust", reason=reason, evidence=evidence)
            return
        for work in self.parse_work(entry, call):
            self._add_file_urls(work, call)
            yield work

    def _add_file_urls(self, work: Illust, call: ApiCall) -> None:
        assert isinstance(self.args, WorksArgs)
        work.file_urls = file_urls(work, self.args.files)
        if self.args.files != "none" and len(work.file_urls) != work.page_count:
            cause = f"Pixiv named {len(work.file_urls)} of its {work.page_count} images"
            self.lose("file", work.id, cause, call)


def _source(call: ApiCall, position: int) -> Source:
    return Source(endpoint=call.path, params=dict(call.params), position=position)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

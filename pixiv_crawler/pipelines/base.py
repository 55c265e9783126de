"""The base class of pipelines that add something to an item."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import REFUSALS, ApiError
from pixiv_crawler.exceptions import LoginError, StateError, StoppedError
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import api_request
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.checkpoint import Checkpoint, Postponed
from pixiv_crawler.run.closing import has_requests
from pixiv_crawler.run.failures import record_failure
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.state import Failure


class AddingPipeline(Component, ABC):
    """A pipeline that adds something to the items of a run and returns them.

    An item that cannot be completed because the crawl is ending is postponed until the run is resumed.

    Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self.crawler = crawler
        self.args: Any = getattr(crawler.spider, "args", None)
        if not self.is_wanted():
            raise NotConfigured
        self.checkpoint = Checkpoint.of(crawler)

    async def process_item(self, item: Any) -> Any:
        with postponing(self.crawler):
            await self.add(item)
        return item

    def is_wanted(self) -> bool:
        """Whether the arguments of the spider request what this pipeline adds; otherwise, no item passes through it."""
        return True

    @abstractmethod
    async def add(self, item: Any) -> None:
        """Completes an item of any kind; items that this pipeline does not concern stay unchanged.

        Raises:
            StoppedError, LoginError: the crawl is ending.
            StorageError, StateError: something cannot be stored.
        """

    async def request(self, call: ApiCall) -> Response:
        """The response to an API call that an item needs.

        Raises:
            ApiError: Pixiv refused this call, but not every call.
            StoppedError, LoginError: the crawl is ending.
        """
        self.checkpoint.check_open()
        request = api_request(call, Servers.of(self.crawler).base_of(call))
        try:
            return await self.crawler.engine.download_async(request)
        except ApiError as error:
            if error.fault.kind in REFUSALS and call.api == "app":
                session = ApiSession.of(self.crawler)
                await session.refusals.decided(session.check, lambda: has_requests(self.crawler))
            raise

    @contextmanager
    def recording(self, item: Any, what: str, lack: str, call: ApiCall) -> Iterator[None]:
        """Records any error in the block as something that the item lacks: whatever the error, the rest of it is complete.

        Raises:
            StoppedError, LoginError: the crawl is ending.
        """
        try:
            yield
        except (LoginError, StoppedError):
            raise
        except Exception as error:  # noqa: BLE001 - see above
            self.record_failure(item, what, f"{lack} ({error})", str(call))

    def record_failure(self, item: Any, what: str, cause: str, source: str = "") -> None:
        """Records that an item lacks something."""
        record_failure(self.crawler, Failure(what, item.id, cause, source), item)


@contextmanager
def postponing(crawler: Crawler) -> Iterator[None]:
    """Turns an error that ends the crawl into `Postponed`, and ends the crawl if something cannot be stored."""
    try:
        yield
    except (LoginError, StoppedError) as error:
        raise Postponed(str(error)) from error
    except (StorageError, StateError) as error:
        Run.of(crawler).fail(error)
        raise Postponed(str(error)) from error

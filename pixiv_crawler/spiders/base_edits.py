"""The base class of spiders that change something on Pixiv."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from pydantic import model_validator
from scrapy import Request
from scrapy.http import Response

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.items import Item
from pixiv_crawler.spiders.base_listings import ListingSpider


class EditArgs(SpiderArgs):
    """The arguments `add` and `delete` of a spider, which declares their types."""

    add: Any
    delete: Any

    @model_validator(mode="after")
    def _once(self) -> Self:
        if both := set(self.add or []) & set(self.delete or []):
            raise ValueError(f"{min(both)} is in both add and delete: pass it in one of them")
        return self


class EditSpider(ListingSpider):
    """A spider that changes what differs from its arguments, and yields it as it is after the change.

    Each object is read first, and again after its change.
    """

    what: ClassVar[str]
    """What is changed, such as bookmark."""
    id_name: ClassVar[str]
    """The parameter with the ID of what is changed."""

    @abstractmethod
    def detail_call(self, id_: int) -> ApiCall:
        """Reads one object; the ID must be part of the context."""

    @abstractmethod
    def is_done(self, detail: Any) -> bool:
        """Whether an object is as requested."""

    @abstractmethod
    def change(self, detail: Any) -> ApiCall:
        """Changes an object that is not as requested."""

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(self.detail_call, [*(self.args.add or []), *(self.args.delete or [])])

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        id_ = call.context[self.id_name]
        for detail in super().parse_entry(entry, call):
            if self.is_done(detail):
                self.logger.info("The %s of %s is already as requested", self.what, id_)
                yield detail
            elif call.context.get("is_written"):
                self.record_failure(self.what, id_, "Pixiv accepted the change, but did not apply it", call)
                yield detail
            else:
                yield self.side_request(self.change(detail), callback=self.parse_change)

    def parse_change(self, response: Response, **_: Any) -> Iterator[Request]:
        """Pixiv accepted a change: reads the object back."""
        assert response.request is not None
        call = api_call(response.request)
        assert call is not None
        self.count_change()
        yield self.side_request(self.detail_call(call.params[self.id_name]).with_context(is_written=True))

    def count_change(self) -> None:
        """Counts a change that Pixiv accepted."""
        self.crawler.stats.inc_value(f"pixiv/{self.what}s/written")

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        if call.method == "POST":
            self.record_failure(self.what, call.params[self.id_name], str(error), call)
        else:
            yield from super().parse_refusal(error, call)

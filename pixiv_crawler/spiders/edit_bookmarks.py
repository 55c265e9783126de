"""Adds and removes bookmarks: the only spider that writes to Pixiv."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from scrapy import Request
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import Restrict
from pixiv_crawler.api.errors import ApiError, ErrorKind
from pixiv_crawler.argument_types import IllustIdList, WordList, one_of
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.items import BookmarkDetail, Item
from pixiv_crawler.spiders.base_listings import ListingSpider


class EditBookmarksSpider(ListingSpider):
    """Adds and removes bookmarks of the account; yields `BookmarkDetail` after the change.

    Each bookmark is read first and changed only if it differs from the arguments. Without an ID, nothing is changed.

    Stats: pixiv/bookmarks/written (bookmarks that were added, changed or removed).

    Source: GET /v2/illust/bookmark/detail, POST /v2/illust/bookmark/add, /v1/illust/bookmark/delete
    Example: scrapy crawl edit_bookmarks -a add=127410001 -a restrict=private -a tags=later,blue
    """

    name = "edit_bookmarks"

    class Args(SpiderArgs):
        add: IllustIdList | None = Field(None, description="Illusts to bookmark: IDs or URLs, comma-separated.")
        delete: IllustIdList | None = Field(
            None, description="Illusts whose bookmarks to remove: IDs or URLs, comma-separated."
        )
        restrict: Annotated[Restrict, one_of(Restrict)] | None = Field(
            None, description="Make bookmarks public or private; default: unchanged, new bookmarks public."
        )
        tags: WordList | None = Field(
            None,
            description="The tags of the bookmarks, replacing all others; default: unchanged, new bookmarks without tags.",
        )

        @model_validator(mode="after")
        def _once(self) -> Self:
            if both := set(self.add or []) & set(self.delete or []):
                raise ValueError(f"illust {min(both)} is in both add and delete: pass it in one of them")
            if blank := [tag for tag in self.tags or [] if len(tag.split()) > 1]:
                raise ValueError(
                    f"spider argument tags: {blank[0]!r} contains a space, so Pixiv would split it into two tags: remove the space"
                )
            return self

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(endpoints.illust_bookmark_detail, [*(self.args.add or []), *(self.args.delete or [])])

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        for detail in super().parse_entry(entry, call):
            assert isinstance(detail, BookmarkDetail)
            if self._is_done(detail):
                self.logger.info("The bookmark of illust %s is already as requested", detail.illust_id)
                yield detail
            elif call.context.get("is_written"):
                self.record_failure(
                    "bookmark", detail.illust_id, "Pixiv accepted the change, but did not apply it", call
                )
                yield detail
            else:
                yield self.side_request(self._change(detail), callback=self.parse_change)

    def parse_change(self, response: Response, **_: Any) -> Iterator[Request]:
        """Pixiv accepted a change: reads the bookmark back."""
        assert response.request is not None
        call = api_call(response.request)
        assert call is not None
        self.crawler.stats.inc_value("pixiv/bookmarks/written")
        yield self.side_request(
            endpoints.illust_bookmark_detail(call.params["illust_id"]).with_context(is_written=True)
        )

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """Pixiv returns no details of a work that is gone, but removes its bookmark."""
        illust_id = call.params["illust_id"]
        is_gone = isinstance(error, ApiError) and error.fault.kind is ErrorKind.GONE
        if call.method == "POST":
            self.record_failure("bookmark", illust_id, str(error), call)
        elif is_gone and illust_id in (self.args.delete or []) and not call.context.get("is_written"):
            yield self.side_request(endpoints.illust_bookmark_delete(illust_id), callback=self.parse_removal)
        else:
            yield from super().parse_refusal(error, call)

    def parse_removal(self, response: Response, **_: Any) -> None:
        """Pixiv removed the bookmark of a work that is gone; there is nothing to read back."""
        self.crawler.stats.inc_value("pixiv/bookmarks/written")
        self.logger.info("Removed the bookmark of a work that is gone")

    def _is_done(self, detail: BookmarkDetail) -> bool:
        if detail.illust_id in (self.args.delete or []):
            return not detail.is_bookmarked
        restrict, tags = self._wanted(detail)
        return detail.is_bookmarked and detail.restrict == restrict and set(_tags(detail)) == set(tags)

    def _wanted(self, detail: BookmarkDetail) -> tuple[str, list[str]]:
        """The restrict and tags to write; Pixiv overwrites both, so those without an argument keep their values."""
        restrict = detail.restrict if detail.is_bookmarked and detail.restrict else Restrict.PUBLIC
        return self.args.restrict or restrict, _tags(detail) if self.args.tags is None else self.args.tags

    def _change(self, detail: BookmarkDetail) -> ApiCall:
        assert detail.illust_id is not None
        if detail.illust_id in (self.args.delete or []):
            return endpoints.illust_bookmark_delete(detail.illust_id)
        return endpoints.illust_bookmark_add(detail.illust_id, *self._wanted(detail))


def _tags(detail: BookmarkDetail) -> list[str]:
    return [tag.name for tag in detail.tags if tag.is_registered]

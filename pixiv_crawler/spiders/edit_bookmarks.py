"""Adds and removes bookmarks of the account."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict
from pixiv_crawler.api.errors import ApiError, ErrorKind
from pixiv_crawler.argument_types import IllustIdList, WordList, one_of
from pixiv_crawler.items import BookmarkDetail
from pixiv_crawler.spiders.base_edits import EditArgs, EditSpider


class EditBookmarksSpider(EditSpider):
    """Adds and removes bookmarks of the account; yields `BookmarkDetail` after the change.

    Each bookmark is read first and changed only if it differs from the arguments. Without an ID, nothing is changed.

    Stats: pixiv/bookmarks/written (bookmarks that were added, changed or removed).

    Source: GET /v2/illust/bookmark/detail, POST /v2/illust/bookmark/add, /v1/illust/bookmark/delete
    Example: scrapy crawl edit_bookmarks -a add=127410001 -a restrict=private -a tags=later,blue
    """

    name = "edit_bookmarks"
    what = "bookmark"
    id_name = "illust_id"

    class Args(EditArgs):
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
        def _without_spaces(self) -> Self:
            if blank := [tag for tag in self.tags or [] if len(tag.split()) > 1]:
                raise ValueError(
                    f"spider argument tags: {blank[0]!r} contains a space, so Pixiv would split it into two tags: remove the space"
                )
            return self

    args: Args

    def detail_call(self, id_: int) -> ApiCall:
        return endpoints.illust_bookmark_detail(id_)

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """Pixiv returns no details of a work that is gone, but removes its bookmark."""
        illust_id = call.params["illust_id"]
        is_gone = isinstance(error, ApiError) and error.fault.kind is ErrorKind.GONE
        is_unread = call.method == "GET" and not call.context.get("is_written")
        if is_gone and is_unread and illust_id in (self.args.delete or []):
            yield self.side_request(endpoints.illust_bookmark_delete(illust_id), callback=self.parse_removal)
        else:
            yield from super().parse_refusal(error, call)

    def parse_removal(self, response: Response, **_: Any) -> None:
        """Pixiv removed the bookmark of a work that is gone; there is nothing to read back."""
        self.count_change()
        self.logger.info("Removed the bookmark of a work that is gone")

    def is_done(self, detail: BookmarkDetail) -> bool:
        if detail.illust_id in (self.args.delete or []):
            return not detail.is_bookmarked
        restrict, tags = self._wanted(detail)
        return detail.is_bookmarked and detail.restrict == restrict and set(_tags(detail)) == set(tags)

    def _wanted(self, detail: BookmarkDetail) -> tuple[str, list[str]]:
        """The restrict and tags to write; Pixiv overwrites both, so those without an argument keep their values."""
        restrict = detail.restrict if detail.is_bookmarked and detail.restrict else Restrict.PUBLIC
        return self.args.restrict or restrict, _tags(detail) if self.args.tags is None else self.args.tags

    def change(self, detail: BookmarkDetail) -> ApiCall:
        assert detail.illust_id is not None
        if detail.illust_id in (self.args.delete or []):
            return endpoints.illust_bookmark_delete(detail.illust_id)
        return endpoints.illust_bookmark_add(detail.illust_id, *self._wanted(detail))


def _tags(detail: BookmarkDetail) -> list[str]:
    return [tag.name for tag in detail.tags if tag.is_registered]

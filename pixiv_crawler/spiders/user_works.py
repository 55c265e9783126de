"""The works of given users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field
from scrapy import Request
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.arguments import Offset, TypedWorksArgs, UserIdList
from pixiv_crawler.spiders.base_works import WorkListingSpider


class UserWorksSpider(WorkListingSpider):
    """The works of the given users, newest first; yields `Illust` and, if asked, `Novel`.

    A user without works is looked up, which tells whether the user is gone.

    Source: GET /v1/user/illusts, /v1/user/novels, /v1/user/detail
    Example: scrapy crawl user_works -a user_id=2188232 -a type=illust,novel
    """

    name = "user_works"

    class Args(TypedWorksArgs):
        user_id: UserIdList = Field(description="IDs of users or addresses of their profiles, comma-separated.")
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id:
            if self.args.illust_types:
                yield endpoints.user_illusts(user_id, type=self._type()).at(self.args.offset)
            if WorkType.NOVEL in self.args.type:
                yield endpoints.user_novels(user_id).at(self.args.offset)

    def _type(self) -> WorkType | None:
        """The type to ask for. Pixiv takes one of two, and does not say where animations belong: entries are looked at."""
        types = self.args.illust_types
        return types[0] if len(types) == 1 and types[0] is not WorkType.UGOIRA else None

    def parse_empty(self, call: ApiCall) -> Iterator[Request]:
        yield self.side_request(endpoints.user_detail(call.params["user_id"]), callback=self.parse_user_without_works)

    def parse_user_without_works(self, response: Response, **_: Any) -> None:
        """The user is there and has published nothing that we asked for."""
        self.logger.info("%s has no works of type %s", response.url, ", ".join(self.args.type))

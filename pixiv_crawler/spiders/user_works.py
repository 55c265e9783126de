"""The works of given users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import UnavailableReason, WorkType
from pixiv_crawler.api.errors import ApiError, ErrorKind
from pixiv_crawler.arguments import UserIdList, WorksArgs, list_of
from pixiv_crawler.items import Illust, Item, Unavailable
from pixiv_crawler.parsing import parse_illust
from pixiv_crawler.requests import api_request
from pixiv_crawler.spiders.base import WorksSpider

_GONE = {ErrorKind.USER_GONE, ErrorKind.RESTRICTED, ErrorKind.GONE, ErrorKind.PRIVATE}


class UserWorksSpider(WorksSpider):
    """The works of the given users, newest first; yields `Illust`.

    Source: GET /v1/user/illusts; for a user without works GET /v1/user/detail, which tells whether the user is gone.
    Example: scrapy crawl user_works -a user_id=2188232 -a type=illust,ugoira
    """

    name = "user_works"

    class Args(WorksArgs):
        user_id: UserIdList = Field(description="IDs of users or addresses of their profiles, comma-separated.")
        type: Annotated[list[WorkType], list_of(WorkType)] = Field(
            list(WorkType), description="Types of works, comma-separated."
        )

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id:
            yield endpoints.user_illusts(user_id, type=self._type())

    def _type(self) -> WorkType | None:
        """The type to ask for. Pixiv takes one of two, and does not say where animations belong: entries are looked at."""
        return self.args.type[0] if len(self.args.type) == 1 and WorkType.UGOIRA not in self.args.type else None

    def parse_work(self, entry: JsonObject, call: ApiCall) -> Iterator[Illust]:
        illust = parse_illust(entry)
        if illust.type in self.args.type:
            yield illust

    def parse_empty(self, call: ApiCall) -> Iterator[Request]:
        detail = endpoints.user_detail(call.params["user_id"])
        yield api_request(
            detail,
            self.settings["PIXIV_API_URL"],
            callback=self.parse_user_without_works,
            errback=self.parse_missing_user,
        )

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Item]:
        if not isinstance(error, ApiError) or error.fault.kind not in _GONE:
            yield from super().parse_refusal(error, call)
            return
        user_id = call.params["user_id"]
        self.lose("user", user_id, error.fault.message, call)
        evidence = {"status": error.fault.status, "message": error.fault.message}
        yield Unavailable(id=user_id, type="user", reason=UnavailableReason.USER_GONE, evidence=evidence)

    def parse_user_without_works(self, response: Response) -> None:
        """The user is there and has published nothing that we asked for."""
        self.logger.info("%s has no works of type %s", response.url, ", ".join(self.args.type))

    def parse_missing_user(self, failure: Failure) -> Iterator[Item]:
        """The user is gone, or Pixiv did not tell."""
        yield from self.refused(failure)

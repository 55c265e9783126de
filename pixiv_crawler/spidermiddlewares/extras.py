"""Asks for what belongs to a work: its comments, and its artist's profile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.items import Illust, Work
from pixiv_crawler.run.checkpoint import Journal

# Where the journal keeps the users asked for: no listing of a spider has this number.
_ASKED = -1


class ExtrasMiddleware:
    """With `comments=true` asks for the comments of each work that is collected, with `users=true` for each artist once.

    `extras=avatar,background` needs the artists' profiles, which name these images, so it asks for them too.

    Runs when filters and `max_works` have done their part, so nothing is asked for works that are dropped. An error
    there is a loss of its own, and costs no work.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._spider: Any = crawler.spider
        args = getattr(self._spider, "args", None)
        self._with_comments = getattr(args, "comments", False)
        self._with_users = getattr(args, "wants_users", False)
        self._journal = Journal.of(crawler)
        self._asked_users = {id_ for _, id_ in self._journal.seen(_ASKED)}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ExtrasMiddleware:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            yield found
            for request in self._requests(found):
                yield request

    def _requests(self, found: Any) -> Iterator[Request]:
        if not isinstance(found, Work):
            return
        # A work without comments is not asked; one whose listing does not count them is.
        if self._with_comments and found.total_comments != 0:
            is_illust = isinstance(found, Illust)
            call = endpoints.illust_comments(found.id) if is_illust else endpoints.novel_comments(found.id)
            yield self._spider.side_request(call)
        if self._with_users and self._is_new(found.user.id):
            yield self._spider.side_request(endpoints.user_detail(found.user.id))

    def _is_new(self, user_id: int) -> bool:
        if user_id in self._asked_users:
            return False
        self._asked_users.add(user_id)
        self._journal.see(_ASKED, "user", user_id)
        return True

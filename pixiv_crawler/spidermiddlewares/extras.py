"""Requests what belongs to a work: its comments, and the profile of its artist."""

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.http.shared import Component
from pixiv_crawler.items import Illust, UserDetail, Work
from pixiv_crawler.run.checkpoint import Checkpoint

# In place of a listing number, identifies the users whose profiles were requested; larger than any listing number.
_PROFILES = 1 << 40


class ExtrasMiddleware(Component):
    """With `comments=true`, requests the comments of each collected work; with `users=true`, each artist's profile once.

    `extras=avatar,background` needs the profiles, which contain the URLs of these images, and requests them too.

    It runs after the filters and `max_works`, so that nothing is requested for works that are dropped. A request that
    fails is recorded as a separate failure; the work is still exported.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._spider: Any = crawler.spider
        args = getattr(self._spider, "args", None)
        self._with_comments = getattr(args, "comments", False)
        self._with_users = getattr(args, "wants_users", False)
        if not (self._with_comments or self._with_users):
            raise NotConfigured
        self._checkpoint = Checkpoint.of(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        is_listing = response.cb_kwargs.get("index") is not None
        async for found in result:
            is_profile = isinstance(found, UserDetail) and is_listing
            if is_profile and not await self._is_new_user(found.user.id):
                continue  # it was refused before, so it has been requested for a work meanwhile
            yield found
            if isinstance(found, Work):
                async for request in self._requests(found):
                    yield request

    async def _requests(self, work: Work) -> AsyncIterator[Request]:
        # Some listings do not count the comments of a work. The app does not show those of a work that it hides.
        is_hidden = work.source is not None and work.source.api == "web"
        if self._with_comments and work.total_comments != 0 and not is_hidden:
            is_illust = isinstance(work, Illust)
            call = endpoints.illust_comments(work.id) if is_illust else endpoints.novel_comments(work.id)
            yield self._spider.side_request(call)
        if self._with_users and await self._is_new_user(work.user.id):
            yield self._spider.side_request(endpoints.user_detail(work.user.id))

    async def _is_new_user(self, user_id: int) -> bool:
        """Whether the profile of a user has been neither requested nor collected; marks it as requested."""
        return await self._checkpoint.seen.is_new(_PROFILES, "user", user_id)

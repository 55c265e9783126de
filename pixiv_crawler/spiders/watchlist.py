"""Series that the account watches."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WatchlistType
from pixiv_crawler.argument_types import list_of
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class WatchlistSpider(ListingSpider):
    """The series that the account watches, without their works; yields `WatchlistSeries`.

    Source: GET /v1/watchlist/manga, /v1/watchlist/novel
    Example: scrapy crawl watchlist -a type=manga
    """

    name = "watchlist"

    class Args(SpiderArgs):
        type: Annotated[list[WatchlistType], list_of(WatchlistType)] = Field(
            [*WatchlistType], description="Series of manga (and illusts), or of novels, comma-separated."
        )

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        if WatchlistType.MANGA in self.args.type:
            yield account_endpoints.watchlist_manga()
        if WatchlistType.NOVEL in self.args.type:
            yield account_endpoints.watchlist_novel()

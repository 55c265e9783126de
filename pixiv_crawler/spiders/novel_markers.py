"""Novels in which the account set a marker."""

from collections.abc import Iterator

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class NovelMarkersSpider(ListingSpider):
    """The novels in which the account set a marker, each with the marked page; yields `NovelMarker`.

    Source: GET /v2/novel/markers
    Example: scrapy crawl novel_markers
    """

    name = "novel_markers"

    class Args(SpiderArgs):
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield account_endpoints.novel_markers().at(self.args.offset)

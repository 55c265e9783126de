"""Trending tags."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkKind
from pixiv_crawler.argument_types import one_of
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class TrendingTagsSpider(ListingSpider):
    """Trending tags, most popular first; yields `TrendingTag`.

    Source: GET /v1/trending-tags/illust, /v1/trending-tags/novel
    Example: scrapy crawl trending_tags -a type=novel
    """

    name = "trending_tags"

    class Args(SpiderArgs):
        type: Annotated[WorkKind, one_of(WorkKind)] = Field(
            WorkKind.ILLUST, description="Trending among illusts or novels."
        )

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        is_novel = self.args.type is WorkKind.NOVEL
        yield endpoints.trending_tags_novel() if is_novel else endpoints.trending_tags_illust()

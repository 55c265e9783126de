"""Tags and users that the account has muted."""

from collections.abc import Iterator

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.spiders.base_listings import ListingSpider


class MutedSpider(ListingSpider):
    """The tags and users that the account has muted; yields `MutedTag` and `MutedUser`.

    Source: GET /v1/mute/list
    Example: scrapy crawl muted
    """

    name = "muted"

    def start_calls(self) -> Iterator[ApiCall]:
        yield account_endpoints.mute_list()

    def head_key(self, call: ApiCall) -> str:
        return "muted_tags"

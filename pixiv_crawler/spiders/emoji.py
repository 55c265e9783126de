"""The emoji and stamps of comments."""

from collections.abc import Iterator

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.spiders.base_listings import ListingSpider


class EmojiSpider(ListingSpider):
    """The emoji and stamps of comments, with the URLs of their images; yields `Emoji` and `CommentStamp`.

    Source: GET /v1/emoji, /v1/stamps
    Example: scrapy crawl emoji
    """

    name = "emoji"

    def start_calls(self) -> Iterator[ApiCall]:
        yield account_endpoints.emoji()
        yield account_endpoints.stamps()

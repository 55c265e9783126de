"""Users found by name."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset, Word
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class SearchUsersSpider(ListingSpider):
    """Users whose names contain a word; yields `UserPreview`.

    Source: GET /v1/search/user
    Example: scrapy crawl search_users -a word=a
    """

    name = "search_users"

    class Args(SpiderArgs):
        word: Word = Field(description="The word to search for in user names.")
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield endpoints.search_user(self.args.word).at(self.args.offset)

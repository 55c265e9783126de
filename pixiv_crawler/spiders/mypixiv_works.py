"""New works of the account's mypixiv friends."""

from collections.abc import Iterator

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.argument_types import Offset
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class MypixivWorksSpider(WorkListingSpider):
    """New works of the account's mypixiv friends, newest first; yields `Illust` and, if requested, `Novel`.

    Source: GET /v2/illust/mypixiv, /v1/novel/mypixiv
    Example: scrapy crawl mypixiv_works -a max_works=50
    """

    name = "mypixiv_works"
    is_newest_first = True

    class Args(TypedWorksArgs):
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        if self.args.illust_types:
            yield endpoints.illust_mypixiv().at(self.args.offset)
        if WorkType.NOVEL in self.args.type:
            yield endpoints.novel_mypixiv().at(self.args.offset)

"""Works related to other works."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.next_url import SeenIdsPager
from pixiv_crawler.argument_types import IllustIdList
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class RelatedSpider(WorkListingSpider):
    """Works that Pixiv relates to the given works, most related first, each once per given work; yields `Illust`.

    Source: GET /v2/illust/related
    Example: scrapy crawl related -a illust_id=127410001 -a max_works=60
    """

    name = "related"

    class Args(WorksArgs):
        illust_id: IllustIdList = Field(description="Illust IDs or URLs, comma-separated.")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(endpoints.illust_related, self.args.illust_id)

    def pager(self) -> SeenIdsPager:
        return SeenIdsPager(ends_at_known=True)

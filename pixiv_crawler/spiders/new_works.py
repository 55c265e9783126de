"""The newest works on Pixiv."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.argument_types import PositiveNumber
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class NewWorksSpider(WorkListingSpider):
    """The newest works on Pixiv; yields `Illust` and, if requested, `Novel`.

    The listing hardly ever ends, so this spider stops after 300 works by default.

    Source: GET /v1/illust/new, /v1/novel/new
    Example: scrapy crawl new_works -a type=illust,novel -a max_works=50
    """

    name = "new_works"

    class Args(TypedWorksArgs):
        max_works: PositiveNumber | None = Field(300, description="Stop after this many works.")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(endpoints.illust_new, self.args.content_types)
        if WorkType.NOVEL in self.args.type:
            yield endpoints.novel_new()

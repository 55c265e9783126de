"""The works of users."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.user_works import UserWorksPager
from pixiv_crawler.argument_types import Offset, UserIdList
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.options import WebUse
from pixiv_crawler.spiders.base_works import WorkListingSpider


class UserWorksSpider(WorkListingSpider):
    """The works of the given users, newest first; yields `Illust` and, if requested, `Novel`.

    The profile of each user is requested first. Its counts are compared with the works that the listings show. If works are
    missing, Pixiv's website lists all of them, and each one is requested by its ID (see PIXIV_WEB). The listings are requested even if the profile counts no
    works, because counts may lag behind, and even if there is no profile: a user is gone only if the listings are
    empty too.

    Pixiv shows about 5,000 works of a listing. Where the listing of all illusts ends there, the listing of each type
    is read from the first work that was not shown; the position of such a work is its position in the listing of its
    type.

    Source: GET /v1/user/detail, /v1/user/illusts, /v1/user/novels; /ajax/user/ID/profile/all of the website
    Example: scrapy crawl user_works -a user_id=2188232 -a type=illust,novel
    """

    name = "user_works"
    is_newest_first = True

    class Args(TypedWorksArgs):
        user_id: UserIdList = Field(description="User IDs or profile URLs, comma-separated.")
        offset: Offset = 0

    args: Args

    def pager(self) -> UserWorksPager:
        return UserWorksPager(
            self.args.type,
            self.args.offset,
            yields_profiles=self.args.wants_users,
            compares_always=self.web.use is WebUse.ALWAYS,
        )

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id:
            yield from self.pager().first_calls(user_id)

"""Follows and unfollows users."""

from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict
from pixiv_crawler.argument_types import UserIdList, one_of
from pixiv_crawler.items import FollowDetail
from pixiv_crawler.spiders.base_edits import EditArgs, EditSpider


class EditFollowsSpider(EditSpider):
    """Follows and unfollows users; yields `FollowDetail` after the change.

    Each user is read first and changed only if the follow differs from the arguments. Without an ID, nothing is changed.

    Stats: pixiv/follows/written (follows that were added, changed or removed).

    Source: GET /v1/user/follow/detail, POST /v1/user/follow/add, /v1/user/follow/delete
    Example: scrapy crawl edit_follows -a add=1007,1008 -a restrict=private
    """

    name = "edit_follows"
    what = "follow"
    id_name = "user_id"

    class Args(EditArgs):
        add: UserIdList | None = Field(None, description="Users to follow: IDs or URLs, comma-separated, or @FILE.")
        delete: UserIdList | None = Field(
            None, description="Users to unfollow: IDs or URLs, comma-separated, or @FILE."
        )
        restrict: Annotated[Restrict, one_of(Restrict)] | None = Field(
            None, description="Follow publicly or privately; default: unchanged, new follows public."
        )

    args: Args

    def detail_call(self, id_: int) -> ApiCall:
        return account_endpoints.user_follow_detail(id_)

    def is_done(self, detail: FollowDetail) -> bool:
        if detail.user_id in (self.args.delete or []):
            return not detail.is_followed
        return detail.is_followed and detail.restrict == self._wanted(detail)

    def change(self, detail: FollowDetail) -> ApiCall:
        assert detail.user_id is not None
        if detail.user_id in (self.args.delete or []):
            return account_endpoints.user_follow_delete(detail.user_id)
        return account_endpoints.user_follow_add(detail.user_id, self._wanted(detail))

    def _wanted(self, detail: FollowDetail) -> str:
        """An existing follow stays private."""
        known = detail.restrict if detail.is_followed and detail.restrict else Restrict.PUBLIC
        return self.args.restrict or known

"""What all spiders share: checked arguments, the name of the run, what is said of losses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from scrapy import Spider
from scrapy.crawler import Crawler

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout import paths
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.run.failures import Loss, lose


class PixivSpider(Spider):
    """A spider with checked arguments.

    Raises (when it is made):
        ArgumentError: an argument that cannot be used.
    """

    Args: ClassVar[type[SpiderArgs]] = SpiderArgs
    args: Any  # an instance of Args; each spider says which
    job: str
    """Name of the run, and of the folder that it writes to."""
    given: dict[str, str]
    """The arguments as they were given, without the name of the run."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        checked = cls.Args.parse(kwargs)
        spider = super().from_crawler(crawler, *args)
        spider.args = checked
        spider.given = {name: str(text) for name, text in kwargs.items() if name != "job" and not name.startswith("_")}
        spider.job = checked.job or paths.default_job(datetime.now(UTC))
        return spider

    @property
    def _journal(self) -> Journal:
        return Journal.of(self.crawler)

    def lose(self, what: str, id: Any, cause: str, call: ApiCall) -> None:  # noqa: A002 - Pixiv's word
        """Says that something asked for is missing."""
        lose(self.crawler, Loss(what, id, cause, str(call)))


def refuse_private_of_others(user_ids: list[int] | None, restrict: Restrict, account: Account) -> None:
    """Private lists are shown to their owners only; asked for another's, Pixiv shows the public one.

    Raises:
        ArgumentError: a private list of another user is asked for.
    """
    others = [user_id for user_id in user_ids or [] if str(user_id) != account.id]
    if restrict is Restrict.PRIVATE and others:
        raise ArgumentError(f"user {others[0]} alone can see their private list; leave restrict=private out")


def now() -> str:
    """The time in UTC, as lines tell it."""
    return datetime.now(UTC).isoformat(timespec="seconds")

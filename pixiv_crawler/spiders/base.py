"""The base class of all spiders: validated arguments, the name of the run, failures."""

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
from pixiv_crawler.lists import is_list
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.failures import record_failure
from pixiv_crawler.run.state import Failure


class PixivSpider(Spider):
    """A spider with validated arguments.

    Raises (when it is created):
        ArgumentError: an argument is invalid.
    """

    Args: ClassVar[type[SpiderArgs]] = SpiderArgs
    args: Any  # an instance of Args; each spider declares its type
    job: str
    """Name of the run and of its folder."""
    given: dict[str, str]
    """The arguments as they were passed, without the name of the run; with the content of lists in place of their names."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        checked = cls.Args.parse(kwargs, cls.name)
        spider = super().from_crawler(crawler, *args)
        spider.args = checked
        spider.given = {
            name: _text(getattr(checked, name), text)
            for name, text in kwargs.items()
            if name != "job" and not name.startswith("_")
        }
        spider.job = checked.job or paths.default_job(datetime.now(UTC))
        return spider

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint of the run."""
        return Checkpoint.of(self.crawler)

    def record_failure(self, what: str, item_id: Any, cause: str, call: ApiCall) -> None:
        """Records that something requested is missing."""
        record_failure(self.crawler, Failure(what, item_id, cause, str(call)))

    def expect(self, entries: int, single: int = 0) -> None:
        """Records how many more entries are expected, and how many of them need a request each, for the estimates.

        Stats: pixiv/expected, pixiv/expected_single.
        """
        self.crawler.stats.inc_value("pixiv/expected", entries)
        if single:
            self.crawler.stats.inc_value("pixiv/expected_single", single)


def _text(value: Any, given: Any) -> str:
    has_list = isinstance(value, list) and any(is_list(member.strip()) for member in str(given).split(","))
    return ",".join(map(str, value)) if has_list else str(given)


class ListsOfUsers:
    """Adds to a spider the lists of users, by default of the account, of which each may have a private part.

    Only its owner may see a private list; when another user's is requested, Pixiv returns the public one.
    """

    args: Any

    def needs_account(self) -> bool:
        return self.args.user_id is None or self.args.restrict is Restrict.PRIVATE

    def check_account(self, account: Account) -> None:
        others = [user_id for user_id in self.args.user_id or [] if str(user_id) != account.id]
        if self.args.restrict is Restrict.PRIVATE and others:
            raise ArgumentError(
                f"the private list of user {others[0]} is visible to that user only: remove restrict=private"
            )


def now() -> str:
    """The current time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Warns about works that the account's own display settings hide."""

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.failures import warn

_NAMES = {1: "R-18", 2: "R-18G"}
_ADVICE = (
    f"to collect them, allow them in the display settings of the account at Pixiv, then run: {PROGRAM} login --check"
)


class AccountSettingsExtension(Component):
    """Warns once if Pixiv hides works that a crawl would collect, because of the account's display settings.

    The account is known after the login, which may come with the first request: so the settings are checked after each
    response until they are known.
    """

    def __init__(self, crawler: Crawler) -> None:
        args = getattr(crawler.spider, "args", None)
        if not isinstance(args, WorksArgs):
            raise NotConfigured  # what other spiders collect has no rating
        self._crawler = crawler
        self._args = args
        self._is_done = False
        crawler.signals.connect(self.check, signals.spider_opened)
        crawler.signals.connect(self.check, signals.response_downloaded)

    def check(self) -> None:
        """Checks the account's settings, once they are known."""
        account = ApiSession.of(self._crawler).account
        if account is None or self._is_done:
            return
        self._is_done = True
        if sentence := warning(self._args, account.x_restrict):
            warn(self._crawler, sentence)


def warning(args: WorksArgs, shown: int) -> str | None:
    """A sentence about the requested works that are hidden if the account shows ratings up to `shown`; None if none are."""
    modes: list[str] = getattr(args, "mode", [])
    wanted = set(args.x_restrict or (0, 1, 2))
    if modes:
        wanted &= {_rating(mode) for mode in modes}  # each ranking contains works of one rating
    hidden = sorted(rating for rating in wanted if rating > shown)
    if not hidden:
        return None
    names = " and ".join(_NAMES.get(rating, f"x_restrict={rating}") for rating in hidden)
    if argument := _argument(args, modes, hidden):
        return (
            f"{argument} requests {names} works, but the account's settings hide them, so Pixiv shows none; {_ADVICE}"
        )
    return f"The account's settings hide {names} works, so Pixiv omits or withholds them; {_ADVICE}"


def _argument(args: WorksArgs, modes: list[str], hidden: list[int]) -> str:
    """The argument that explicitly requests hidden works; empty if they would only be among others."""
    hidden_modes = [mode for mode in modes if _rating(mode) in hidden]
    if hidden_modes:
        return f"mode={','.join(hidden_modes)}"
    ratings = [str(rating) for rating in args.x_restrict or () if rating in hidden]
    return f"x_restrict={','.join(ratings)}" if ratings else ""


def _rating(mode: str) -> int:
    """The rating of the works in a ranking, which is part of its name."""
    return 2 if "r18g" in mode else 1 if "r18" in mode else 0

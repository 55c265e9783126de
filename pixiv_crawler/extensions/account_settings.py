"""Warns of works that the account's own settings hide."""

from __future__ import annotations

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.run.failures import warn

_NAMES = {1: "R-18", 2: "R-18G"}
_ADVICE = "to collect them, allow them in the account's display settings at Pixiv, then run: scrapy login --check"


class HiddenWorksExtension:
    """Warns once when Pixiv hides works that a crawl would collect, because the account's settings say so.

    The account is told by its login. That may come with the first request, so an answer is looked at until one was had;
    nothing waits for it.
    """

    def __init__(self, crawler: Crawler, args: WorksArgs) -> None:
        self._crawler = crawler
        self._args = args
        self._has_looked = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HiddenWorksExtension:
        args = getattr(crawler.spider, "args", None)
        if not isinstance(args, WorksArgs):
            raise NotConfigured  # what other spiders collect has no rating
        extension = cls(crawler, args)
        crawler.signals.connect(extension.look, signals.spider_opened)
        crawler.signals.connect(extension.look, signals.response_downloaded)
        return extension

    def look(self) -> None:
        """Looks at the account, once it is known."""
        account = ApiSession.of(self._crawler).account
        if account is None or self._has_looked:
            return
        self._has_looked = True
        if sentence := warning(self._args, account.x_restrict):
            warn(self._crawler, sentence)


def warning(args: WorksArgs, shown: int) -> str | None:
    """One sentence about wanted works that an account hides which shows ratings up to `shown`; None when it hides none."""
    modes: list[str] = getattr(args, "mode", [])
    wanted = set(args.x_restrict or (0, 1, 2))
    if modes:
        wanted &= {_rating(mode) for mode in modes}  # each ranking has works of one rating
    hidden = sorted(rating for rating in wanted if rating > shown)
    if not hidden:
        return None
    names = " and ".join(_NAMES[rating] for rating in hidden)
    if asked := _asked(args, modes, hidden):
        return f"{asked} asks for {names} works, and the account's settings hide them: Pixiv shows none; {_ADVICE}"
    return f"The account's settings hide {names} works, so Pixiv leaves them out or withholds them; {_ADVICE}"


def _asked(args: WorksArgs, modes: list[str], hidden: list[int]) -> str:
    """The argument that asks for hidden works by itself; empty when they would only be among others."""
    hidden_modes = [mode for mode in modes if _rating(mode) in hidden]
    if hidden_modes:
        return f"mode={','.join(hidden_modes)}"
    ratings = [str(rating) for rating in args.x_restrict or () if rating in hidden]
    return f"x_restrict={','.join(ratings)}" if ratings else ""


def _rating(mode: str) -> int:
    """The rating of the works in a ranking, which its name tells."""
    return 2 if "r18g" in mode else 1 if "r18" in mode else 0

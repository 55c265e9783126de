"""State shared by all API requests of a crawl: the access token, and when requests may be sent."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from scrapy.crawler import Crawler

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.exceptions import LoginError, StoppedError
from pixiv_crawler.http.paced_session import PacedSession
from pixiv_crawler.http.refusals import Refusals
from pixiv_crawler.http.shared import shared


class ApiSession(PacedSession):
    """The token that signs requests, and what holds them back: a pause, or a renewal of the token.

    `TokenRenewer` sets the token and the policies set pauses; the download handler applies both.
    """

    failure: LoginError | StoppedError | None = None

    def __init__(self) -> None:
        super().__init__()
        self.access_token = ""
        self.generation = 0
        """Number of the current token in this crawl: shows which token a response rejected."""
        self.account: Account | None = None
        """The account that is logged in; None before the login."""
        self._log_in: Callable[[], Awaitable[None]] | None = None
        self.refusals = Refusals()
        self.usable_call: ApiCall | None = None
        """The last call that had a valid response and changed nothing; None if there is none yet."""
        self.responses = 0
        """Number of responses received, valid or not."""
        self.responses_at_failure = 0
        """Number of responses received when a request last failed, after all its retries."""
        self._expires = 0.0

    @classmethod
    def of(cls, crawler: Crawler) -> ApiSession:
        """The session shared by the components of a crawler."""
        return shared(crawler, cls, cls)

    def log_in_by(self, log_in: Callable[[], Awaitable[None]]) -> None:
        """Sets the function by which `log_in` obtains a token and the account."""
        self._log_in = log_in

    async def log_in(self) -> Account:
        """Returns the account; logs in first if necessary.

        Raises:
            LoginError: the login failed, or its account is unknown.
        """
        assert self._log_in is not None
        await self._log_in()
        if self.account is None:
            raise LoginError("Pixiv's response does not name the account; pass -a user_id=...")
        return self.account

    def sign_with(self, access_token: str, seconds: float) -> None:
        """Signs requests with a token that expires in `seconds`."""
        self.access_token = access_token
        self.generation += 1
        self._expires = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Seconds until the token expires; 0 or less if there is none or it has expired."""
        return self._expires - time.monotonic()

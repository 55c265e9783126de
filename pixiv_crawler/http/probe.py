"""Finds out whether Pixiv refuses every request, or only some of them, before a crawl ends because of that."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.statscollectors import StatsCollector

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import TRANSIENT, ApiError, ApiFault, is_processed
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.rate_limit import RateLimit
from pixiv_crawler.http.requests import IN_ENGLISH, PROBE, PROBE_SLOT, api_request


@dataclass(slots=True)
class Probe:
    """Sends the last call that had a valid response once more, with the pace of all API requests.

    If nothing has worked in this process, `known_call` loads a call that should work; None if there is none. A probe that
    fails with a transient error is repeated once, after the longest wait between retries.

    Settings: PIXIV_API_DELAY, RETRY_TIMES. Stats: pixiv/apierrors/probes. Meta: PROBE.
    """

    stats: StatsCollector
    settings: BaseSettings
    session: ApiSession
    limit: RateLimit
    api_url: str
    send: Callable[[Request], Awaitable[Response]]
    known_call: Callable[[], Awaitable[ApiCall | None]]
    _deciding: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def confirms(self, is_suspected: Callable[[], bool]) -> bool:
        """Whether no API request works, if that `is_suspected`, and still is when the probe of another request has ended.

        Without a call that is known to work, the suspicion decides.

        Raises:
            LoginError, StoppedError: the crawl ends.
        """
        async with self._deciding:
            if not is_suspected():
                return False
            self.session.check()
            return not await self._works()

    async def _works(self) -> bool:
        call = self.session.usable_call or await self.known_call()
        if call is None:
            return False
        fault = await self._fault_of(call)
        if fault and fault.kind in TRANSIENT:
            longest = self.settings.getfloat("PIXIV_API_DELAY") * 2 ** self.settings.getint("RETRY_TIMES")
            self.limit.back_off(longest)
            fault = await self._fault_of(call)
        return is_processed(fault)

    async def _fault_of(self, call: ApiCall) -> ApiFault | None:
        """What is wrong with the response; None if it is valid."""
        self.stats.inc_value("pixiv/apierrors/probes")
        request = api_request(call, self.api_url)
        # Not behind requests that may be refused, too; and not once more in English.
        request.meta.update({PROBE: True, "download_slot": PROBE_SLOT, IN_ENGLISH: False})
        self.session.is_handled.set()  # otherwise, the request that was refused would hold the turn
        try:
            await self.send(request)
        except ApiError as error:
            return error.fault
        return None

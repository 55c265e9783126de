"""Finds out whether Pixiv refuses every request, or only some of them, before a crawl ends because of that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from scrapy import Request
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import ApiError, is_processed
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import IN_ENGLISH, PROBE, PROBE_SLOT, api_request


class Probe:
    """Sends the last call that had a valid response once more, with the pace of all API requests.

    `last_call` loads a call that worked when the run was interrupted; None if there is none.

    Stats: pixiv/apierrors/probes. Meta: PROBE.
    """

    def __init__(
        self,
        stats: StatsCollector,
        session: ApiSession,
        api_url: str,
        *,
        send: Callable[[Request], Awaitable[Response]],
        last_call: Callable[[], Awaitable[ApiCall | None]],
    ) -> None:
        self._stats = stats
        self._session = session
        self._api_url = api_url
        self._send = send
        self._last_call = last_call
        self._deciding = asyncio.Lock()

    async def confirms(self, is_suspected: Callable[[], bool]) -> bool:
        """Whether no API request works, if that `is_suspected`, and still is when the probe of another request has ended.

        Without a call that is known to work, the suspicion decides.

        Raises:
            LoginError, StoppedError: the crawl ends.
        """
        async with self._deciding:
            if not is_suspected():
                return False
            self._session.check()
            return not await self._works()

    async def _works(self) -> bool:
        call = self._session.usable_call or await self._last_call()
        if call is None:
            return False
        self._stats.inc_value("pixiv/apierrors/probes")
        request = api_request(call, self._api_url)
        # Not behind requests that may be refused, too; and not once more in English.
        request.meta.update({PROBE: True, "download_slot": PROBE_SLOT, IN_ENGLISH: False})
        self._session.is_handled.set()  # otherwise, the request that was refused would hold the turn
        try:
            await self._send(request)
        except ApiError as error:
            return is_processed(error.fault)
        return True

"""Works that the app hides: requested from Pixiv's website, which shows most of them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any

from scrapy import Request
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.errors import ApiError, ErrorKind
from pixiv_crawler.api.pagers.steps import HiddenWorks
from pixiv_crawler.api.parsing import parse_json
from pixiv_crawler.api.website import calls
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.http.web_session import WebSession
from pixiv_crawler.items import Unavailable
from pixiv_crawler.options import WebUse
from pixiv_crawler.run.failures import warn
from pixiv_crawler.run.state import Note
from pixiv_crawler.spiders.base_listings import ListingSpider

# Where the website says what the ID of a work refers to, by the count of the profile that includes it.
_KEYS = {"illust": "illusts", "manga": "manga", "novel": "novels"}


class WebSpider(ListingSpider):
    """A spider that requests works from Pixiv's website that the app hides.

    Settings: PIXIV_WEB, PIXIV_WEB_SESSION. Stats: pixiv/web/needs_session (hidden works that the website shows only with a
    session), pixiv/web/hidden (works that the website lists, and the app does not).
    """

    _is_session_wanted = False
    """Whether the user has been told that some works need a session."""

    @property
    def web(self) -> WebSession:
        """The session of the website."""
        return WebSession.of(self.crawler)

    def expect(self, entries: int, single: int = 0) -> None:
        super().expect(entries, 0 if self.web.use is WebUse.OFF else single)

    def web_call(self, withheld: Unavailable) -> ApiCall | None:
        """The call for a work that the app withholds; None if the website does not show it, either."""
        if self.web.use is WebUse.OFF:
            return None
        if withheld.reason == UnavailableReason.R18_HIDDEN and not self.web.cookie:
            self._note_needed_session()
            return None
        if withheld.reason not in (UnavailableReason.SANITY_LEVEL, UnavailableReason.R18_HIDDEN):
            return None
        call = calls.novel(withheld.id) if withheld.type == "novel" else calls.illust(withheld.id)
        return call.with_context(**{calls.LISTING: asdict(withheld.source)}) if withheld.source else call

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """The app's placeholder is an item already, so a work that the website refuses, too, is no other item."""
        if call.api == "app":
            yield from super().parse_refusal(error, call)
        elif call.key == "profile_all":
            self.record_failure("works", call.params["user_id"], f"{call.context['cause']}; {error}", call)
        else:
            self._record_hidden(error, call)

    def _record_hidden(self, error: Exception, call: ApiCall) -> None:
        kind = error.fault.kind if isinstance(error, ApiError) else None
        if kind is ErrorKind.GONE and not call.path.endswith("/pages"):
            self.logger.info("Pixiv's website does not show it, either: %s", call)
            return
        if kind is ErrorKind.LOGIN_NEEDED:
            self._note_needed_session()
            if not self.web.is_rejected:
                return
        id_ = next(iter(call.params.values()))
        self.record_failure("work", id_, f"the app hides it, and the website did not show it ({error})", call)

    def hidden_works(self, hidden: HiddenWorks, call: ApiCall) -> Iterator[Request]:
        """The request for the list of all works of a user, if the app showed fewer than the profile counts."""
        if self.web.use is WebUse.OFF:
            if hidden.count:
                self.record_failure("works", hidden.user_id, hidden.cause, call)
            return
        context = {
            "cause": hidden.cause,
            "count": hidden.count,
            "names": list(hidden.names),
            "shown": list(hidden.shown),
        }
        yield self.side_request(
            calls.profile_all(hidden.user_id).with_context(**context), callback=self.parse_profile_all
        )

    async def parse_profile_all(self, response: Response, **position: Any) -> AsyncIterator[Any]:
        """Requests each work that the app's listings did not show: the app says why it hides it, unless it shows it by its ID."""
        assert response.request is not None
        call = api_call(response.request)
        assert call is not None
        for request in self._requests_for_hidden(call, parse_json(response.body)["profile_all"]):
            yield request

    def _requests_for_hidden(self, call: ApiCall, listed: JsonObject) -> Iterator[Request]:
        user_id, shown = call.params["user_id"], set(call.context["shown"])
        by_name = {name: [id_ for id_ in listed[_KEYS[name]] if id_ not in shown] for name in call.context["names"]}
        found = sum(map(len, by_name.values()))
        if missing := max(0, call.context["count"] - found):
            lack = f"{call.context['cause']}; Pixiv's website lists {found or 'none'} of the others"
            if not self.web.cookie:
                lack += f" without a session, so {missing} are missing: run {PROGRAM} login --web"
                self.crawler.stats.inc_value("pixiv/web/needs_session", missing)
            self.record_failure("works", user_id, lack, call)
        if not found:
            return
        self.crawler.stats.inc_value("pixiv/web/hidden", found)
        self.checkpoint.add_note(Note("hidden_works", {"user_id": user_id, **by_name}))
        self.logger.info("User %d: the app's listings hide %d works; requesting each of them", user_id, found)
        for name, ids in by_name.items():
            detail = endpoints.novel_detail if name == "novel" else endpoints.illust_detail
            yield from (self.side_request(detail(id_)) for id_ in ids)

    def _note_needed_session(self) -> None:
        if not self._is_session_wanted:
            self._is_session_wanted = True
            warn(
                self.crawler,
                "Some works that the app hides are visible on Pixiv's website, but only to an account that displays R-18 works: "
                f"run {PROGRAM} login --web",
            )
        self.crawler.stats.inc_value("pixiv/web/needs_session")

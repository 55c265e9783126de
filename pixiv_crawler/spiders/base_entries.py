"""What entries and failed calls become, also those that do not match their type."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from scrapy import Request

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.errors import ApiError, ErrorKind
from pixiv_crawler.api.pagers.next_url import lists_seen_ids
from pixiv_crawler.api.parsing import check_ids, kind_of, normalized, parse_item
from pixiv_crawler.api.schema_drift import new_fields, new_values
from pixiv_crawler.api.website.calls import LISTING
from pixiv_crawler.console.redaction import printable
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import Item, Rejected, Source, Unavailable
from pixiv_crawler.run.failures import warn
from pixiv_crawler.spiders.base import PixivSpider

_GONE = {
    ErrorKind.GONE: UnavailableReason.DELETED,
    ErrorKind.PRIVATE: UnavailableReason.PRIVATE,
    ErrorKind.USER_GONE: UnavailableReason.USER_GONE,
    ErrorKind.RESTRICTED: UnavailableReason.USER_GONE,
}
# Without a known message, only a refusal of the object itself is a statement about it.
_DETAIL_GONE = _GONE | {
    ErrorKind.NOT_FOUND: UnavailableReason.UNKNOWN,
    ErrorKind.FORBIDDEN: UnavailableReason.PRIVATE,
}
# Parameters of requests in the middle of a listing.
_CONTINUES = {"offset", "max_bookmark_id"}


class EntrySpider(PixivSpider):
    """A spider whose items are entries of responses.

    Settings: PIXIV_STRICT.

    Stats: pixiv/rejected (entries that do not match their type), pixiv/drift/new_field (unknown fields that Pixiv sent),
    pixiv/drift/new_field/NAME (entries with that unknown field), pixiv/drift/new_value/NAME=VALUE (items with
    that value, which is not known).
    """

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        """What an entry becomes: one item, by default; nothing if the arguments exclude it.

        Raises:
            ParseError: the entry does not match its type.
        """
        yield parse_item(entry, call.key, call.context)

    def is_excluded(self, entry: JsonObject, call: ApiCall) -> bool:
        """Whether the arguments exclude an entry, even one that does not match its type."""
        return False

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """What a failed call becomes: an `Unavailable` if the work or user is gone, otherwise a failure.

        A work that is gone is a failure, too; a user who has left is one only with PIXIV_STRICT.
        """
        target, gone = call.target, _GONE if call.entries_key else _DETAIL_GONE
        is_comments = kind_of(call.key) == "comment"  # their target is the work, of which the refusal says nothing
        if target and not is_comments and isinstance(error, ApiError) and error.fault.kind in gone:
            type_, id_ = target
            evidence = {"status": error.fault.status, "message": error.fault.message}
            is_gone_user = type_ == "user" and error.fault.kind is ErrorKind.NOT_FOUND
            reason = UnavailableReason.USER_GONE if is_gone_user else gone[error.fault.kind]
            if type_ == "user" and reason is UnavailableReason.USER_GONE and self._may_be_gone(call):
                self.logger.info("User %d is not available: %s", id_, error.fault.message)
            else:
                self.record_failure("user" if type_ == "user" else "work", id_, error.fault.message, call)
            yield Unavailable(id=id_, type=type_, reason=reason, evidence=evidence)
        else:
            self._record_failed_listing(error, call)

    def _record_failed_listing(self, error: Exception, call: ApiCall) -> None:
        if kind_of(call.key) == "comment":
            work_id = call.context.get("illust_id") or call.context.get("novel_id")
            self.record_failure("comments", work_id, str(error), call)
        else:
            self.record_failure("listing", call.target and call.target[1], str(error), call)

    def _may_be_gone(self, call: ApiCall) -> bool:
        """Whether a user who has left is no failure; in the middle of a listing, entries would be missing."""
        return _CONTINUES.isdisjoint(call.params) and not self.settings.getbool("PIXIV_STRICT")

    def _parse_one(self, entry: Any, call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        try:
            if not isinstance(entry, dict):
                raise ParseError(f"Expected `object`, got `{type(entry).__name__}`")
            check_ids(entry)
            found = list(self.parse_entry(entry, call))
        except Exception as error:  # a mistake in a spider of another package costs the entry, not the listing
            if isinstance(entry, dict) and self.is_excluded(entry, call):
                return
            if not isinstance(error, ParseError):
                self.logger.error("The spider failed on an entry of %s", call, exc_info=error)
                error = ParseError(f"{type(error).__name__}: {error}")
            self.crawler.stats.inc_value("pixiv/rejected")
            self.record_failure("entry", entry.get("id") if isinstance(entry, dict) else None, str(error), call)
            found = [Rejected(type=kind_of(call.key), error=str(error), raw=entry)]
        for one in self._stamped(found, call, fetched_at, position):
            if isinstance(one, Item):
                self._note_new_fields(normalized(entry, call.key), one)
                self._note_new_values(one)
            yield one

    @staticmethod
    def _stamped(found: Iterable[Any], call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        """Adds the time and the call that returned it to each item of ours; spiders outside this package may yield others."""
        for one in found:
            if isinstance(one, Item):
                one.fetched_at, one.source = fetched_at, _source(call, position)
            yield one

    def _note_new_fields(self, entry: JsonObject, item: Item) -> None:
        """Logs each field that is new to us once: Pixiv adds fields without notice."""
        if isinstance(item, Rejected | Unavailable):
            return
        stats = self.crawler.stats
        for name in map(printable, new_fields(entry, type(item))):
            if stats.get_value(f"pixiv/drift/new_field/{name}") is None:
                stats.inc_value("pixiv/drift/new_field")
                self.logger.warning("Pixiv sends a field that is new to us and not exported: %s", name)
            stats.inc_value(f"pixiv/drift/new_field/{name}")

    def _note_new_values(self, item: Item) -> None:
        """Warns once about each value that is new to us."""
        stats = self.crawler.stats
        for value in map(printable, new_values(item)):
            if stats.get_value(f"pixiv/drift/new_value/{value}") is None:
                warn(self.crawler, f"Pixiv sends a value that is new to us, and is kept as it is: {value}")
            stats.inc_value(f"pixiv/drift/new_value/{value}")


def _source(call: ApiCall, position: int) -> Source:
    if found := call.context.get(LISTING):
        return replace(Source(**found), api=call.api)
    params = {name: value for name, value in call.params.items() if not lists_seen_ids(name)}
    return Source(endpoint=call.path, params=params, position=position, api=call.api)

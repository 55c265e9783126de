"""What a crawl would take, extrapolated from the first responses of its listings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from scrapy.crawler import Crawler

from pixiv_crawler.http.shared import shared

MAX_CALLS = 6
"""The most calls of a spider that are sampled: six are whole rounds of two or three listings of a user."""
# Originals have about 1.7 MiB on average.
GUESSED_FILE_BYTES = 1_780_000


@dataclass
class Sample:
    """What the responses to the first calls of a spider contained."""

    objects: int = 0
    """Calls whose response is one object, such as a profile."""
    requested: set[str] = field(default_factory=set)
    """All calls that were sent."""
    listings: int = 0
    """Calls whose response is a list."""
    largest_page: int = 0
    """Entries of the longest list."""
    entries: int = 0
    """Entries of all responses, including those that filters drop."""
    expected: int = 0
    """Entries of these listings according to Pixiv; 0 if it does not say."""
    single: int = 0
    """The number of these entries that no listing shows; each is requested by its ID."""
    is_open: bool = False
    """Whether a listing that goes on leads to further listings."""
    is_cut: bool = False
    """Whether a listing goes on after its first response."""
    items: int = 0
    """Entries that would become a line."""
    files: int = 0
    """Files that these lines would have."""
    more_requests: int = 0
    """API requests that these lines would need."""

    @classmethod
    def of(cls, crawler: Crawler) -> Sample:
        """The sample of a dry run, which its components share."""
        return shared(crawler, cls, cls)

    @property
    def failed(self) -> int:
        """Number of calls without a valid response."""
        return max(0, len(self.requested) - self.objects - self.listings)

    @property
    def calls(self) -> int:
        """Number of calls that were sent."""
        return self.objects + self.failed + self.listings


def forecast(sample: Sample, all_calls: int, *, most: int | None, delay: float, sizes: Sequence[int]) -> list[str]:
    """Describes a crawl of `all_calls` calls that ends after `most` items, with `delay` seconds between two requests.

    `sizes` are those of files that were downloaded earlier, in bytes.
    """
    scale = all_calls / sample.calls if sample.calls else 0.0
    share = _per(sample.items, sample.entries)
    entries = scale * max(sample.expected, sample.entries)
    lines = min(entries * share, most or math.inf)
    listed = lines - scale * sample.single * share
    pages = max(scale * sample.listings, _per(listed, share * sample.largest_page))
    requests = scale * (sample.objects + sample.failed + sample.single) + pages
    requests += lines * _per(sample.more_requests, sample.items)
    files = lines * _per(sample.files, sample.items)
    size = sum(sizes) / len(sizes) if sizes else GUESSED_FILE_BYTES
    is_known = not sample.is_open and (sample.expected or not sample.is_cut or lines == most)
    least, about = "" if is_known else "at least ", "about " if lines != sample.items else ""
    rows = {
        "lines": f"{least or about * (scale > 1 or share < 1)}{_rounded(lines)}",
        "API requests": f"{least or about}{_rounded(requests)}, {_duration(requests * delay)} with {delay:g} s between them",
        "files": f"{least or about}{_rounded(files)}" if files else "",
        "megabytes": f"{least or 'about '}{files * size / 1e6:,.0f}, {_source(len(sizes))}" if files else "",
        "failed": f"{sample.failed} of {sample.calls} requests, whose entries are not counted"
        if sample.failed
        else "",
        "read": f"{sample.calls} of {all_calls:,} listings" if all_calls > sample.calls else "",
        "unknown": "" if is_known else "Pixiv does not say how long these listings are",
    }
    width = max(map(len, rows))
    return [f"{name:<{width}}  {text}" for name, text in rows.items() if text]


def _source(sizes: int) -> str:
    return f"with the mean size of {sizes:,} earlier files" if sizes else "a guess: no file was downloaded yet"


def _per(count: float, items: float) -> float:
    return count / items if items else 0.0


def _rounded(number: float) -> str:
    return f"{math.ceil(number - 1e-9):,}"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"

"""What a forecast says about a crawl of which a sample is known."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.run.forecast import GUESSED_FILE_BYTES, Sample, forecast


def described(sample: Sample, calls: int, **options: Any) -> dict[str, str]:
    rows = forecast(sample, calls, **{"most": None, "delay": 1.2, "sizes": []} | options)
    return dict(row.split("  ", 1) for row in (" ".join(row.split(" ")) for row in rows))


def cells(sample: Sample, calls: int, **options: Any) -> dict[str, str]:
    return {name: text.strip() for name, text in described(sample, calls, **options).items()}


def test_a_listing_that_was_read_to_its_end_is_exact() -> None:
    sample = Sample(listings=1, largest_page=20, entries=20, items=20, files=50)
    assert cells(sample, 1) == {
        "lines": "20",
        "API requests": "1, 1 s with 1.2 s between them",
        "files": "50",
        "megabytes": f"about {50 * GUESSED_FILE_BYTES / 1e6:.0f}, a guess: no file was downloaded yet",
    }


def test_a_total_of_pixiv_is_exact_and_what_follows_from_it_is_not() -> None:
    sample = Sample(objects=1, listings=1, largest_page=30, entries=30, expected=300, is_cut=True, items=30, files=60)
    found = cells(sample, 2)
    assert found["lines"] == "300"
    assert found["API requests"] == "about 11, 13 s with 1.2 s between them"
    assert found["files"] == "about 600"
    assert "unknown" not in found


def test_without_a_total_a_listing_has_at_least_what_was_read() -> None:
    found = cells(Sample(listings=1, largest_page=30, entries=30, is_cut=True, items=30), 1)
    assert (found["lines"], found["unknown"]) == ("at least 30", "Pixiv does not say how long these listings are")


def test_a_sample_of_the_listings_stands_for_all_of_them() -> None:
    sample = Sample(
        requested=set("abcde"), objects=2, listings=2, largest_page=10, entries=20, items=20, more_requests=40
    )
    found = cells(sample, 1000)
    assert found["lines"] == "about 4,000"
    assert found["API requests"] == "about 9,000, 3 h with 1.2 s between them"
    assert found["read"] == "5 of 1,000 listings"
    assert found["failed"] == "1 of 5 requests, whose entries are not counted"


def test_the_share_that_filters_pass_is_assumed_for_all_entries() -> None:
    sample = Sample(listings=1, largest_page=30, entries=30, expected=300, is_cut=True, items=3)
    found = cells(sample, 1)
    assert found["lines"] == "about 30"
    assert found["API requests"].startswith("about 10, ")


def test_a_limit_on_works_is_a_limit_on_requests() -> None:
    sample = Sample(listings=1, largest_page=30, entries=30, is_cut=True, items=30)
    found = cells(sample, 1, most=30)
    assert (found["lines"], found["API requests"]) == ("30", "1, 1 s with 1.2 s between them")


def test_sizes_of_earlier_files_give_a_mean() -> None:
    found = cells(Sample(listings=1, largest_page=2, entries=2, items=2, files=2), 1, sizes=[1_000_000, 3_000_000])
    assert found["megabytes"] == "about 4, with the mean size of 2 earlier files"


@pytest.mark.parametrize("sample", [Sample(), Sample(requested={"a"}), Sample(listings=1)])
def test_nothing_to_collect_is_nothing(sample: Sample) -> None:
    assert cells(sample, 1)["lines"] == "0"

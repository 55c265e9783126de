from __future__ import annotations

from pathlib import Path

from pixiv_crawler.outputs.gallery.collections import Collections
from pixiv_crawler.outputs.gallery.records import Source

BOOKMARKS = {"user_id": 7, "restrict": "public"}


def bookmark(position: int, **params: object) -> Source:
    return Source("/v1/user/bookmarks/illust", BOOKMARKS | params, position)


def test_parts_of_a_listing_are_one_collection_and_the_newest_run_comes_first() -> None:
    collections = Collections()
    for key, run, time, source in [
        (1, "a", 10, bookmark(1)),
        (2, "a", 11, bookmark(2, max_bookmark_id=99)),
        (3, "b", 20, bookmark(1)),
        (2, "b", 21, bookmark(2)),
    ]:
        collections.add(("i", key), source, Path(run), time)
    new, listing = collections
    assert (new.id, new.works) == ("new", [("i", 3)])
    assert listing.title == "Bookmarks · public"
    assert [id_ for _, id_ in listing.works] == [3, 2, 1]


def test_other_listings_other_users_and_a_single_run_make_no_collection_or_another_one() -> None:
    collections = Collections()
    collections.add(("i", 1), Source("/v1/user/illusts", {"user_id": 7}, 1), Path("a"), 10)
    collections.add(("i", 2), None, Path("a"), 11)
    assert list(collections) == []
    collections.add(("i", 1), bookmark(1, user_id=8), Path("a"), 12)
    collections.add(("i", 2), bookmark(1), Path("a"), 12)
    assert [collection.title for collection in collections] == ["Bookmarks · public · 7", "Bookmarks · public · 8"]

from __future__ import annotations

from pathlib import Path

from pixiv_crawler.outputs.gallery.collections import Collections
from pixiv_crawler.outputs.gallery.records import IllustLine, Line, NovelLine, Series, Source, User
from tests.api.test_endpoints import CALLS

BOOKMARKS = {"user_id": 7, "restrict": "public"}


def bookmark(position: int, **params: object) -> Source:
    return Source("/v1/user/bookmarks/illust", BOOKMARKS | params, position)


def line(source: Source | None = None, series: Series | None = None) -> Line:
    return IllustLine(id=0, user=User(7), source=source, series=series)


def test_parts_of_a_listing_are_one_collection_and_the_newest_run_comes_first() -> None:
    collections = Collections()
    for key, run, time, source in [
        (1, "a", 10, bookmark(1)),
        (2, "a", 11, bookmark(2, max_bookmark_id=99)),
        (3, "b", 20, bookmark(1)),
        (2, "b", 21, bookmark(2)),
    ]:
        collections.add(("i", key), line(source), Path(run), time)
    new, listing = collections
    assert (new.id, new.works) == ("new", [("i", 3)])
    assert listing.title == "Bookmarks · public"
    assert [id_ for _, id_ in listing.works] == [3, 2, 1]


def test_other_listings_other_users_and_a_single_run_make_no_collection_or_another_one() -> None:
    collections = Collections()
    collections.add(("i", 1), line(Source("/v1/user/illusts", {"user_id": 7}, 1)), Path("a"), 10)
    collections.add(("i", 2), line(), Path("a"), 11)
    assert list(collections) == []
    collections.add(("i", 1), line(bookmark(1, user_id=8)), Path("a"), 12)
    collections.add(("i", 2), line(bookmark(1)), Path("a"), 12)
    assert [collection.title for collection in collections] == ["Bookmarks · public · 7", "Bookmarks · public · 8"]


def test_every_listing_of_works_but_those_of_users_is_a_collection() -> None:
    listings = {path for _, path, _, key in CALLS if key in ("illusts", "novels", "marked_novels")}
    collections = Collections()
    for path in sorted(listings):
        collections.add(("i", 1), line(Source(path, {"word": "cat"}, 1)), Path("a"), 10)
    found = {collection.id.removesuffix(" cat") for collection in collections}
    assert {path.removeprefix("/") for path in listings} - found == {"v1/user/illusts", "v1/user/novels"}


def test_a_crawled_series_is_a_collection_with_its_title_in_reading_order() -> None:
    collections = Collections()
    for position, id_ in enumerate((5, 4, 3), 1):
        source = Source("/v1/illust/series", {"illust_series_id": 9, "offset": 0}, position)
        collections.add(("i", id_), line(source, Series(9, "Harbour Diary")), Path("a"), 10)
    source = Source("/v1/illust/series", {"illust_series_id": 9}, 1)
    collections.add(("i", 6), line(source, Series(9, "Harbour Diary")), Path("later"), 20)
    other = line(Source("/v1/illust/series", {"illust_series_id": 8}, 1), Series(8, "Harbour Diary"))
    collections.add(("i", 2), other, Path("a"), 10)
    novel = NovelLine(id=1, user=User(7), source=Source("/v2/novel/series", {"series_id": 9}, 1))
    collections.add(("n", 1), novel, Path("a"), 10)
    assert [(collection.title, [id_ for _, id_ in collection.works]) for collection in collections] == [
        ("New since last time", [6]),
        ("Series · Harbour Diary · 9", [3, 4, 5, 6]),
        ("Series · Harbour Diary · 8", [2]),
        ("Novel series · 9", [1]),
    ]

"""Which spider collects a page of Pixiv, and with which arguments."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import BaseSettings
from scrapy.utils.project import get_project_settings

from pixiv_crawler.api.page_target import PageTarget, group_by_run
from pixiv_crawler.api.site_urls import is_url, parse_page_url
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.spider_loader import PixivSpiderLoader

PAGES: list[tuple[str, str, dict[str, str]]] = [
    ("https://www.pixiv.net/users/11", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/en/users/11", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/zh-tw/users/11/", "user_works", {"user_id": "11"}),
    ("pixiv.net/users/11?lang=en#top", "user_works", {"user_id": "11"}),
    ("http://touch.pixiv.net/users/11", "user_works", {"user_id": "11"}),
    ("https://pixiv.net/u/11", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/users/11/artworks?p=2", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/users/11/illustrations", "user_works", {"user_id": "11", "type": "illust,ugoira"}),
    ("https://www.pixiv.net/users/11/manga", "user_works", {"user_id": "11", "type": "manga"}),
    ("https://www.pixiv.net/users/11/novels", "user_works", {"user_id": "11", "type": "novel"}),
    ("https://www.pixiv.net/users/11/artworks/%E7%8C%AB", "user_works", {"user_id": "11", "tags": "猫"}),
    ("https://www.pixiv.net/users/11/artworks/a,b", "user_works", {"user_id": "11", "tags": r"a\,b"}),
    ("https://www.pixiv.net/users/11/novels/a%2Cb", "user_works", {"user_id": "11", "type": "novel", "tags": r"a\,b"}),
    ("https://www.pixiv.net/member_illust.php?id=11&tag=a%2Cb", "user_works", {"user_id": "11", "tags": r"a\,b"}),
    ("https://www.pixiv.net/users/11/bookmarks/artworks/a%2Cb", "bookmarks", {"user_id": "11", "tag": "a,b"}),
    ("https://www.pixiv.net/bookmark.php?id=11&tag=a,b", "bookmarks", {"user_id": "11", "tag": "a,b"}),
    ("https://www.pixiv.net/tags/a%2Cb/artworks", "search", {"word": "a,b"}),
    ("https://www.pixiv.net/search.php?word=a,b", "search", {"word": "a,b"}),
    ("https://www.pixiv.net/member.php?id=11", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/member_illust.php?id=11&type=all", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/member_illust.php?id=11&tag=猫", "user_works", {"user_id": "11", "tags": "猫"}),
    ("https://www.pixiv.net/novel/member.php?id=11", "user_works", {"user_id": "11", "type": "novel"}),
    ("https://www.pixiv.net/users/11/bookmarks/artworks", "bookmarks", {"user_id": "11"}),
    ("https://www.pixiv.net/en/users/11/bookmarks/artworks?rest=hide", "bookmarks", {"user_id": "11", "restrict": "private"}),
    ("https://www.pixiv.net/users/11/bookmarks/artworks/later", "bookmarks", {"user_id": "11", "tag": "later"}),
    ("https://www.pixiv.net/users/11/bookmarks/novels", "bookmarks", {"user_id": "11", "type": "novel"}),
    ("https://www.pixiv.net/users/11/bookmarks/novels?rest=hide&mode=all", "bookmarks", {"user_id": "11", "type": "novel", "restrict": "private"}),
    ("https://www.pixiv.net/bookmark.php?untagged=1", "bookmarks", {"tag": "未分類"}),
    ("https://www.pixiv.net/bookmark.php?type=illust_all&id=11&p=2", "bookmarks", {"user_id": "11"}),
    ("https://www.pixiv.net/bookmark.php?type=user&id=11&rest=show", "following", {"user_id": "11"}),
    ("https://www.pixiv.net/bookmark.php?type=user&rest=hide", "following", {"restrict": "private"}),
    ("https://www.pixiv.net/bookmark.php?type=reg_user&id=11", "followers", {"user_id": "11"}),
    ("https://www.pixiv.net/bookmark.php?type=reg_user", "followers", {}),
    ("https://www.pixiv.net/member_illust.php?id=11&type=manga&tag=猫", "user_works", {"user_id": "11", "type": "manga", "tags": "猫"}),
    ("https://www.pixiv.net/users/11?utm_source=copy&format=json", "user_works", {"user_id": "11"}),
    ("https://www.pixiv.net/en/users/11/mypixiv?p=2", "mypixiv_users", {"user_id": "11"}),
    ("https://www.pixiv.net/mypixiv_all.php?id=11", "mypixiv_users", {"user_id": "11"}),
    ("https://www.pixiv.net/mypixiv_all.php", "mypixiv_users", {}),
    ("https://www.pixiv.net/bookmark.php?id=11&rest=show", "bookmarks", {"user_id": "11"}),
    ("https://www.pixiv.net/bookmark.php", "bookmarks", {}),
    ("https://www.pixiv.net/novel/bookmark.php?id=11", "bookmarks", {"user_id": "11", "type": "novel"}),
    ("https://www.pixiv.net/users/11/following", "following", {"user_id": "11"}),
    ("https://www.pixiv.net/users/11/following?rest=hide", "following", {"user_id": "11", "restrict": "private"}),
    ("https://www.pixiv.net/users/11/followers", "followers", {"user_id": "11"}),
    ("https://www.pixiv.net/artworks/127410001", "works", {"illust_id": "127410001"}),
    ("https://www.pixiv.net/en/artworks/127410001#big_2", "works", {"illust_id": "127410001"}),
    ("https://www.pixiv.net/i/127410001", "works", {"illust_id": "127410001"}),
    ("https://www.pixiv.net/member_illust.php?mode=medium&illust_id=127410001", "works", {"illust_id": "127410001"}),
    ("https://www.phixiv.net/artworks/127410001/2", "works", {"illust_id": "127410001"}),
    ("https://c.phixiv.net/i/127410001", "works", {"illust_id": "127410001"}),
    ("https://mirror.example/en/artworks/127410001", "works", {"illust_id": "127410001"}),
    ("https://i.pximg.net/img-original/img/2025/02/18/00/00/00/127410001_p0.png", "works", {"illust_id": "127410001"}),
    ("https://i.pximg.net/img-zip-ugoira/img/2025/02/18/00/00/00/127410001_ugoira600x600.zip", "works", {"illust_id": "127410001"}),
    ("https://i-cf.pximg.net/c/240x480/img-master/img/2025/02/18/00/00/00/127410001-0123456789abcdef0123456789abcdef_p0_master1200.jpg", "works", {"illust_id": "127410001"}),
    ("phixiv.net/artworks/127410001", "works", {"illust_id": "127410001"}),
    ("https://www.pixiv.net/member_illust.php?mode=manga_big&illust_id=127410001&page=3", "works", {"illust_id": "127410001"}),
    ("i.pixiv.re/img-original/img/2025/02/18/00/00/00/127410001_p0.png", "works", {"illust_id": "127410001"}),
    ("https://mirror.example/c/600x1200_90_webp/img-master/img/2025/02/18/00/00/00/127410001_p0_master1200.jpg", "works", {"illust_id": "127410001"}),
    ("https://i.pximg.net/c/250x250_80_a2/custom-thumb/img/2025/02/18/00/00/00/127410001_p0_custom1200.jpg", "works", {"illust_id": "127410001"}),
    ("https://pixiv.cat/127410001-1.jpg", "works", {"illust_id": "127410001"}),
    ("pixiv.re/127410001.jpg", "works", {"illust_id": "127410001"}),
    ("pixiv.nl/127410001-12.png", "works", {"illust_id": "127410001"}),
    ("http://i1.pixiv.net/img-original/img/2014/09/25/23/09/29/46183440_p0.jpg", "works", {"illust_id": "46183440"}),
    ("http://i2.pixiv.net/img-inf/img/2014/09/25/00/57/24/46170939_128x128.jpg", "works", {"illust_id": "46170939"}),
    ("i2.pixiv.net/img04/img/someone/46170939_big_p0.jpg", "works", {"illust_id": "46170939"}),
    ("http://i2.pixiv.net/img04/img/someone/mobile/46170939_480mw.jpg", "works", {"illust_id": "46170939"}),
    ("http://img78.pixiv.net/img/someone/46187950.jpg?1411668966", "works", {"illust_id": "46187950"}),
    ("https://www.pixiv.net/novel/show.php?id=20250001#1", "works", {"novel_id": "20250001"}),
    ("https://www.pixiv.net/n/20250001", "works", {"novel_id": "20250001"}),
    ("https://www.pixiv.net/user/11/series/300017", "series", {"series_id": "300017"}),
    ("https://www.pixiv.net/en/user/11/series/300017?p=2", "series", {"series_id": "300017"}),
    ("https://www.pixiv.net/novel/series/900013", "series", {"novel_series_id": "900013"}),
    ("https://www.pixiv.net/tags/%E6%A1%9C", "search", {"word": "桜"}),
    ("https://www.pixiv.net/en/tags/%E6%A1%9C/artworks?s_mode=s_tag&p=3", "search", {"word": "桜"}),
    ("https://www.pixiv.net/tags/桜/illustrations?type=ugoira", "search", {"word": "桜", "type": "ugoira"}),
    ("https://www.pixiv.net/tags/桜/manga", "search", {"word": "桜", "type": "manga"}),
    ("https://www.pixiv.net/tags/a%2Fb/novels?s_mode=s_tc", "search", {"word": "a/b", "type": "novel", "target": "text"}),
    ("https://www.pixiv.net/tags/桜/novels", "search", {"word": "桜", "type": "novel"}),
    ("https://www.pixiv.net/tags/桜/artworks?order=popular_d&mode=r18&scd=2026-01-01&ecd=2026-01-31&s_mode=s_tag_full",
     "search", {"word": "桜", "sort": "popular_desc", "x_restrict": "1,2", "start_date": "2026-01-01", "end_date": "2026-01-31",
                "target": "exact_match_for_tags"}),
    ("https://www.pixiv.net/tags/桜/artworks?order=date&mode=safe&ai_type=1&blt=500&bgt=999&wlt=3000&hlt=2000&ratio=-0.5&tool=SAI", "search",
     {"word": "桜", "sort": "date_asc", "x_restrict": "0", "ai": "no,unknown", "min_bookmarks": "500", "max_bookmarks": "999",
      "min_width": "3000", "min_height": "2000", "ratio": "portrait", "tools": "SAI"}),
    ("https://www.pixiv.net/search.php?s_mode=s_tc&word=%E6%A1%9C", "search", {"word": "桜", "target": "title_and_caption"}),
    ("https://www.pixiv.net/novel/search.php?word=桜", "search", {"word": "桜", "type": "novel"}),
    ("https://www.pixiv.net/search?q=桜&type=manga", "search", {"word": "桜", "type": "manga"}),
    ("https://www.pixiv.net/search?q=桜&s_mode=tag_full&type=artwork", "search", {"word": "桜", "target": "exact_match_for_tags"}),
    ("https://www.pixiv.net/search?s_mode=tag&q=桜&type=illust_ugoira&csw=1", "search", {"word": "桜", "type": "illust,ugoira"}),
    ("https://www.pixiv.net/search?q=桜&s_mode=tag_tc&type=novel", "search", {"word": "桜", "type": "novel", "target": "keyword"}),
    ("https://www.pixiv.net/search_user.php?nick=cat&s_mode=s_usr", "search_users", {"word": "cat"}),
    ("https://www.pixiv.net/search/users?nick=cat", "search_users", {"word": "cat"}),
    ("https://www.pixiv.net/ranking.php", "rankings", {"mode": "day"}),
    ("https://www.pixiv.net/ranking.php?mode=weekly_r18&date=20260101", "rankings", {"mode": "week_r18", "date": "2026-01-01"}),
    ("https://www.pixiv.net/ranking.php?mode=daily&content=manga", "rankings", {"mode": "day_manga"}),
    ("https://www.pixiv.net/ranking.php?mode=rookie&content=illust", "rankings", {"mode": "week_rookie", "type": "illust"}),
    ("https://www.pixiv.net/novel/ranking.php?mode=weekly", "rankings", {"mode": "week", "type": "novel"}),
    ("https://www.pixiv.net/bookmark_new_illust.php", "following_feed", {}),
    ("https://www.pixiv.net/bookmark_new_illust.php?mode=r18&p=2", "following_feed", {"x_restrict": "1,2"}),
    ("https://www.pixiv.net/bookmark_new_illust_r18.php", "following_feed", {"x_restrict": "1,2"}),
    ("https://www.pixiv.net/novel/bookmark_new.php", "following_feed", {"type": "novel"}),
    ("https://www.pixiv.net/novel/bookmark_new_r18.php", "following_feed", {"type": "novel", "x_restrict": "1,2"}),
    ("https://www.pixiv.net/mypixiv_new_illust.php", "mypixiv_works", {}),
    ("https://www.pixiv.net/novel/mypixiv_new.php", "mypixiv_works", {"type": "novel"}),
    ("https://www.pixiv.net/new_illust.php", "new_works", {}),
    ("https://www.pixiv.net/new_illust.php?type=manga", "new_works", {"type": "manga"}),
    ("https://www.pixiv.net/new_illust_r18.php?type=all", "new_works", {"x_restrict": "1,2"}),
    ("https://www.pixiv.net/novel/new.php?mode=safe", "new_works", {"type": "novel", "x_restrict": "0"}),
    ("https://www.pixiv.net/discovery", "recommended", {}),
    ("https://www.pixiv.net/discovery?mode=r18", "recommended", {"x_restrict": "1,2"}),
    ("https://www.pixiv.net/novel/discovery", "recommended", {"type": "novel"}),
    ("https://www.pixiv.net/discovery/users", "recommended_users", {}),
    ("https://www.pixiv.net/following/watchlist/manga", "watchlist", {"type": "manga"}),
    ("https://www.pixiv.net/following/watchlist/novels?p=2", "watchlist", {"type": "novel"}),
    ("https://www.pixiv.net/novel/marker_all.php", "novel_markers", {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def loader() -> PixivSpiderLoader:
    settings: BaseSettings = get_project_settings()
    return PixivSpiderLoader(settings)


@pytest.mark.parametrize(("url", "spider", "args"), PAGES)
def test_a_page_is_collected_by_the_spider_for_it(
    url: str, spider: str, args: dict[str, str], loader: PixivSpiderLoader
) -> None:
    assert is_url(url)
    assert parse_page_url(url) == PageTarget(spider, args)
    spider_class: Any = loader.load(spider)
    spider_class.Args.parse(args)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://www.pixiv.net/", "is not a page that can be crawled"),
        ("https://[www.pixiv.net/users/11", "is not a valid URL"),
        ("https://www.pixiv.net/users/abc", "is not a page that can be crawled"),
        ("https://www.pixiv.net/fanbox/creator/11", "is not a page that can be crawled"),
        ("https://www.pixiv.net/search.php", "is not a page that can be crawled"),
        ("https://example.com/users/11", "is not a page that can be crawled"),
        ("https://notpixiv.net/tags/桜", "is not a page that can be crawled"),
        ("https://pixiv.net.example/tags/桜", "is not a page that can be crawled"),
        ("https://i.pximg.net/user-profile/img/2025/01/01/00/00/00/1_0123.png", "is not a page that can be crawled"),
        ("https://pixiv.me/someone", "names a user by account: pass it to pixiv-crawler"),
        ("https://dic.pixiv.net/users/11", "is not a page that can be crawled"),
        ("https://dic.pixiv.net/artworks/11", "is not a page that can be crawled"),
        ("https://i2.pixiv.net/img04/profile/someone/11.jpg", "is not a page that can be crawled"),
        ("https://example.com/11-1.jpg", "is not a page that can be crawled"),
        ("https://www.pixiv.net/users/11/following/later", "is not a page that can be crawled"),
        ("https://www.pixiv.net/ranking.php?date=abc", "date=abc of the URL is not a day: write it as YYYYMMDD"),
        (
            "https://www.pixiv.net/novel/ranking.php?mode=monthly",
            "mode=monthly of the URL is not one of daily, weekly",
        ),
        ("https://www.pixiv.net/bookmark.php?type=later", "type=later of the URL is not one of illust_all, user"),
        (
            "https://www.pixiv.net/users/11/bookmarks/artworks?rest=some",
            "rest=some of the URL is not one of show, hide",
        ),
        (
            "https://www.pixiv.net/search?q=桜&s_mode=tag_tc",
            "s_mode=tag_tc of the URL is not one of s_tag, s_tag_full",
        ),
        ("https://www.pixiv.net/tags/桜/novels?type=manga", "type=manga of the URL cannot be applied"),
        ("https://www.pixiv.net/member.php?id=@/etc/passwd", "id=@/etc/passwd of the URL is not an ID"),
        ("https://www.pixiv.net/member_illust.php?illust_id=-", "illust_id=- of the URL is not an ID"),
        ("https://www.pixiv.net/bookmark.php?id=11,12", "id=11,12 of the URL is not an ID"),
        ("https://www.pixiv.net/discovery?mode=r19", "mode=r19 of the URL is not one of all, safe, r18"),
        ("https://www.pixiv.net/tags/桜/artworks?wlt2=5", "wlt2=5 of the URL cannot be applied: remove it"),
        ("https://www.pixiv.net/tags/桜/artworks?order=best", "order=best of the URL is not one of date_d, date"),
        ("https://www.pixiv.net/ranking.php?mode=hourly", "mode=hourly of the URL is not one of daily, weekly"),
    ],
)
def test_a_page_that_no_spider_collects_is_an_error_in_one_sentence(url: str, problem: str) -> None:
    with pytest.raises(ArgumentError, match=r"^[^\n]*$") as raised:
        parse_page_url(url)
    assert problem in str(raised.value)


@pytest.mark.parametrize("url", [url for url, spider, _ in PAGES if spider != "works"])
def test_a_parameter_that_is_not_known_is_an_error_on_every_page_but_those_of_works(url: str) -> None:
    page, _, fragment = url.partition("#")
    with pytest.raises(
        ArgumentError, match=r"^the parameter shape=odd of the URL cannot be applied: remove it from the URL$"
    ):
        parse_page_url(f"{page}{'&' if '?' in page else '?'}shape=odd#{fragment}")


@pytest.mark.parametrize("text", ["user_works", "11", "crawl", "桜", "users/11", "ftp://pixiv.net/users/11"])
def test_other_words_are_not_urls(text: str) -> None:
    assert not is_url(text)


def test_pages_that_differ_in_their_ids_share_a_run() -> None:
    pages = [
        "https://www.pixiv.net/users/11", "https://www.pixiv.net/artworks/1", "https://www.pixiv.net/u/12",
        "https://www.pixiv.net/n/2", "https://www.pixiv.net/users/11/manga", "https://www.pixiv.net/users/11",
        "https://www.pixiv.net/bookmark.php", "https://www.pixiv.net/users/11/bookmarks",
    ]  # fmt: skip
    assert group_by_run(map(parse_page_url, pages)) == [
        PageTarget("user_works", {"user_id": "11,12"}),
        PageTarget("works", {"illust_id": "1", "novel_id": "2"}),
        PageTarget("user_works", {"user_id": "11", "type": "manga"}),
        PageTarget("bookmarks", {}),
        PageTarget("bookmarks", {"user_id": "11"}),
    ]

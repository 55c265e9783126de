from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.api.parsing import parse_item
from pixiv_crawler.api.website import calls
from pixiv_crawler.api.website.conversion import convert
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.sandbox.responses import illust_json, novel_json, website_json
from pixiv_crawler.sandbox.world.fixtures.users import RICH
from pixiv_crawler.sandbox.world.world import World

# What the website does not provide, or provides in another size.
OTHER_ON_WEBSITE = {
    *("image_urls", "meta_pages", "user", "tools", "visible", "is_muted", "is_bookmarked", "restriction_attributes"),
    *("comment_access_control", "is_mypixiv_only", "is_x_restricted"),
}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def sent(value: Any) -> Any:
    """As the value arrives."""
    return json.loads(json.dumps(value))


def test_a_work_that_both_show_has_the_same_values_from_the_website(world: World) -> None:
    compared = 0
    for work in world.works(RICH):
        body = sent(website_json.website_illust(work, "en", work.size, has_urls=True))
        entry = convert(body, calls.illust(work.id))["illust"]
        if work.page_count > 1:
            pages = {"pages": sent(website_json.website_pages(work, work.size))}
            entry = convert(pages, calls.illust_pages(calls.illust(work.id), entry))["illust"]
        web = parse_item(entry, "illust")
        app = parse_item(sent(illust_json.illust_detail(work, "en")), "illust")
        assert isinstance(web, Illust)
        assert isinstance(app, Illust)
        for name in Illust.__slots__:
            if name not in OTHER_ON_WEBSITE | {"caption"}:
                assert getattr(web, name) == getattr(app, name), name
        assert (web.user.id, web.user.name, web.user.account) == (app.user.id, app.user.name, app.user.account)
        assert [page.image_urls.original for page in web.meta_pages] == [
            page.image_urls.original for page in app.meta_pages
        ]
        compared += 1
    assert compared == 74


def test_a_novel_that_both_show_has_the_same_values_from_the_website(world: World) -> None:
    for novel in world.novels_of(RICH):
        body = sent(website_json.website_novel(novel, "en"))
        web = parse_item(convert(body, calls.novel(novel.id))["novel"], "novel")
        app = parse_item(
            sent(
                novel_json.novel_json(novel, "en", is_bookmarked=False, is_followed=False, is_muted=False, limit=None)
            ),
            "novel",
        )
        assert isinstance(web, Novel)
        assert isinstance(app, Novel)
        assert [tag.name for tag in web.tags] == [tag.name for tag in app.tags]
        for name in Novel.__slots__:
            if name not in OTHER_ON_WEBSITE | {"caption", "tags"}:
                assert getattr(web, name) == getattr(app, name), name


@pytest.mark.parametrize(
    ("html", "caption"),
    [
        (
            '<a href="/jump.php?https%3A%2F%2Fexample.com%2F%3Fa%3D1%26b%3D2" target="_blank">x</a><br />',
            '<a href="https://example.com/?a=1&amp;b=2" target="_blank">x</a><br />',
        ),
        ("<a href='https://www.pixiv.net/jump.php?http%3A%2F%2Fa.example'>x</a>", "<a href='http://a.example'>x</a>"),
        ("<a href='/jump.php?%22%3E%3Cscript%3E'>x</a>", "<a href='&quot;&gt;&lt;script&gt;'>x</a>"),
        ("R&amp;D &lt;3", "R&amp;D &lt;3"),
    ],
)
def test_links_in_a_caption_lead_to_their_target(world: World, html: str, caption: str) -> None:
    work = world.works(RICH)[0]
    body = website_json.website_illust(work, "en", work.size, has_urls=True) | {"description": html}
    assert convert(body, calls.illust(work.id))["illust"]["caption"] == caption


def test_texts_are_not_escaped_and_times_are_those_of_japan(world: World) -> None:
    work = world.works(RICH)[0]
    changes = {"title": "R&amp;D &lt;1&gt;", "createDate": "2026-11-01T20:30:00+00:00"}
    body = website_json.website_illust(work, "en", work.size, has_urls=True) | changes
    entry = convert(body, calls.illust(work.id))["illust"]
    assert (entry["title"], entry["create_date"]) == ("R&D <1>", "2026-11-02T05:30:00+09:00")


@pytest.mark.parametrize(
    "change", [{"id": "x"}, {"id": "5"}, {"urls": None}, {"createDate": None}, {"tags": []}, {"title": None}]
)
def test_another_form_of_a_response_is_an_error_that_names_it(world: World, change: dict[str, Any]) -> None:
    work = world.works(RICH)[0]
    body = website_json.website_illust(work, "en", work.size, has_urls=True) | change
    with pytest.raises(ParseError, match="unknown form"):
        convert(body, calls.illust(work.id))


def test_an_empty_list_of_works_is_a_list_in_php(world: World) -> None:
    body = {"illusts": {"12": None, "7": None, "110": None}, "manga": [], "novels": []}
    found = convert(body, calls.profile_all(5))
    assert found == {"profile_all": {"illusts": [110, 12, 7], "manga": [], "novels": []}}

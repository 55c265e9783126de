from __future__ import annotations

import subprocess
import sys

import pytest

from pixiv_crawler.sandbox import NovelSpec, SandboxError, Standing, User, World

RICH, NOVELIST = 2188232, 1010

PRINT_NOVELS = """
import hashlib
from pixiv_crawler.sandbox import World
from pixiv_crawler.sandbox.world.comments import comments_on
from pixiv_crawler.sandbox.responses.novel_json import novel_json
from pixiv_crawler.sandbox.responses.novel_page import webview_novel
world = World()
digest = hashlib.sha256()
for novel in world.novel_catalogue.novels():
    digest.update(repr(novel_json(novel, "en", is_bookmarked=False, is_followed=False, is_muted=False, limit=None)).encode())
    digest.update(repr(webview_novel(novel, world.novel_catalogue.series(novel.spec.series.id) if novel.spec.series else []))
        .encode())
    digest.update(repr(comments_on(novel)).encode())
print(digest.hexdigest())
"""


@pytest.mark.parametrize(
    ("user_id", "novels"), [(1001, 0), (RICH, 17), (1008, 4), (NOVELIST, 65), (1004, 0), (1006, 0), (9, 0)]
)
def test_the_initial_users_have_their_novels(user_id: int, novels: int) -> None:
    assert len(World().novels_of(user_id)) == novels


@pytest.mark.e2e
def test_the_novels_are_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run([sys.executable, "-c", PRINT_NOVELS], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(outputs) == 1


def test_ids_are_unique_and_identify_their_novels() -> None:
    world = World()
    novels = world.novel_catalogue.novels()
    assert len({novel.id for novel in novels}) == len(novels) == 94
    assert all(world.novel_catalogue.novel(novel.id) is novel for novel in novels)
    assert [world.novel_catalogue.novel(novel_id) for novel_id in (0, 999, 8_000_000, 10**17)] == [None] * 4


@pytest.mark.parametrize("novels", [1, 19, 65, 999, 6000])
@pytest.mark.e2e
def test_dates_increase_with_ids_and_are_in_the_past(novels: int) -> None:
    world = World()
    world.add_user(50, novels=novels)
    dates = [novel.created for novel in world.novels_of(50)]
    assert len(dates) == novels
    assert dates == sorted(dates, reverse=True)
    assert dates[-1].year >= 2017
    assert dates[0] < world.now


def test_adding_a_novel_does_not_move_the_others() -> None:
    world = World()
    world.add_user(50, novels=35)
    before = [novel.id for novel in world.novels_of(50)]
    world.add_user(50, novels=36)
    assert [novel.id for novel in world.novels_of(50)][1:] == before


def test_novels_of_a_user_who_left_no_longer_exist() -> None:
    world = World()
    novel = world.novels_of(1008)[0]
    world.add(User(1008, "n", "a", novels=(NovelSpec(),) * 4, standing=Standing.GONE))
    assert world.novels_of(1008) == []
    assert world.novel_catalogue.novel(novel.id) is None


def test_a_user_with_too_many_novels_is_rejected() -> None:
    with pytest.raises(SandboxError, match="User 50 has 18501 novels"):
        World().add_user(50, novels=18_501)


def test_the_rich_user_has_novels_of_every_kind() -> None:
    novels = World().novels_of(RICH)
    series = [novel.spec.series.id for novel in novels if novel.spec.series]
    assert sorted(series.count(number) for number in set(series)) == [3, 5]
    assert {novel.spec.x_restrict for novel in novels} == {0, 1, 2}
    assert {novel.ai_type for novel in novels} == {0, 1, 2}
    assert {novel.caption for novel in novels} >= {"", '<b>太字</b> &amp; "引用"'}
    assert {novel.title for novel in novels} >= {"../../../etc/passwd", 'a/b\\c:d*e?f"g<h>i|j', "改行\nと\tタブ"}
    assert {novel.page_count for novel in novels} >= {1, 2, 3}
    assert any("</script>" in novel.text for novel in novels)

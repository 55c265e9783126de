from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.sandbox import Sandbox, SandboxError, User, WorkSpec, World
from pixiv_crawler.sandbox.media.images import image, padded
from pixiv_crawler.sandbox.world.search_index import Query, search

from .client import Client, urls_in

PRINT_WORLD = """
import hashlib
from pixiv_crawler.sandbox import World
from pixiv_crawler.sandbox.responses.user_json import user_detail
from pixiv_crawler.sandbox.responses.illust_json import listed_illust
from pixiv_crawler.sandbox.media.files import find_file
from pixiv_crawler.sandbox.media.image_urls import original_path
world = World()
digest = hashlib.sha256()
for user in world.users():
    digest.update(repr(user_detail(user, [])).encode())
    for work in world.works(user.id)[:80]:
        digest.update(listed_illust(work, "en"))
        digest.update(find_file(world, original_path(work, 0)) or b"")
print(digest.hexdigest())
"""


@pytest.mark.e2e
def test_two_sandboxes_return_the_same_responses_and_files() -> None:
    with Sandbox() as first, Sandbox() as second:
        one, two = Client(first), Client(second)
        assert one.works(2188232) == two.works(2188232)
        for url in set(urls_in(one.works(1008))):
            assert one.file(url).body == two.file(url).body


@pytest.mark.e2e
def test_the_world_is_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run([sys.executable, "-c", PRINT_WORLD], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(outputs) == 1


def test_ids_are_unique_and_identify_their_works() -> None:
    world = World()
    ids = [work.id for user in world.users() for work in world.works(user.id)]
    assert len(ids) == len(set(ids)) > 4000
    assert all(work is not None and work.id == work_id for work_id in ids[::50] for work in [world.work(work_id)])


@pytest.mark.parametrize(
    ("user_id", "works"), [(1002, 12), (1003, 0), (1004, 0), (1006, 3000), (1007, 1000), (1008, 35)]
)
def test_the_initial_users_have_their_works(user_id: int, works: int) -> None:
    assert len(World().works(user_id)) == works


def test_adding_a_work_does_not_move_the_others() -> None:
    world = World()
    world.add_user(50, works=35)
    before = [work.id for work in world.works(50)]
    world.add_user(50, works=36)
    after = world.works(50)
    assert [work.id for work in after[1:]] == before
    assert after[0].created == max(work.created for work in after)


@pytest.mark.parametrize("works", [1, 49, 50, 499, 7600])
@pytest.mark.e2e
def test_dates_increase_with_ids_and_are_in_the_past(works: int) -> None:
    world = World()
    world.add_user(50, works=works)
    listing = world.works(50)
    assert [work.created for work in listing] == sorted((work.created for work in listing), reverse=True)
    assert all(2016 <= work.created.year <= 2026 for work in listing)
    assert listing[0].created < datetime(2026, 7, 2, tzinfo=UTC)


def test_unknown_ids_have_no_work() -> None:
    world = World()
    assert [world.work(work_id) for work_id in (0, 9_999, 70_000_000, 10**12)] == [None] * 4


def test_a_user_with_too_many_works_is_rejected() -> None:
    with pytest.raises(SandboxError, match="User 50 has 7601 works"):
        World().add_user(50, works=7601)


def test_a_user_can_be_specified_work_by_work() -> None:
    world = World()
    world.add(User(50, "n", "a", (WorkSpec(title="old"), WorkSpec("ugoira", title="new"))))
    assert [(work.title, work.type) for work in world.works(50)] == [("new", "ugoira"), ("old", "illust")]


@given(st.integers(0, 300_000))
def test_padding_reaches_any_size(size: int) -> None:
    jpeg = image("padding", (40, 40), "jpg")
    assert abs(len(padded(jpeg, size)) - max(size, len(jpeg))) <= 4


def test_worlds_share_the_default_data() -> None:
    one, two = World(), World()
    assert one.works(1008)[0] is two.works(1008)[0]
    assert one.novels_of(1010)[0] is two.novels_of(1010)[0]
    (work_id,) = {one.bookmarks.of(1001, "public")[0].work_id, two.bookmarks.of(1001, "public")[0].work_id}
    assert one.work(work_id) is two.work(work_id)


def test_changes_in_one_world_do_not_affect_others() -> None:
    changed, other = World(), World()
    changed.add(User(1008, "another", "another_1008", (WorkSpec(),) * 3))
    changed.add_user(51, works=2, novels=2)
    changed.add_keyword("一語", {date(2026, 11, 1): 5})
    changed.follows.put(1001, 51)
    changed.follows.remove(1001, 2188232)
    changed.bookmarks.put(1001, changed.works(51)[0].id)
    changed.novel_bookmarks.put(1001, changed.novels_of(51)[0].id)
    replaced = changed.replace_files(changed.works(2188232)[0].id)

    assert (len(changed.works(1008)), len(other.works(1008))) == (3, 35)
    assert (len(changed.novels_of(1008)), len(other.novels_of(1008))) == (0, 4)
    assert (len(changed.works(51)), len(other.works(51))) == (2, 0)
    assert (changed.user(51) is None, other.user(51)) == (False, None)
    assert [search(world, Query(("一語",))).total for world in (changed, other)] == [5, 0]
    assert other.follows.restrict(1001, 2188232) == "public"
    assert 51 not in other.follows.following(1001)
    assert len(changed.bookmarks.of(1001, "public")) == len(other.bookmarks.of(1001, "public")) + 1
    assert len(changed.novel_bookmarks.of(1001, "public")) == len(other.novel_bookmarks.of(1001, "public")) + 1
    assert changed.work(replaced.id) is replaced
    assert other.work(replaced.id) is not replaced
    assert World().work(replaced.id) is other.work(replaced.id)

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.sandbox import SandboxError, World
from pixiv_crawler.sandbox.world.work_ids import FIRST_DAY, IDS_PER_DAY, LAST_DAY, id_on, place_of

PRINT_SEARCH = """
import hashlib
from pixiv_crawler.sandbox import World
from pixiv_crawler.sandbox.world.search_index import Query, search
world = World()
hits = search(world, Query(("桜",))).newest_first(0, 400)
print(hashlib.sha256(repr([(hit, world.work(hit.id)) for hit in hits]).encode()).hexdigest())
"""


@given(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=1)), st.integers(0, IDS_PER_DAY - 1))
def test_an_id_identifies_its_day_and_position(day: date, position: int) -> None:
    assert place_of(id_on(day, position)) == (day, position)


def test_ids_of_generated_works_increase_from_day_to_day() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(400)]
    bounds = [id_on(day, position) for day in days for position in (0, IDS_PER_DAY - 1)]
    assert bounds == sorted(set(bounds))


@pytest.mark.e2e
def test_generated_users_are_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run([sys.executable, "-c", PRINT_SEARCH], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }
    assert len(outputs) == 1


def test_the_works_of_a_keyword_are_generated_on_first_use() -> None:
    world = World()
    world.add_keyword("山", {date(2026, 7, 7): 9_000})
    assert "hits" not in vars(world.generated_users.keywords.by_word["山"])
    corpus = world.generated_users.keywords.by_word["山"]
    work = world.work(corpus.numbered(8_999).id)
    assert work is not None
    assert work.tags[-1] in ("山", "山1000users入り")
    assert "hits" not in vars(corpus)


@pytest.mark.parametrize("word", ["", "桜", "two words"])
def test_a_keyword_is_a_single_word_and_can_be_added_once(word: str) -> None:
    with pytest.raises(SandboxError, match="cannot be added"):
        World().add_keyword(word, {})


@pytest.mark.parametrize(("day", "count"), [(date(2026, 7, 7), IDS_PER_DAY), (date(2001, 1, 1), 1)])
def test_the_number_of_works_on_a_day_is_limited(day: date, count: int) -> None:
    with pytest.raises(SandboxError, match=f"cannot have {count} works on {day}"):
        World().add_keyword("山", {day: count})


@pytest.mark.e2e
def test_generated_users_have_the_works_that_name_them() -> None:
    world = World()
    for word in ("桜", "花火"):
        for hit in world.generated_users.keywords.by_word[word].summaries[::97]:
            work = world.work(hit.id)
            assert work is not None
            assert work in world.works(work.user.id)
            assert world.user(work.user.id) is work.user
            assert world.newest(work.user.id, 3) == world.works(work.user.id)[:3]


def test_added_users_take_precedence_over_generated_ones() -> None:
    world = World()
    world.add_user(10_000_005, works=2, name="named")
    assert [work.user.name for work in world.works(10_000_005)] == ["named", "named"]


def test_the_world_can_be_set_to_another_day() -> None:
    world = World()
    world.today = date(2020, 1, 1)
    assert (world.now.year, world.now.hour, world.now.utcoffset()) == (2020, 15, timedelta(hours=9))
    assert world.work(id_on(date(2020, 1, 2), 0)) is None
    assert world.work(id_on(date(2019, 12, 31), 0)) is not None

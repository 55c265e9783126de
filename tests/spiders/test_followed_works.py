"""All works of all followed artists."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.server.faults import Fault
from pixiv_crawler.sandbox.world.users import ACCOUNT, NovelSpec, User, WorkSpec
from tests.crawling import Crawl, Crawler, popen

ARTISTS = [*range(9001, 9007)]
FEED = "/v2/illust/follow"


def set_works(sandbox: Sandbox, user_id: int, works: int, novels: int = 0) -> None:
    name = f"user {user_id}"
    sandbox.add_user(User(user_id, name, name, (WorkSpec(),) * works, novels=(NovelSpec(),) * novels))


@pytest.fixture(autouse=True)
def _artists(sandbox: Sandbox) -> None:
    """The account follows six artists with 35 works each, the last one privately."""
    follows = sandbox.world.follows
    for user_id in list(follows.following(ACCOUNT.id)):
        follows.remove(ACCOUNT.id, user_id)
    for user_id in ARTISTS:
        set_works(sandbox, user_id, 35, novels=3)
        follows.put(ACCOUNT.id, user_id, "private" if user_id == ARTISTS[-1] else "public")


def requests_of(sandbox: Sandbox, since: int = 0) -> Counter[str]:
    return Counter(request.path for request in sandbox.requests[since:] if request.kind == "api")


def works_of(sandbox: Sandbox, *user_ids: int) -> list[int]:
    return sorted(work.id for user_id in user_ids for work in sandbox.world.works(user_id))


class Run:
    """A finished run."""

    def __init__(self, done: Crawl, job: str) -> None:
        self.status, self.log = done.status, done.log
        self._folder = done.data / "followed_works" / job

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self._folder / "report.json").read_text("utf-8"))

    def ids(self, name: str = "illusts") -> list[int]:
        path = self._folder / f"{name}.jsonl"
        return sorted(json.loads(line)["id"] for line in path.read_bytes().splitlines()) if path.exists() else []


def run(crawl: Crawler, job: str, **args: Any) -> Run:
    return Run(crawl("followed_works", **({"files": "none", "new_only": "true", "job": job} | args)), job)


def test_the_first_run_is_complete_and_an_unchanged_list_costs_few_requests(sandbox: Sandbox, crawl: Crawler) -> None:
    first = run(crawl, "first", type="illust,manga,ugoira,novel")
    assert (first.status, first.report["failures"]) == (0, []), first.log
    assert first.ids() == works_of(sandbox, *ARTISTS)
    assert len(first.ids("novels")) == 3 * len(ARTISTS)
    assert not {path for path in requests_of(sandbox) if path.endswith("/follow")}, "nothing is known yet"
    before = len(sandbox.requests)
    second = run(crawl, "second", type="illust,manga,ugoira,novel")
    assert (second.status, second.ids()) == (0, [])
    assert requests_of(sandbox, before) == {"/v1/user/following": 2, FEED: 1, "/v1/novel/follow": 1}


def test_later_runs_request_only_artists_with_new_works_and_new_artists(sandbox: Sandbox, crawl: Crawler) -> None:
    run(crawl, "first")
    known = set(works_of(sandbox, *ARTISTS))
    set_works(sandbox, ARTISTS[0], 37, novels=3)
    set_works(sandbox, 9100, 31)
    sandbox.world.follows.put(ACCOUNT.id, 9100)
    sandbox.world.follows.remove(ACCOUNT.id, ARTISTS[1])
    before = len(sandbox.requests)
    second = run(crawl, "second")
    assert second.status == 0, second.log
    assert second.ids() == sorted({*works_of(sandbox, ARTISTS[0], 9100)} - known)
    of_artists = [
        request.query["user_id"] for request in sandbox.requests[before:] if request.path == "/v1/user/illusts"
    ]
    assert Counter(of_artists) == {str(ARTISTS[0]): 1, "9100": 2}
    assert requests_of(sandbox, before)["/v1/user/detail"] == 1
    expected = {
        "followed": [9100, *reversed([ARTISTS[0], *ARTISTS[2:5]]), ARTISTS[5]],
        "new": [9100],
        "is_complete": True,
        "unfollowed": [ARTISTS[1]],
        "uses_feed": True,
    }
    assert second.report["artists"] == expected


@pytest.mark.parametrize("kind", ["server_error_500", "truncated_feed"])
def test_if_the_feed_does_not_reach_known_works_all_artists_are_requested(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    run(crawl, "first")
    for user_id in ARTISTS:
        set_works(sandbox, user_id, 36, novels=3)
    if kind == "truncated_feed":
        sandbox.add_fault(Fault("user_gone_200", FEED, times=None))  # an empty feed
    else:
        sandbox.add_fault(Fault(kind, FEED, times=None))
    second = run(crawl, "second", settings={"RETRY_TIMES": 0})
    assert len(second.ids()) == len(ARTISTS)
    assert second.status == (3 if kind == "server_error_500" else 0)


def test_works_of_new_artists_do_not_hide_those_of_the_others_in_the_feed(sandbox: Sandbox, crawl: Crawler) -> None:
    run(crawl, "first")
    set_works(sandbox, ARTISTS[0], 36, novels=3)
    new_work = max(works_of(sandbox, ARTISTS[0]))
    set_works(sandbox, 9100, 400)
    sandbox.world.follows.put(ACCOUNT.id, 9100)
    assert sum(work > new_work for work in works_of(sandbox, 9100)) >= 30, (
        "the first response of the feed has only these"
    )
    second = run(crawl, "second")
    assert new_work in second.ids()
    assert len(second.ids()) == 401


def test_a_list_that_is_read_at_the_end_of_the_crawl_is_complete(sandbox: Sandbox, crawl: Crawler) -> None:
    run(crawl, "first", restrict="public")
    for user_id in range(9200, 9240):
        set_works(sandbox, user_id, 1)
        sandbox.world.follows.put(ACCOUNT.id, user_id)
    sandbox.add_fault(Fault("server_error_500", "/v1/user/following", where="offset=", times=1))
    second = run(crawl, "second", restrict="public", new_only="false", settings={"RETRY_TIMES": 0})
    assert (second.status, second.report["failures"]) == (0, []), second.log
    assert second.ids() == works_of(sandbox, *ARTISTS[:-1], *range(9200, 9240))
    artists = second.report["artists"]
    assert (artists["is_complete"], artists["unfollowed"]) == (False, []), "nobody is reported because a list failed"


def test_works_of_other_types_do_not_prolong_the_feed(sandbox: Sandbox, crawl: Crawler) -> None:
    run(crawl, "first", type="manga")
    before = len(sandbox.requests)
    assert run(crawl, "second", type="manga").status == 0
    assert "/v1/user/illusts" in requests_of(sandbox, before), (
        "nobody has manga, so the feed reaches none that is known"
    )
    sandbox.add_user(User(ARTISTS[0], "x", "x", (WorkSpec(),) * 20 + (WorkSpec("manga"),) + (WorkSpec(),) * 14))
    run(crawl, "third", type="manga")
    before = len(sandbox.requests)
    assert run(crawl, "fourth", type="manga").ids() == []
    assert "/v1/user/illusts" not in requests_of(sandbox, before)


def test_a_dry_run_says_that_there_may_be_more_artists(sandbox: Sandbox, crawl: Crawler) -> None:
    for user_id in range(9200, 9240):
        set_works(sandbox, user_id, 1)
        sandbox.world.follows.put(ACCOUNT.id, user_id)
    done = crawl("followed_works", dry_run="true", restrict="public")
    assert "API requests  at least" in done.stdout


def test_lists_and_artists_can_be_chosen(sandbox: Sandbox, crawl: Crawler) -> None:
    private = run(crawl, "private", restrict="private", user_id="1008")
    assert private.ids() == works_of(sandbox, ARTISTS[-1], 1008)
    public = run(crawl, "public", restrict="public", exclude_users=f"{ARTISTS[0]},{ARTISTS[1]}", new_only="false")
    assert public.ids() == works_of(sandbox, *ARTISTS[2:-1])
    assert not {request.query.get("user_id") for request in sandbox.requests} & {str(ARTISTS[0]), str(ARTISTS[1])}


@pytest.mark.kill
@pytest.mark.parametrize("number", [1, 9, 20])
def test_a_killed_run_is_resumed_in_the_middle_of_the_artists(sandbox: Sandbox, crawl: Crawler, number: int) -> None:
    words = crawl.words("followed_works", {}, {"files": "none", "job": "x"})
    with popen(*words, env=crawl.login) as process:
        while len([request for request in sandbox.requests if request.kind == "api"]) < number:
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    done = run(crawl, "x", new_only=None)
    assert (done.status, done.report["failures"]) == (0, []), done.log
    assert done.ids() == works_of(sandbox, *ARTISTS)
    assert sorted(done.report["artists"]["followed"]) == ARTISTS

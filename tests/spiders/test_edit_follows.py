"""The spider that follows and unfollows users."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler

from .checks import ACCOUNT, GONE, ORDINARY, RICH, api, assert_complete, assert_refused, failures

ADD, DELETE, DETAIL = "/v1/user/follow/add", "/v1/user/follow/delete", "/v1/user/follow/detail"
NEW = 1007


def methods(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in api(sandbox)]


def how(sandbox: Sandbox, user_id: int) -> str | None:
    return sandbox.world.follows.restrict(ACCOUNT, user_id)


@pytest.mark.parametrize("restrict", [None, "private"])
def test_a_user_is_followed_and_read_back(sandbox: Sandbox, crawl: Crawler, restrict: str | None) -> None:
    done = crawl("edit_follows", add=NEW, **({"restrict": restrict} if restrict else {}))
    assert_complete(done)
    assert how(sandbox, NEW) == (restrict or "public")
    (line,) = done.lines("follow_details")
    assert (line["user_id"], line["is_followed"], line["restrict"]) == (NEW, True, restrict or "public")
    assert methods(sandbox) == [("GET", DETAIL), ("POST", ADD), ("GET", DETAIL)]


def test_a_user_is_unfollowed(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("edit_follows", delete=f"{RICH},{NEW}")
    assert_complete(done)
    assert how(sandbox, RICH) is None
    assert how(sandbox, ORDINARY) == "public"
    assert methods(sandbox).count(("POST", DELETE)) == 1, "a user who is not followed is not unfollowed"
    assert [line["is_followed"] for line in done.lines("follow_details")] == [False, False]


@pytest.mark.parametrize(("restrict", "sent"), [(None, 0), ("private", 0), ("public", 1)])
def test_a_private_follow_stays_private_unless_it_is_to_be_public(
    sandbox: Sandbox, crawl: Crawler, restrict: str | None, sent: int
) -> None:
    known = sandbox.world.follows.following(ACCOUNT, "private")[0]
    assert_complete(crawl("edit_follows", add=known, **({"restrict": restrict} if restrict else {})))
    assert how(sandbox, known) == (restrict or "private")
    assert methods(sandbox).count(("POST", ADD)) == sent


def test_users_are_read_from_a_list(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    wanted = [user_id for user_id in sandbox.world.follows.following(RICH) if how(sandbox, user_id) is None][:3]
    users = tmp_path / "artists.txt"
    users.write_text("\n".join(map(str, wanted)))
    assert_complete(crawl("edit_follows", add=f"@{users}"))
    assert [how(sandbox, user_id) for user_id in wanted] == ["public"] * 3


def test_a_user_who_left_is_a_failure_and_the_others_are_followed(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("edit_follows", add=f"{GONE},{NEW}")
    assert done.status == 3
    assert failures(done) == [("follow", GONE)]
    assert how(sandbox, NEW) == "public"


def test_the_first_limit_ends_the_run(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_429", ADD))
    done = crawl("edit_follows", add=f"{NEW},{GONE}")
    assert (done.status, done.report["finish_reason"]) == (2, "rate_limited")
    assert len(api(sandbox, ADD)) == 1


def test_a_user_in_both_lists_is_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("edit_follows", add="11,12", delete="https://www.pixiv.net/users/11")
    assert_refused(done, sandbox, "11 is in both add and delete")


@pytest.mark.parametrize("arguments", [{}, {"restrict": "private"}])
def test_without_ids_nothing_is_sent(sandbox: Sandbox, crawl: Crawler, arguments: dict[str, str]) -> None:
    assert_complete(crawl("edit_follows", **arguments))
    assert api(sandbox) == []

"""A server that refuses every request ends the crawl soon, and the resumed run is complete; single refusals do not."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pixiv_crawler.api.errors import ErrorKind
from pixiv_crawler.http.refusals import MAX_REFUSALS, Refusals
from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.server import image_host
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawl, Crawler

pytestmark = pytest.mark.promise("refused")

USER = 9001
WORKS = 15
LISTING = "/v1/user/illusts"
COMMENTS = "/v3/illust/comments"
PROFILE = "/v1/user/detail"
FILES = ("/img-original/", "/img-master/", "/c/")
FAST: dict[str, Any] = {"RETRY_TIMES": 2}
# By fault: what the log says to check.
API_REFUSALS = {
    "unknown_error": "whether the account is suspended",
    "bad_parameter": "Pixiv may block this version of the app",
    "unknown_endpoint": "check PIXIV_API_URL and the proxy",
    "empty_404": "check PIXIV_API_URL and the proxy",
    "redirect": "check PIXIV_API_URL and the proxy",
    "html_403": "if the connection uses IPv6, try IPv4",
    "html_404": "whether Pixiv blocks this IP address",
    "html_200": "whether Pixiv blocks this IP address",
}


@pytest.fixture
def ids(sandbox: Sandbox) -> str:
    """Works that exist, as an argument; each takes one request. None has replies, whose requests would be in the way."""
    sandbox.add_user(User(USER, "somebody", "somebody", (WorkSpec(comments=1),) * WORKS))
    return ",".join(str(work.id) for work in sandbox.world.works(USER))


def requests(sandbox: Sandbox, kind: str = "api") -> int:
    return sum(request.kind == kind for request in sandbox.requests)


def refused(sandbox: Sandbox) -> set[str]:
    """The works whose comments were refused."""
    return {request.query["illust_id"] for request in sandbox.requests if request.path == COMMENTS}


def probes(sandbox: Sandbox) -> int:
    """The number of requests for a listing that the crawl has read."""
    return sum(request.path == LISTING for request in sandbox.requests) - 1


def refuse_files(sandbox: Sandbox, kind: str, ids: Iterable[str]) -> None:
    """Makes the image host refuse all files of some works."""
    for work in ids:
        for path in FILES:
            sandbox.add_fault(Fault(kind, path, times=None, where=f"/{work}_"))


def one_pixel() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    return file.getvalue()


def file_probes(sandbox: Sandbox, since: int = 0) -> list[int]:
    """The statuses of the requests for the headers of a file."""
    return [request.status for request in sandbox.requests[since:] if request.method == "HEAD"]


def lines(done: Crawl) -> list[dict[str, Any]]:
    """What a crawl stored, without what depends on the time and on the attempt."""
    found = [{**line, "fetched_at": ""} for name in ("illusts", "novels", "unavailable") for line in done.lines(name)]
    for line in found:
        for file in line.get("files", []):
            file["status"] = ""
    return sorted(found, key=json.dumps)


def undisturbed(sandbox: Sandbox, folder: Path, spider: str, **args: Any) -> list[dict[str, Any]]:
    return lines(Crawler(sandbox, folder / "undisturbed")(spider, **args))


@pytest.mark.parametrize("kind", API_REFUSALS)
def test_an_api_that_refuses_everything_ends_the_run_which_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, ids: str, tmp_path: Path, kind: str
) -> None:
    args = {"illust_id": ids, "files": "none", "job": "run"}
    sandbox.add_fault(Fault(kind, "/v", times=None))
    first = crawl("works", settings=FAST, **args)
    assert (first.status, first.report["finish_reason"]) == (2, "refused_everywhere"), first.log
    own_profile = [request.query["user_id"] for request in sandbox.requests if request.path == PROFILE]
    assert own_profile in (["1001"], ["1001"] * 2), "nothing else is known to work; once more if it may be transient"
    assert MAX_REFUSALS <= requests(sandbox) - len(own_profile) <= MAX_REFUSALS + FAST["RETRY_TIMES"]
    assert lines(first) == []
    assert f"ERROR: Pixiv refused {MAX_REFUSALS} requests in a row" in first.log
    assert API_REFUSALS[kind] in first.report["next"]
    sandbox.clear_faults()
    second = crawl("works", settings=FAST, **args)
    assert (second.status, second.report["failures"]) == (0, []), second.log
    assert lines(second) == undisturbed(sandbox, tmp_path, "works", **args)


@pytest.mark.parametrize("kind", ["unknown_error", "html_403"])
def test_an_api_that_begins_to_refuse_everything_in_the_middle_of_a_crawl_ends_it_too(
    sandbox: Sandbox, crawl: Crawler, ids: str, tmp_path: Path, kind: str
) -> None:
    args = {"illust_id": ids, "files": "none", "users": "true", "comments": "true", "job": "run"}
    sandbox.add_fault(Fault(kind, "/v", times=None, after=8))
    first = crawl("works", settings=FAST, **args)
    assert first.report["finish_reason"] == "refused_everywhere", first.log
    assert requests(sandbox) < 8 + 2 * MAX_REFUSALS, "a few requests are retried at the same time"
    sandbox.clear_faults()
    second = crawl("works", settings=FAST, **args)
    assert (second.status, second.report["failures"]) == (0, []), second.log
    assert lines(second) == undisturbed(sandbox, tmp_path, "works", **args)


def test_an_api_that_refuses_what_items_need_leaves_the_items_open(
    sandbox: Sandbox, crawl: Crawler, tmp_path: Path
) -> None:
    sandbox.world.add_user(USER, novels=WORKS)
    args = {"user_id": USER, "type": "novel", "text": "true", "job": "run"}
    sandbox.add_fault(Fault("unknown_endpoint", "/webview/", times=None))
    sandbox.add_fault(Fault("unknown_endpoint", "/v1/user/", times=None, after=2))
    first = crawl("user_works", settings=FAST, **args)
    assert first.report["finish_reason"] == "refused_everywhere", first.log
    assert first.lines("novels") == []
    sandbox.clear_faults()
    second = crawl("user_works", settings=FAST, **args)
    assert (second.status, second.report["failures"]) == (0, []), second.log
    assert lines(second) == undisturbed(sandbox, tmp_path, "user_works", **args)


@pytest.mark.parametrize("kind", ["empty_404", "html_403", "server_error_500"])
def test_an_endpoint_that_refuses_everything_while_others_work_does_not_end_the_run(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    sandbox.world.add_user(USER, works=30)
    sandbox.add_fault(Fault(kind, COMMENTS, times=None))
    done = crawl("user_works", user_id=USER, files="none", comments="true", settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", 30), done.log
    assert done.report["failure_counts"] == {"comments": len(refused(sandbox))}
    assert probes(sandbox) == len(refused(sandbox)) // MAX_REFUSALS, "and none in the final retry"


@pytest.mark.parametrize("visible", [slice(1), slice(WORKS - 1, WORKS), slice(0)], ids=["first", "last", "none"])
def test_works_that_this_account_may_not_see_do_not_end_the_run(
    sandbox: Sandbox, crawl: Crawler, ids: str, visible: slice
) -> None:
    works = ids.split(",")
    for hidden in {*works} - {*works[visible]}:
        sandbox.add_fault(Fault("unknown_error", "/v1/illust/detail", times=None, where=hidden))
    done = crawl("works", illust_id=ids, files="none", settings=FAST)
    assert [str(line["id"]) for line in done.lines("illusts")] == works[visible], done.log
    assert {line["reason"] for line in done.lines("unavailable")} == {"private"}
    assert len(done.lines("illusts")) + len(done.lines("unavailable")) == WORKS
    assert (done.status, done.report["finish_reason"]) == (3, "finished")


@pytest.mark.parametrize("kind", ["server_error_500", "reset"])
def test_a_probe_that_fails_for_a_moment_does_not_decide(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.world.add_user(USER, works=30)
    sandbox.add_fault(Fault("empty_404", COMMENTS, times=None))
    sandbox.add_fault(Fault(kind, LISTING, after=1))
    done = crawl("user_works", user_id=USER, files="none", comments="true", settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", 30), done.log
    assert probes(sandbox) == len(refused(sandbox)) // MAX_REFUSALS + 1


def test_a_resumed_run_knows_a_call_that_worked(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USER, works=30)
    args = {"user_id": USER, "files": "none", "comments": "true", "job": "run"}
    sandbox.add_fault(Fault("empty_404", "/v", times=None, after=2))
    first = crawl("user_works", settings=FAST, **args)
    assert first.report["finish_reason"] == "refused_everywhere", first.log
    assert probes(sandbox) == 1
    sandbox.clear_faults()
    sandbox.add_fault(Fault("empty_404", COMMENTS, times=None))
    second = crawl("user_works", settings=FAST, **args)
    assert (second.report["finish_reason"], len(second.lines("illusts"))) == ("finished", 30), second.log
    assert second.report["failure_counts"] == {"comments": len(refused(sandbox))}


@pytest.mark.parametrize("spider", ["user_works", "works"])
@pytest.mark.parametrize("kind", ["html_403", "redirect"])
def test_an_image_host_that_refuses_everything_ends_the_run_which_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, ids: str, tmp_path: Path, kind: str, spider: str
) -> None:
    args = {"user_id": USER} if spider == "user_works" else {"illust_id": ids}
    sandbox.add_fault(Fault(kind, "/img-original/", times=None))
    first = crawl(spider, job="run", settings=FAST, **args)
    assert (first.status, first.report["finish_reason"]) == (2, "refused_everywhere"), first.log
    assert MAX_REFUSALS <= requests(sandbox, "file") < 2 * MAX_REFUSALS, "some are sent at the same time"
    assert first.lines("illusts") == []
    assert "check PIXIV_IMAGE_URL and the proxy" in first.report["next"]
    sandbox.clear_faults()
    second = crawl(spider, job="run", settings=FAST, **args)
    assert (second.status, second.report["failures"]) == (0, []), second.log
    assert lines(second) == undisturbed(sandbox, tmp_path, spider, **args)


@pytest.mark.parametrize("kind", ["html_403", "html_404", "html_503"])
def test_files_that_are_refused_among_works_that_are_on_disk_do_not_end_the_run(
    sandbox: Sandbox, crawl: Crawler, ids: str, kind: str
) -> None:
    sandbox.world.add_user(USER + 1, works=3)
    earlier = crawl("user_works", user_id=USER + 1)
    shutil.rmtree(earlier.run_folder)
    before = len(sandbox.requests)
    refuse_files(sandbox, kind, ids.split(","))
    done = crawl("user_works", user_id=f"{USER + 1},{USER}", job="later", settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", 3 + WORKS), done.log
    assert done.report["failure_counts"] == {"file": WORKS}
    assert file_probes(sandbox, before) == [200]


def test_a_probe_of_the_image_host_that_fails_for_a_moment_does_not_decide(
    sandbox: Sandbox, crawl: Crawler, ids: str
) -> None:
    known = ids.split(",")[0]
    shutil.rmtree(crawl("works", illust_id=known).run_folder)
    sandbox.add_fault(Fault("server_error_500", "/img-original/", where=f"/{known}_"))
    refuse_files(sandbox, "html_403", ids.split(",")[1:])
    before = len(sandbox.requests)
    done = crawl("user_works", user_id=USER, settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", WORKS), done.log
    assert file_probes(sandbox, before) == [500, 200]


def test_a_file_that_was_received_and_is_being_stored_shows_that_the_host_works(
    sandbox: Sandbox, crawl: Crawler, ids: str
) -> None:
    refuse_files(sandbox, "html_403", ids.split(",")[1:])
    done = crawl("user_works", user_id=USER, settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", WORKS), done.log
    assert done.report["failure_counts"] == {"file": WORKS - 1}


def test_a_resumed_run_knows_a_file_that_was_downloaded(sandbox: Sandbox, crawl: Crawler, ids: str) -> None:
    sandbox.world.add_user(USER + 1, works=3)
    args = {"user_id": f"{USER + 1},{USER}", "job": "run"}
    sandbox.add_fault(Fault("html_403", "/img-original/", times=None, after=3))
    first = crawl("user_works", settings=FAST, **args)
    assert first.report["finish_reason"] == "refused_everywhere", first.log
    assert {*file_probes(sandbox)} == {403}
    assert len(file_probes(sandbox)) <= 4, "at most three that were stored, and the last one that was received"
    sandbox.clear_faults()
    before = len(sandbox.requests)
    refuse_files(sandbox, "html_403", ids.split(","))
    second = crawl("user_works", settings=FAST, **args)
    assert (second.report["finish_reason"], len(second.lines("illusts"))) == ("finished", 3 + WORKS), second.log
    assert second.report["failure_counts"] == {"file": WORKS}
    assert file_probes(sandbox, before) == [200]


def test_an_image_host_that_sends_one_image_in_place_of_all_others_ends_the_run(
    sandbox: Sandbox, crawl: Crawler, ids: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.world.add_user(USER + 1, works=3)
    shutil.rmtree(crawl("user_works", user_id=USER + 1).run_folder)
    args = {"user_id": USER, "job": "run"}
    with monkeypatch.context() as patch:
        patch.setattr(image_host, "find_file", lambda _world, _path: one_pixel())
        first = crawl("user_works", settings=FAST, **args)
        assert first.report["finish_reason"] == "refused_everywhere", first.log
        assert "returned the same damaged file for several URLs" in first.log
        assert [line["files"][0]["status"] for line in first.lines("illusts")] == ["damaged"]
        again = crawl("user_works", settings=FAST, **args)
        assert again.report["finish_reason"] == "refused_everywhere", again.log
        assert len(again.lines("illusts")) == 1
    done = crawl("user_works", settings=FAST, **args)
    assert (done.status, len(done.lines("illusts"))) == (0, WORKS), done.log


def test_an_image_host_without_any_file_ends_the_run(sandbox: Sandbox, crawl: Crawler, ids: str) -> None:
    for path in FILES:
        sandbox.add_fault(Fault("html_404", path, times=None))
    done = crawl("user_works", user_id=USER, settings=FAST)
    assert (done.report["finish_reason"], done.lines("illusts")) == ("refused_everywhere", []), done.log


def test_a_work_whose_pages_are_all_gone_does_not_end_the_run(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(51, works=1, pages=12)
    for path in FILES:
        sandbox.add_fault(Fault("html_404", path, times=None))
    done = crawl("user_works", user_id=51, settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", 1), done.log
    assert done.report["failure_counts"] == {"file": 12}


def test_originals_that_are_gone_are_not_refused(sandbox: Sandbox, crawl: Crawler, ids: str) -> None:
    sandbox.add_fault(Fault("html_404", "/img-original/", times=None))
    done = crawl("user_works", user_id=USER, settings=FAST)
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", WORKS), done.log


@pytest.mark.parametrize("host", ["/v1/", "/img-original/"])
def test_a_misdirected_request_stops_the_run_at_once(sandbox: Sandbox, crawl: Crawler, ids: str, host: str) -> None:
    sandbox.add_fault(Fault("misdirected_421", host, times=None))
    settings = FAST | {"PIXIV_IMAGE_CONCURRENCY": 1}
    first = crawl("works", illust_id=ids, job="run", settings=settings)
    assert (first.status, first.report["finish_reason"]) == (2, "refused_everywhere"), first.log
    assert sum(request.status == 421 for request in sandbox.requests) == 1
    assert "a proxy, a mirror or an entry in the hosts file leads to the wrong server" in first.report["next"]
    assert (lines(first), first.report["failures"]) == ([], [])
    sandbox.clear_faults()
    second = crawl("works", illust_id=ids, job="run", settings=settings)
    assert (second.status, len(second.lines("illusts"))) == (0, WORKS), second.log


def test_no_probe_follows_a_misdirected_request(sandbox: Sandbox, crawl: Crawler, ids: str) -> None:
    sandbox.add_fault(Fault("misdirected_421", "/v1/", times=None, after=2))
    crawl("works", illust_id=ids, files="none", settings=FAST)
    assert [request.status for request in sandbox.requests if request.kind == "api"] == [200, 200, 421]


def test_a_request_that_changes_something_is_never_a_probe(sandbox: Sandbox, crawl: Crawler, ids: str) -> None:
    sandbox.add_fault(Fault("unknown_error", "/v", times=None, after=2))
    done = crawl("edit_bookmarks", add=ids, settings=FAST)
    assert done.report["finish_reason"] == "refused_everywhere", done.log
    methods = [request.method for request in sandbox.requests if request.kind == "api"]
    assert (methods[:2], methods.count("POST"), methods[-1]) == (["GET", "POST"], 1, "GET")
    assert len(methods) == 2 + MAX_REFUSALS + 1


def test_a_misdirected_login_stops_the_run_at_once(sandbox: Sandbox, crawl: Crawler, ids: str) -> None:
    sandbox.add_fault(Fault("misdirected_421", "/auth/token", times=None))
    done = crawl("works", illust_id=ids, settings=FAST)
    assert (done.status, done.report["finish_reason"], len(sandbox.requests)) == (2, "login_failed", 1)
    assert "a proxy, a mirror or an entry in the hosts file" in done.log


@pytest.mark.parametrize(
    ("kind", "reason"), [("not_found_404", "deleted"), ("private_403", "private"), ("restricted_403", "user_gone")]
)
@pytest.mark.parametrize("language", ["en", "zh-tw"])
def test_a_list_of_works_that_are_not_available_is_not_refused_and_the_reason_is_right_in_every_language(
    sandbox: Sandbox, crawl: Crawler, ids: str, kind: str, reason: str, language: str
) -> None:
    sandbox.add_fault(Fault(kind, "/v1/illust/detail", times=None))
    done = crawl("works", illust_id=ids, settings=FAST | {"PIXIV_LANGUAGE": language})
    assert done.report["finish_reason"] == "finished", done.log
    assert [line["reason"] for line in done.lines("unavailable")] == [reason] * WORKS
    assert requests(sandbox) == (WORKS if language == "en" else 2 * WORKS), (
        "messages in zh-tw are requested in English"
    )


def test_a_refusal_that_passes_leaves_no_trace_of_the_request_in_english(
    sandbox: Sandbox, crawl: Crawler, ids: str, tmp_path: Path
) -> None:
    args = {"illust_id": ids, "files": "none", "settings": FAST | {"PIXIV_LANGUAGE": "ja"}}
    sandbox.add_fault(Fault("unknown_error", "/v1/illust/detail"))
    done = crawl("works", **args)
    assert (done.status, requests(sandbox)) == (0, WORKS + 2), "once in English, then in Japanese again"
    assert lines(done) == undisturbed(sandbox, tmp_path, "works", **args)


def test_a_ban_in_another_language_is_requested_in_english_only_once(
    sandbox: Sandbox, crawl: Crawler, ids: str
) -> None:
    settings = FAST | {"PIXIV_LANGUAGE": "ko"}
    sandbox.add_fault(Fault("unknown_error", "/v", times=None))
    done = crawl("works", illust_id=ids, settings=settings)
    assert done.report["finish_reason"] == "refused_everywhere"
    assert requests(sandbox) == MAX_REFUSALS + 2, "one of them is a probe"


def test_usable_responses_in_between_prove_that_not_everything_is_refused(
    sandbox: Sandbox, crawl: Crawler, ids: str
) -> None:
    for after in range(3):
        sandbox.add_fault(Fault("unknown_error", "/v1/illust/detail", times=4, after=after))
    done = crawl("works", illust_id=ids, files="none", settings=FAST)
    assert (done.status, len(done.lines("illusts")), done.report["failures"]) == (0, WORKS, []), done.log


def test_few_works_that_this_account_may_not_see_are_private_after_a_second_request(
    sandbox: Sandbox, crawl: Crawler, ids: str
) -> None:
    sandbox.add_fault(Fault("unknown_error", "/v1/illust/detail", times=None, where=ids.split(",")[0]))
    done = crawl("works", illust_id=ids, files="none", settings=FAST)
    assert [(line["id"], line["reason"]) for line in done.lines("unavailable")] == [
        (int(ids.split(",")[0]), "private")
    ]
    assert (done.report["finish_reason"], len(done.lines("illusts"))) == ("finished", WORKS - 1)
    assert requests(sandbox) == WORKS + 1


def test_refusals_are_counted_by_kind_and_request() -> None:
    refusals = Refusals()
    assert not any(refusals.add(ErrorKind.NOT_JSON, "the same") for _ in range(50))
    assert not any(refusals.add(kind, str(n)) for n in range(50) for kind in (ErrorKind.NOT_JSON, ErrorKind.UNKNOWN))
    refusals.clear()
    assert [refusals.add(ErrorKind.FORBIDDEN, str(n)) for n in range(10)] == [False] * 9 + [True]
    assert refusals.continues(ErrorKind.FORBIDDEN)
    refusals.clear()
    assert not refusals.continues(ErrorKind.FORBIDDEN)
    assert not refusals.add(ErrorKind.FORBIDDEN, "another")

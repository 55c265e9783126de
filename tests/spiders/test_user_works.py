"""Crawls of user_works, each against a separate simulated Pixiv."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from pixiv_crawler.layout.paths import default_job
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler

RICH, LIMITED, WITHOUT_WORKS, GONE, SUSPENDED, ORDINARY = 2188232, 1002, 1003, 1004, 1005, 1008


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """A crawl of all works of a user."""
    with Sandbox() as sandbox:
        return Crawler(sandbox, tmp_path_factory.mktemp("rich"))(user_id=RICH)


def test_all_works_and_all_files_of_a_user_are_collected(rich: Crawl) -> None:
    works = rich.lines("illusts")
    assert rich.status == 0, rich.log
    assert len(works) == 74
    assert {work["type"] for work in works} == {"illust", "manga", "ugoira"}
    assert sorted(work["source"]["position"] for work in works) == list(range(1, 75))
    files = [file for work in works for file in work["files"]]
    assert sorted(rich.files) == sorted(file["path"] for file in files)
    assert len(files) == len(rich.files) == rich.report["files"]["downloaded"]
    assert rich.report["finish_reason"] == "finished"
    assert rich.report["lines"] == {"illust": 74}
    assert rich.report["failures"] == []


def test_files_are_valid_images_with_correct_size_and_hash(rich: Crawl) -> None:
    files = rich.files
    for work in rich.lines("illusts"):
        assert len(work["files"]) == (work["page_count"] if work["type"] != "ugoira" else 1)
        for file in work["files"]:
            content = files[file["path"]].read_bytes()
            assert file["status"] == "downloaded"
            assert file["size"] == len(content)
            assert file["sha256"] == hashlib.sha256(content).hexdigest()
            if work["type"] != "ugoira":
                with Image.open(files[file["path"]]) as image:
                    image.load()


def test_a_listing_is_read_on_while_files_are_downloaded(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(50, works=31)
    assert crawl(user_id=50, settings={"CONCURRENT_ITEMS": 1}).status == 0
    requested = [request.path for request in sandbox.requests]
    last_page = len(requested) - 1 - requested[::-1].index("/v1/user/illusts")
    assert [request.kind for request in sandbox.requests[:last_page]].count("file") < 5


def test_an_animation_is_stored_as_a_zip_with_frame_delays(crawl: Crawler) -> None:
    (work,) = crawl(user_id=RICH, type="ugoira", max_works=1).lines("illusts")
    assert work["file_urls"] == [work["ugoira_metadata"]["zip_urls"]["medium"].replace("600x600", "1920x1080")]
    assert work["files"][0]["path"].endswith(".zip")
    assert work["files"][0]["size_name"] == "1920x1080"
    assert all(frame["delay"] > 0 for frame in work["ugoira_metadata"]["frames"])


def test_images_are_requested_with_the_referer_and_without_the_token(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=ORDINARY, max_works=5)
    files = [request for request in sandbox.requests if request.kind == "file"]
    assert files
    assert {request.headers["referer"] for request in files} == {"https://app-api.pixiv.net/"}
    assert not any("authorization" in request.headers for request in files)


def test_files_none_requests_no_files(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=RICH, files="none")
    assert len(done.lines("illusts")) == 74
    requested = {request.path for request in sandbox.requests if request.kind != "oauth"}
    assert requested == {"/v1/user/detail", "/v1/user/illusts"}


@pytest.mark.parametrize("size", ["large", "medium", "square_medium"])
def test_files_are_downloaded_in_the_requested_size(crawl: Crawler, size: str) -> None:
    works = crawl(user_id=RICH, files=size, type="manga", max_works=3).lines("illusts")
    for work in works:
        pages = [page["image_urls"][size] for page in work["meta_pages"]] or [work["image_urls"][size]]
        assert work["file_urls"] == pages
        assert all(file["status"] == "downloaded" for file in work["files"])
        assert all(file["path"].startswith(f"{size}/{RICH}/") for file in work["files"])


@pytest.mark.parametrize(("type_", "type_parameter"), [("illust", "illust"), ("manga", "manga"), ("ugoira", None)])
def test_only_works_of_the_requested_type_are_collected(
    sandbox: Sandbox, crawl: Crawler, type_: str, type_parameter: str | None
) -> None:
    works = crawl(user_id=RICH, type=type_, files="none").lines("illusts")
    assert {work["type"] for work in works} == {type_}
    first = next(request for request in sandbox.requests if request.path == "/v1/user/illusts")
    assert first.query.get("type") == type_parameter  # Pixiv returns 400 for ugoira


def test_several_users_are_collected_one_after_the_other(crawl: Crawler) -> None:
    done = crawl(user_id=f"{ORDINARY}, https://www.pixiv.net/en/users/{RICH}/artworks", files="none")
    users = [work["user"]["id"] for work in done.lines("illusts")]
    assert users == [ORDINARY] * 35 + [RICH] * 74


def test_max_works_ends_a_crawl_without_requesting_another_listing(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=f"{ORDINARY},{RICH}", max_works=7, files="none")
    assert done.status == 0
    assert len(done.lines("illusts")) == 7
    requested = [request.path for request in sandbox.requests if request.kind == "api"]
    assert requested == ["/v1/user/detail", "/v1/user/illusts"]


def test_a_limited_work_is_a_line_of_unavailable(crawl: Crawler) -> None:
    done = crawl(user_id=LIMITED)
    unavailable = done.lines("unavailable")
    assert done.status == 0
    assert len(done.lines("illusts")) == 8
    assert sorted(line["reason"] for line in unavailable) == ["mypixiv", "sanity_level", "sanity_level", "unknown"]
    assert all("/common/images/limit_" in line["evidence"]["image"] for line in unavailable)
    assert done.report["unavailable"] == {"sanity_level": 2, "mypixiv": 1, "unknown": 1}


@pytest.mark.parametrize("user_id", [GONE, SUSPENDED])
def test_a_deleted_user_among_others_is_unavailable_and_not_a_failure(crawl: Crawler, user_id: int) -> None:
    done = crawl(user_id=f"{user_id},{ORDINARY}", files="none")
    assert done.status == 0
    assert len(done.lines("illusts")) == 35
    (line,) = done.lines("unavailable")
    assert (line["type"], line["id"], line["reason"]) == ("user", user_id, "user_gone")
    assert done.report["failures"] == []
    assert "Traceback" not in done.log


def test_a_user_without_works_is_not_a_failure(crawl: Crawler) -> None:
    done = crawl(user_id=WITHOUT_WORKS)
    assert done.status == 0
    assert done.report["failures"] == []
    assert "has no works" in done.log


def test_a_second_run_reuses_valid_files_and_replaces_the_others(sandbox: Sandbox, crawl: Crawler) -> None:
    first = crawl(user_id=ORDINARY, job="first")
    valid, truncated, empty, *_ = (path for name, path in sorted(first.files.items()) if name.endswith(".jpg"))
    before = truncated.read_bytes(), empty.read_bytes()
    truncated.write_bytes(before[0][:-10])
    empty.write_bytes(b"")
    request_count = len(sandbox.requests)
    (crawl.data / "user_works" / "first").rename(crawl.data.parent / "first")
    second = crawl(user_id=ORDINARY, job="second")
    files = [request.path for request in sandbox.requests[request_count:] if request.kind == "file"]
    assert len(files) == 2
    assert (truncated.read_bytes(), empty.read_bytes()) == before
    assert second.report["files"]["kept"] == len(first.files) - 2
    assert "'pixiv/store/broken': 2" in second.log
    assert valid.stat().st_size > 0


def test_files_are_stored_according_to_the_template(crawl: Crawler) -> None:
    done = crawl(
        user_id=RICH, settings={"PIXIV_FILE_PATH": "{user_id} {user_name}/{title}_{illust_id}_{page:03}{ext}"}
    )
    assert done.status == 0, done.log
    works = done.lines("illusts")
    assert sorted(file["path"] for work in works for file in work["files"]) == sorted(done.files)
    assert all(len(part.encode()) <= 255 for path in done.files for part in path.split("/"))


def test_a_failed_file_is_reported_with_its_cause(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("not_found_404", "/c/"))
    done = crawl(user_id=ORDINARY, files="square_medium")
    failed = [file for work in done.lines("illusts") for file in work["files"] if file["status"] == "failed"]
    assert done.status == 3
    assert len(done.lines("illusts")) == 35
    assert [file["error"] for file in failed] == ["Pixiv's image host returned HTTP 404"]
    assert failed[0]["path"] not in done.files
    assert [failure["source"] for failure in done.report["failures"]] == [failed[0]["url"]]
    assert "Traceback" not in done.log


@pytest.mark.parametrize("kind", ["truncated", "short_body", "empty_file", "html_file", "html_503", "reset"])
def test_an_invalid_file_is_requested_again(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/img-original/", times=3))
    done = crawl(user_id=ORDINARY, max_works=4)
    assert done.status == 0, done.log
    assert len(done.files) == done.report["files"]["downloaded"]
    for path in done.files.values():
        with Image.open(path) as image:
            image.load()


@pytest.mark.parametrize("kind", ["short_body", "html_file", "empty_file"])
def test_a_file_that_is_always_invalid_is_not_stored(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/c/", times=None))
    done = crawl(user_id=ORDINARY, files="large", max_works=2, settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert done.files == {}
    assert {file["status"] for work in done.lines("illusts") for file in work["files"]} == {"failed"}


def test_all_lines_can_be_written_to_one_file(crawl: Crawler, tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"
    done = crawl(user_id=LIMITED, files="none", output=target)
    kinds = [json.loads(line)["kind"] for line in target.read_text("utf-8").splitlines()]
    assert sorted(kinds) == ["illust"] * 8 + ["unavailable"] * 4
    assert len(done.lines("illusts")) == 8, "the files of the run are still written"
    assert done.report["lines"] == {"illust": 8, "unavailable": 4}


def test_csv_and_json_feeds_can_be_written(crawl: Crawler, tmp_path: Path) -> None:
    crawl(user_id=ORDINARY, files="none", output=tmp_path / "all.csv")
    crawl(user_id=ORDINARY, files="none", output=tmp_path / "all.json")
    assert len((tmp_path / "all.csv").read_text("utf-8").splitlines()) == 36
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))) == 35


def test_runs_that_start_in_the_same_second_get_separate_folders(crawl: Crawler) -> None:
    (crawl.data / "user_works").mkdir(parents=True)
    now = datetime.now(UTC)
    taken = [default_job(now + timedelta(seconds=seconds)) for seconds in range(60)]
    for job in taken:
        (crawl.data / "user_works" / job).mkdir()
    done = crawl(user_id=ORDINARY, files="none")
    assert done.status == 0
    assert done.report["job"].removesuffix("-2") in taken


def test_a_job_of_scrapyd_names_the_run(crawl: Crawler) -> None:
    assert crawl(user_id=ORDINARY, files="none", _job="6487ec79947edab3").report["job"] == "6487ec79947edab3"

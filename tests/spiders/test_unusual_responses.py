"""Responses that are valid JSON with unusual content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler
from tests.sample_responses import illust, record, user_illusts

CrawlResponses = Callable[..., Crawl]


@pytest.fixture
def crawl_responses(tmp_path: Path) -> CrawlResponses:
    """Crawls user 77, who has the given listings."""

    def run(*listings: dict[str, Any], **args: Any) -> Crawl:
        for number, listing in enumerate(listings):
            record(tmp_path / "samples", f"user_illusts__{number}", listing)
        with Sandbox(samples=tmp_path / "samples") as sandbox:
            return Crawler(sandbox, tmp_path)(**({"user_id": 77} | args))

    return run


def test_a_work_in_two_listings_is_one_line(crawl_responses: CrawlResponses) -> None:
    first = user_illusts(illust(3), illust(2), next_offset=30)
    second = user_illusts(illust(2), illust(1), next_offset=60)
    done = crawl_responses(first, second, files="none")
    assert [work["id"] for work in done.lines("illusts")] == [3, 2, 1]
    assert [work["source"]["position"] for work in done.lines("illusts")] == [1, 2, 4]


@pytest.mark.parametrize("next_url", ["nowhere", "/etc/passwd", "https://app-api.pixiv.net/v1/user/illusts?filter=for_ios&user_id=77"])  # fmt: skip
def test_an_invalid_next_url_is_a_failure_and_the_works_so_far_are_collected(
    crawl_responses: CrawlResponses, next_url: str
) -> None:
    done = crawl_responses(user_illusts(illust(1), next_url=next_url), user_id="77,1008", files="none")
    assert done.status == 3
    assert len(done.lines("illusts")) == 1 + 35, "the next user is still collected"
    assert [failure["what"] for failure in done.report["failures"]] == ["listing"]
    assert "Traceback" not in done.log


@pytest.mark.parametrize("url", ["", "http://[", "img.jpg", "file:///etc/passwd", None])
def test_an_image_without_a_valid_url_is_a_failure_and_its_work_is_collected(
    crawl_responses: CrawlResponses, url: str | None
) -> None:
    page = {"original_image_url": url} if url is not None else {}
    done = crawl_responses(user_illusts(illust(1, meta_single_page=page), illust(2)))
    assert done.status == 3
    assert [(work["id"], len(work["files"])) for work in done.lines("illusts")] == [(1, 0), (2, 1)]
    assert [(failure["what"], failure["id"]) for failure in done.report["failures"]] == [("file", 1)]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/img/1_p0.png",
        "http://127.0.0.1:9/img/1_p0.png",
        "https://i.pximg.net.elsewhere.example/1_p0.png",
        "https://pximg.net/1_p0.png",
    ],
)
def test_a_file_on_another_host_is_not_requested_and_its_work_is_collected(
    crawl_responses: CrawlResponses, url: str
) -> None:
    done = crawl_responses(user_illusts(illust(1, meta_single_page={"original_image_url": url}), illust(2)))
    assert done.status == 3
    failed, downloaded = sorted(done.lines("illusts"), key=lambda work: work["id"])
    assert [file["status"] for work in (failed, downloaded) for file in work["files"]] == ["failed", "downloaded"]
    assert failed["files"][0]["error"].startswith(f"{url!r} is not on Pixiv's image hosts")


@pytest.mark.parametrize("url", ["http://[", "", "avatar.png", "https://elsewhere.example/a.png", "\x00", "https://i.pximg.net:x/a.png"])  # fmt: skip
def test_an_avatar_without_a_valid_url_is_a_failure_and_its_user_is_collected(tmp_path: Path, url: str) -> None:
    user = illust(1)["user"] | {"profile_image_urls": {"medium": url}, "comment": ""}
    detail = {"user": user, "profile": {"background_image_url": url}, "profile_publicity": {}, "workspace": {}}
    record(tmp_path / "samples", "user_detail__0", detail)
    with Sandbox(samples=tmp_path / "samples") as sandbox:
        done = Crawler(sandbox, tmp_path)("users", user_id=77, extras="avatar,background")
    assert done.status == 3
    assert [line["user"]["id"] for line in done.lines("users")] == [77]
    assert {failure["what"] for failure in done.report["failures"]} == {"file"}
    assert "Traceback" not in done.log


@pytest.mark.parametrize(
    "entry",
    [
        None, 5, "work", [], {}, {"id": 4},
        illust(4, page_count="3"), illust(4, tags=None), illust(4, user=None), illust(4, image_urls=[]),
        illust(4) | {"id": None}, illust(4, title="x", meta_pages=[{"image_urls": {}}]), illust(4, user={"id": 0}) | {"id": "4"},
    ],
    ids=str,
)  # fmt: skip
def test_an_invalid_entry_is_rejected(crawl_responses: CrawlResponses, entry: Any) -> None:
    done = crawl_responses(user_illusts(illust(1), entry, illust(2)), files="none")
    assert done.status == 3
    assert [work["id"] for work in done.lines("illusts")] == [1, 2]
    (line,) = done.lines("rejected")
    assert (line["raw"], line["type"], line["source"]["position"]) == (entry, "illust", 2)
    assert line["error"]
    assert "Traceback" not in done.log


def test_what_the_arguments_exclude_is_not_missing(crawl_responses: CrawlResponses) -> None:
    """Neither an invalid work of another type, nor the files of a work that a filter drops."""
    invalid = illust(1, type="manga", title=None)
    without_url = illust(2, page_count=3, total_bookmarks=1)
    done = crawl_responses(
        user_illusts(invalid, without_url, illust(3, total_bookmarks=9)), type="illust", min_bookmarks=5
    )
    assert [work["id"] for work in done.lines("illusts")] == [3]
    assert (done.status, done.report["failures"], done.lines("rejected")) == (0, [], [])


def test_a_lone_surrogate_in_a_title_is_replaced(crawl_responses: CrawlResponses) -> None:
    done = crawl_responses(user_illusts(illust(1, title="cut \ud83d"), illust(2)), files="none")
    assert [work["title"] for work in done.lines("illusts")] == ["cut \ufffd", "作品 2"]
    assert done.status == 0


def test_works_with_unusual_titles_have_lines_and_files(crawl_responses: CrawlResponses) -> None:
    titles = ["../../up", "CON", "a/b\\c", "\u202eabc", "x" * 10_000, "\x00\x1f", "🙂" * 300, ".", "", "／⁄∕"]
    works = [illust(number, title=title) for number, title in enumerate(titles, 1)]
    template = {"PIXIV_FILE_PATH": "{title}/{title} {illust_id}_{page}{ext}"}
    done = crawl_responses(user_illusts(*works), settings=template)
    assert done.status == 0, done.log
    assert [work["title"] for work in sorted(done.lines("illusts"), key=lambda work: work["id"])] == titles
    assert len(done.files) == len(titles)
    written = {path.relative_to(done.data).parts[0] for path in done.data.rglob("*")}
    assert written == {"files", "user_works", "state.db"}


def test_a_work_with_numbers_beyond_64_bits_is_collected_or_rejected(crawl_responses: CrawlResponses) -> None:
    done = crawl_responses(user_illusts(illust(1, total_view=2**70)), files="none")
    assert done.lines("illusts") or done.lines("rejected")


def test_fields_of_pixiv_with_the_names_of_ours_are_ignored(crawl_responses: CrawlResponses) -> None:
    theirs = {"files": "theirs", "file_urls": 5, "fetched_at": 1, "source": "theirs", "kind": "theirs"}
    done = crawl_responses(user_illusts(illust(1, **theirs)))
    (work,) = done.lines("illusts")
    assert work["kind"] == "illust"
    assert work["files"][0]["status"] == "downloaded"
    assert sorted(done.report["new_fields"]) == sorted(f"illust.{name}" for name in theirs)

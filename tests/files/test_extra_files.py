"""Additional images: avatars, profile backgrounds and covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.media import image_urls
from pixiv_crawler.sandbox.media.novel_image_urls import cover_stem, master_path
from tests.crawling import Crawler
from tests.runs import Run, by_id, paths, run

RICH, EMPTY, ORDINARY, SERIAL, ODD = 2188232, 1003, 1008, 1020, 1030
MANGA, NOVELS = 300017, 900014
WITHOUT_COVER = 15177003
ALL = "avatar,background,cover"


@dataclass
class Runs:
    """Several runs in one data folder."""

    works: Run
    again: Run
    users: Run
    series: Run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    with Sandbox() as sandbox:
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("extras"))
        novels: dict[str, Any] = {"user_id": f"{RICH},{ODD}", "type": "novel", "extras": ALL}
        yield Runs(
            works=run(crawl, sandbox, "user_works", "works", **novels),
            again=run(crawl, sandbox, "user_works", "again", **novels),
            users=run(crawl, sandbox, "users", "users", user_id=f"{SERIAL},{EMPTY}", extras="avatar,background"),
            series=run(
                crawl,
                sandbox,
                "series",
                "series",
                series_id=MANGA,
                novel_series_id=NOVELS,
                extras="cover",
                files="none",
            ),
        )


def users_of(done: Run) -> dict[int, dict[str, Any]]:
    return {line["user"]["id"]: line for line in done.lines("users")}


def test_each_artist_of_the_works_is_requested_once_and_has_files(runs: Runs) -> None:
    assert (runs.works.status, runs.works.report["failures"]) == (0, []), runs.works.log
    assert len(runs.works.lines("novels")) > 20
    # The profile that has the counts of a user's works also becomes the user's line.
    assert runs.works.requested("api").count("/v1/user/detail") == 2
    lines = users_of(runs.works)
    assert lines.keys() == {RICH, ODD}
    assert paths(lines[ODD], "downloaded") == [f"users/{ODD}/avatar.jpg", f"users/{ODD}/background.gif"]
    for line in lines.values():
        assert [file["size_name"] for file in line["files"]] == ["original", "original"]
        assert len(line["file_urls"]) == len(line["files"])
        assert set(paths(line)) <= runs.works.files.keys()


def test_images_are_stored_in_full_size(runs: Runs) -> None:
    shown = image_urls.avatar_path(ODD)
    assert shown.replace("_170", "") in runs.works.requested("file")
    assert shown not in runs.works.requested("file")
    with Image.open(runs.works.file(f"users/{ODD}/avatar.jpg")) as avatar:
        assert min(avatar.size) > 170
    with Image.open(runs.works.file(f"users/{ODD}/background.gif")) as background:
        assert background.format == "GIF"


def test_novels_have_covers_except_default_ones(runs: Runs) -> None:
    lines = by_id(runs.works.lines("novels"))
    for id_, line in lines.items():
        has_cover = "/novel-cover-master/" in line["image_urls"]["large"]
        assert [path.rpartition(".")[0] for path in paths(line)] == [f"novel_covers/{id_}"] * has_cover
    assert paths(lines[WITHOUT_COVER]) == []
    assert not [line for line in lines.values() if line["text"]]


def test_a_second_run_collects_profiles_and_requests_no_files(runs: Runs) -> None:
    assert runs.again.requested("file") == []
    assert users_of(runs.again).keys() == {RICH, ODD}
    assert runs.again.report["files"].keys() == {"kept", "bytes"}


def test_users_have_their_images_if_they_exist(runs: Runs) -> None:
    assert (runs.users.status, runs.users.report["failures"]) == (0, []), runs.users.log
    lines = users_of(runs.users)
    stems = [path.rpartition(".")[0] for path in paths(lines[SERIAL], "downloaded")]
    assert stems == [f"users/{SERIAL}/avatar", f"users/{SERIAL}/background"]
    assert (lines[EMPTY]["files"], lines[EMPTY]["file_urls"]) == ([], [])


def test_series_have_their_covers(runs: Runs) -> None:
    assert (runs.series.status, runs.series.report["failures"]) == (0, []), runs.series.log
    (line,) = runs.series.lines("illust_series")
    assert paths(line, "downloaded") == [f"series/{MANGA}/cover.jpg"]
    assert line["files"][0]["size_name"] == "original"
    assert runs.series.requested("file") == [image_urls.series_cover_path(MANGA)], "the covers of novels are reused"
    assert not any(work["files"] for work in runs.series.lines("illusts"))
    assert {path for novel in runs.series.lines("novels") for path in paths(novel)} <= runs.series.files.keys()
    assert runs.series.lines("users") == []


def test_without_a_full_size_the_listed_size_is_stored_without_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    avatar = image_urls.avatar_path(ODD)
    novel = next(novel for novel in sandbox.world.novels_of(ODD) if novel.spec.has_cover)
    for full in (avatar.replace("_170", ""), "/background/", "/novel-cover-original/"):
        sandbox.add_fault(Fault("empty_404", full, times=None))
    args = {"novel_id": novel.id, "extras": ALL}
    first = run(crawl, sandbox, "works", "first", **args)
    assert (first.status, first.report["failures"]) == (0, []), first.log
    lines = [*first.lines("users"), *first.lines("novels")]
    files = [file for line in lines for file in line["files"]]
    assert [(file["status"], file["size_name"]) for file in files] == [("downloaded", "large")] * 3
    requested = first.requested("file")
    assert requested.index(avatar.replace("_170", "")) < requested.index(avatar)
    assert [path for path in requested if path.endswith(master_path(cover_stem(novel)))]
    again = run(crawl, sandbox, "works", "again", **args)
    assert again.report["files"] == {"kept": 3, "bytes": 0}
    assert again.files.keys() == first.files.keys()


def test_a_missing_image_is_a_failure_and_the_profile_is_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("empty_404", "/user-profile/", times=None))
    done = crawl("users", user_id=ODD, extras="avatar,background")
    (line,) = done.lines("users")
    assert (done.status, [file["status"] for file in line["files"]]) == (3, ["failed", "downloaded"])
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("file", ODD)
    assert "HTTP 404" in failure["cause"]


@pytest.mark.parametrize("kind", ["server_error_500", "empty_file", "html_file"])
def test_a_full_size_with_a_transient_error_is_a_failure_and_downloaded_by_a_later_run(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    novel = next(novel for novel in sandbox.world.novels_of(ODD) if novel.spec.has_cover)
    for full in ("/background/", "/novel-cover-original/"):
        sandbox.add_fault(Fault(kind, full, times=None))
    args = {"novel_id": novel.id, "extras": "background,cover"}
    first = run(crawl, sandbox, "works", "first", **args)
    assert first.status == 3, first.log
    assert [failure["what"] for failure in first.report["failures"]] == ["file"] * 2
    sandbox.clear_faults()
    again = run(crawl, sandbox, "works", "again", **args)
    assert (again.status, again.report["failures"]) == (0, []), again.log
    files = [file for name in ("users", "novels") for line in again.lines(name) for file in line["files"]]
    assert [(file["status"], file["size_name"]) for file in files] == [("downloaded", "original")] * 2


def test_only_requested_extras_are_downloaded(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("works", novel_id=WITHOUT_COVER, extras="background", comments="true")
    assert done.status == 0, done.log
    (line,) = done.lines("users")
    assert [path.rpartition(".")[0] for path in paths(line)] == [f"users/{ODD}/background"]
    assert set(done.files) == set(paths(line))

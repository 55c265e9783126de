"""File name templates in crawls, including artists who rename themselves and their works."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.media.files import find_file
from pixiv_crawler.sandbox.media.image_urls import original_path, zip_path
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawler
from tests.layout.test_filenames_fields import GALLERY_DL, PIXIV_API, PIXIVUTIL2
from tests.stored_files import file_requests

ARTIST = 50
NAMED = "{user_name} ({user_id})/{title} {illust_id}_p{page}{ext}"


@dataclass
class Run:
    """The result of a run."""

    status: int
    log: str
    files: list[dict[str, Any]]
    requested: list[str]
    """The names of the requested files."""
    contents: dict[str, bytes]
    """The contents of all files, by path."""

    @property
    def paths(self) -> dict[str, str]:
        """The status of each file, by path."""
        return {file["path"]: file["status"] for file in self.files}


def run(crawl: Crawler, template: str | None, **args: Any) -> Run:
    """Runs a new job with the existing files."""
    shutil.rmtree(crawl.data / "user_works", ignore_errors=True)
    before = len(crawl.sandbox.requests)
    done = crawl(settings={"PIXIV_FILE_PATH": template}, **{"user_id": ARTIST} | args)
    files = [file for line in done.lines("illusts") for file in line["files"]]
    names = [path.rpartition("/")[2] for path in file_requests(crawl.sandbox, before)]
    return Run(done.status, done.log, files, names, {path: file.read_bytes() for path, file in done.files.items()})


# --- Artists who rename themselves and their works -------------------------------------------------------------------


@dataclass
class Renamed:
    """Four runs for an artist who was renamed after the first one."""

    ids: list[int]
    """The IDs of the works, oldest first; the last one was added before the second run."""
    first: Run
    second: Run
    replaced: Run
    """The run after the files of the second work were replaced."""
    other: Run
    """The run with another template."""
    mtimes: dict[str, tuple[float, str]]
    """The modification time and the URL of each file of the second run."""


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renamed]:
    with Sandbox() as sandbox:
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("renamed"))
        specs = [WorkSpec(title="Sea"), WorkSpec(title="Sea"), WorkSpec(extensions=("png", "jpg"), title="Wind")]
        artist = User(ARTIST, "Old", "old", tuple(specs))
        sandbox.world.add(artist)
        first = run(crawl, NAMED, job="first")
        specs = [replace(spec, title=f"{spec.title} again") for spec in specs]
        sandbox.world.add(replace(artist, name="New", account="new", work_specs=(*specs, WorkSpec(title="Sun"))))
        second = run(crawl, NAMED, job="second")
        folder = crawl.data / "files"
        mtimes = {file["path"]: ((folder / file["path"]).stat().st_mtime, file["url"]) for file in second.files}
        ids = [work.id for work in reversed(sandbox.world.works(ARTIST))]
        sandbox.world.replace_files(ids[1])
        replaced = run(crawl, NAMED, job="replaced")
        other = run(crawl, "{illust_id}_{page}{ext}", job="other")
        yield Renamed(ids, first, second, replaced, other, mtimes)


def old_paths(ids: list[int]) -> list[str]:
    one, two, three = ids[:3]
    names = [f"Sea {one}_p0.jpg", f"Sea {two}_p0.jpg", f"Wind {three}_p0.png", f"Wind {three}_p1.jpg"]
    return [f"Old (50)/{name}" for name in names]


def test_two_works_with_the_same_title_have_separate_files(renamed: Renamed) -> None:
    assert renamed.first.status == 0, renamed.first.log
    assert renamed.first.paths == dict.fromkeys(old_paths(renamed.ids), "downloaded")
    assert renamed.first.contents.keys() == renamed.first.paths.keys()
    assert len(set(renamed.first.contents.values())) == 4


def test_files_keep_their_names_and_new_ones_are_stored_in_the_same_folder(renamed: Renamed) -> None:
    new = f"Old (50)/Sun {renamed.ids[3]}_p0.jpg"
    assert renamed.second.requested == [f"{renamed.ids[3]}_p0.jpg"]
    assert renamed.second.paths == dict.fromkeys(old_paths(renamed.ids), "kept") | {new: "downloaded"}
    assert renamed.second.contents.keys() == renamed.second.paths.keys()


def test_a_file_replaced_after_the_renaming_has_the_new_title_and_the_old_file_is_kept(renamed: Renamed) -> None:
    two = renamed.ids[1]
    old, new = f"Old (50)/Sea {two}_p0.jpg", f"Old (50)/Sea again {two}_p0.jpg"
    assert renamed.replaced.requested == [f"{two}_p0.jpg"]
    assert renamed.replaced.paths[new] == "downloaded"
    assert old not in renamed.replaced.paths
    assert renamed.replaced.contents[old] == renamed.first.contents[old] != renamed.replaced.contents[new]


def test_with_another_template_files_are_moved(renamed: Renamed) -> None:
    one, two, three, four = renamed.ids
    paths = [f"{one}_0.jpg", f"{two}_0.jpg", f"{three}_0.png", f"{three}_1.jpg", f"{four}_0.jpg"]
    assert (renamed.other.paths, renamed.other.requested) == (dict.fromkeys(paths, "kept"), [])
    assert renamed.other.contents.keys() == {*paths, f"Old (50)/Sea {two}_p0.jpg"}


def test_the_modification_time_of_a_file_is_its_upload_time(renamed: Renamed) -> None:
    assert len(renamed.mtimes) == 5
    for mtime, url in renamed.mtimes.values():
        uploaded_at = "-".join(re.findall(r"/img/(\d+)/(\d+)/(\d+)/(\d+)/(\d+)/(\d+)/", url)[0])
        assert mtime == datetime.strptime(f"{uploaded_at} +0900", "%Y-%m-%d-%H-%M-%S %z").timestamp()


def test_a_template_with_the_job_gives_each_run_paths_of_its_own(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add(User(ARTIST, "Name", "name", (WorkSpec(),)))
    for job, status in (("one", "downloaded"), ("two", "kept")):
        done = run(crawl, "{job}/{illust_id}_p{page}{ext}", job=job)
        ((path, found),) = done.paths.items()
        assert (path.partition("/")[0], found) == (job, status)
    assert (len(done.contents), done.requested) == (2, [])
    one, two = (crawl.data / "files" / path for path in done.contents)
    assert one.samefile(two)


# --- Files of other programs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "names"),
    [
        (PIXIV_API, ["{one}.jpg", "{many}/{many}_p0.png", "{many}/{many}_p1.jpg", "{many}/{many}_p2.gif", "{ugoira}.zip"]),
        (GALLERY_DL, [
            f"pixiv/50 acc/{name}"
            for name in ("{one}_p0.jpg", "{many}_p0.png", "{many}_p1.jpg", "{many}_p2.gif", "{ugoira}_p0.zip")
        ]),
        (PIXIVUTIL2, [
            f"Name (50)/{name}"
            for name in ("{one}_p0 - A.jpg", "{many}_p0 - B.png", "{many}_p1 - B.jpg", "{many}_p2 - B.gif")
        ]),
    ],
    ids=["pixiv-api", "gallery-dl", "PixivUtil2"],
)  # fmt: skip
def test_valid_files_of_other_programs_are_reused_and_others_downloaded(
    sandbox: Sandbox, crawl: Crawler, template: str, names: list[str]
) -> None:
    manga = WorkSpec("manga", ("png", "jpg", "gif"), title="B")
    sandbox.world.add(
        User(ARTIST, "Name", "acc", (WorkSpec(title="A"), manga, WorkSpec("ugoira", title="C"), WorkSpec(title="D")))
    )
    one, many, ugoira, missing = reversed(sandbox.world.works(ARTIST))
    url_paths = [
        original_path(one, 0),
        *(original_path(many, page) for page in range(3)),
        zip_path(ugoira, "1920x1080"),
    ]
    contents = [find_file(sandbox.world, url_path) for url_path in url_paths]
    paths = [name.format(one=one.id, many=many.id, ugoira=ugoira.id) for name in names]
    for path, content in zip(paths, contents, strict=False):
        assert content
        file = crawl.data / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content[:-20] if path == paths[2] else content)
        os.utime(file, (1_000_000_000, 1_000_000_000))

    done = run(crawl, template, job="x")
    assert done.status == 0, done.log
    assert {path: done.paths.get(path) for path in paths} == {
        path: "downloaded" if path == paths[2] else "kept" for path in paths
    }
    beyond = [f"{ugoira.id}_ugoira1920x1080.zip"] if len(paths) == 4 else []
    assert sorted(done.requested) == sorted([f"{many.id}_p1.jpg", f"{missing.id}_p0.jpg", *beyond])
    assert [done.contents[path] for path in paths] == contents[: len(paths)]
    assert len(done.contents) == 6, "there are no duplicate files"
    mtimes = {int((crawl.data / "files" / path).stat().st_mtime) for path in paths if path != paths[2]}
    assert mtimes == {1_000_000_000}


# --- Invalid templates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{ilust_id}_p{page}{ext}", "has the unknown field {ilust_id}: the fields are user_id, user_name,"),
        ("{title}{ext}", "PIXIV_FILE_PATH"),
        ("{illust_id}_p{page:x}{ext}", "has the format :x, which {page} does not support"),
        ("../{illust_id}_p{page}{ext}", "has an empty or dots-only path component"),
        ("", "PIXIV_FILE_PATH"),
    ],
)
def test_an_invalid_template_is_rejected_in_one_sentence_before_any_request(
    sandbox: Sandbox, crawl: Crawler, template: str, words: str
) -> None:
    done = crawl(user_id=ARTIST, settings={"PIXIV_FILE_PATH": template})
    assert (done.status, done.log.count("\n"), sandbox.requests, done.data.exists()) == (1, 1, [], False), done.log
    assert done.log.startswith(f"Error: PIXIV_FILE_PATH {template!r} ")
    assert words in done.log

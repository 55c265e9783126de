"""Files under the names of users' templates: by whole crawls, of artists who rename themselves and their works."""

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
    """A run that ended, and what it left at that time."""

    status: int
    log: str
    files: list[dict[str, Any]]
    asked: list[str]
    """Names of the files that it asked for."""
    there: dict[str, bytes]
    """All files, by their path."""

    @property
    def paths(self) -> dict[str, str]:
        """What became of the files, by their paths."""
        return {file["path"]: file["status"] for file in self.files}


def run(crawl: Crawler, template: str | None, **args: Any) -> Run:
    """A run of its own over the files that are there."""
    shutil.rmtree(crawl.data / "user_works", ignore_errors=True)
    before = len(crawl.sandbox.requests)
    done = crawl(settings={"PIXIV_FILE_PATH": template}, **{"user_id": ARTIST} | args)
    files = [file for line in done.lines("illusts") for file in line["files"]]
    names = [path.rpartition("/")[2] for path in file_requests(crawl.sandbox, before)]
    return Run(done.status, done.log, files, names, {path: file.read_bytes() for path, file in done.files.items()})


# --- Artists who rename themselves and their works -------------------------------------------------------------------


@dataclass
class Renamed:
    """What four runs made of an artist who became another one after the first of them."""

    ids: list[int]
    """Of the works, the oldest first; the last is new with the second run."""
    first: Run
    second: Run
    replaced: Run
    """After the files of the second work were replaced."""
    other: Run
    """With another template."""
    mtimes: dict[str, tuple[float, str]]
    """When each file of the second run was written, as the disk says, and its address."""


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renamed]:
    with Sandbox() as sandbox:
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("renamed"))
        specs = [WorkSpec(title="Sea"), WorkSpec(title="Sea"), WorkSpec(extensions=("png", "jpg"), title="Wind")]
        artist = User(ARTIST, "Old", "old", tuple(specs))
        sandbox.world.add(artist)
        first = run(crawl, NAMED, job="first")
        specs = [replace(sketch, title=f"{sketch.title} again") for sketch in specs]
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


def test_two_works_of_one_title_have_files_of_their_own(renamed: Renamed) -> None:
    assert renamed.first.status == 0, renamed.first.log
    assert renamed.first.paths == dict.fromkeys(old_paths(renamed.ids), "downloaded")
    assert renamed.first.there.keys() == renamed.first.paths.keys()
    assert len(set(renamed.first.there.values())) == 4


def test_files_keep_their_names_and_new_ones_come_into_the_same_folder(renamed: Renamed) -> None:
    new = f"Old (50)/Sun {renamed.ids[3]}_p0.jpg"
    assert renamed.second.asked == [f"{renamed.ids[3]}_p0.jpg"]
    assert renamed.second.paths == dict.fromkeys(old_paths(renamed.ids), "kept") | {new: "downloaded"}
    assert renamed.second.there.keys() == renamed.second.paths.keys()


def test_a_file_that_is_replaced_after_that_takes_the_new_title_and_the_old_file_stays(renamed: Renamed) -> None:
    two = renamed.ids[1]
    old, new = f"Old (50)/Sea {two}_p0.jpg", f"Old (50)/Sea again {two}_p0.jpg"
    assert renamed.replaced.asked == [f"{two}_p0.jpg"]
    assert renamed.replaced.paths[new] == "downloaded"
    assert old not in renamed.replaced.paths
    assert renamed.replaced.there[old] == renamed.first.there[old] != renamed.replaced.there[new]


def test_with_another_template_files_are_stored_anew(renamed: Renamed) -> None:
    one, two, three, four = renamed.ids
    paths = [f"{one}_0.jpg", f"{two}_0.jpg", f"{three}_0.png", f"{three}_1.jpg", f"{four}_0.jpg"]
    assert renamed.other.paths == dict.fromkeys(paths, "downloaded")
    assert renamed.other.there.keys() == renamed.replaced.there.keys() | set(paths)


def test_the_time_of_a_file_is_that_of_its_upload(renamed: Renamed) -> None:
    assert len(renamed.mtimes) == 5
    for mtime, url in renamed.mtimes.values():
        told = "-".join(re.findall(r"/img/(\d+)/(\d+)/(\d+)/(\d+)/(\d+)/(\d+)/", url)[0])
        assert mtime == datetime.strptime(f"{told} +0900", "%Y-%m-%d-%H-%M-%S %z").timestamp()


def test_a_name_that_holds_the_job_gives_each_run_its_own_files(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add(User(ARTIST, "Name", "name", (WorkSpec(),)))
    for job in ("one", "two"):
        done = run(crawl, "{job}/{illust_id}_p{page}{ext}", job=job)
        ((path, status),) = done.paths.items()
        assert (path.partition("/")[0], status, len(done.asked)) == (job, "downloaded", 1)
    assert len(done.there) == 2


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
def test_files_that_another_program_left_are_kept_and_only_what_is_broken_or_missing_is_asked_for(
    sandbox: Sandbox, crawl: Crawler, template: str, names: list[str]
) -> None:
    manga = WorkSpec("manga", ("png", "jpg", "gif"), title="B")
    sandbox.world.add(
        User(ARTIST, "Name", "acc", (WorkSpec(title="A"), manga, WorkSpec("ugoira", title="C"), WorkSpec(title="D")))
    )
    one, many, ugoira, missing = reversed(sandbox.world.works(ARTIST))
    addresses = [
        original_path(one, 0),
        *(original_path(many, page) for page in range(3)),
        zip_path(ugoira, "1920x1080"),
    ]
    contents = [find_file(sandbox.world, address) for address in addresses]
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
    assert sorted(done.asked) == sorted([f"{many.id}_p1.jpg", f"{missing.id}_p0.jpg", *beyond])
    assert [done.there[path] for path in paths] == contents[: len(paths)]
    assert len(done.there) == 6, "nothing lies there twice"
    kept = {int((crawl.data / "files" / path).stat().st_mtime) for path in paths if path != paths[2]}
    assert kept == {1_000_000_000}


# --- Wrong templates -------------------------------------------------------------------------------------------------


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
def test_a_template_that_cannot_be_used_is_refused_in_one_sentence_before_any_request(
    sandbox: Sandbox, crawl: Crawler, template: str, words: str
) -> None:
    done = crawl(user_id=ARTIST, settings={"PIXIV_FILE_PATH": template})
    assert (done.status, done.log.count("\n"), sandbox.requests, done.data.exists()) == (1, 1, [], False), done.log
    assert done.log.startswith(f"Error: PIXIV_FILE_PATH {template!r} ")
    assert words in done.log

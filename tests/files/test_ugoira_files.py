"""Files of animations in crawls: the ZIP, the frames, and the formats generated from the ZIP."""

from __future__ import annotations

import importlib.util
import io
import shutil
import signal
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageSequence

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.media import images
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawl, Crawler, popen
from tests.stored_files import file_requests

# See `sandbox/world/fixtures/unusual_files.py`: 7 frames from 5 to 2000 ms, gif; 8 frames, of which there is only the
# small ZIP, png.
ODD = 1030
UNEVEN, SMALL = 74320023, 74920023
UNEVEN_DELAYS = (16, 2000, 33, 5, 1000, 100, 41)
FRAMES = {UNEVEN: 7, SMALL: 8}
VIDEOS = ["mp4", "webm"] if importlib.util.find_spec("av") else []
GENERATED = ["webp", "apng", "gif", *VIDEOS]
TYPES = {kind: f"{'video' if kind in VIDEOS else 'image'}/{kind}" for kind in GENERATED} | {"zip": "application/zip"}
LONG_USER = 50


@pytest.fixture(scope="module")
def pixiv() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@dataclass
class Run:
    """The result of a run."""

    status: int
    log: str
    lines: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    urls: list[str]
    """The names of the requested files."""
    stored: dict[str, Path]
    """All files, by path."""

    @property
    def files(self) -> list[dict[str, Any]]:
        return [file for line in self.lines for file in line["files"]]

    @property
    def hashes(self) -> dict[str, str]:
        return {file["path"]: file["sha256"] for file in self.files}

    def files_of(self, work: int) -> dict[str, dict[str, Any]]:
        """The files of a work, by format or size; frames by name."""
        found = {}
        for file in next(line for line in self.lines if line["id"] == work)["files"]:
            is_zip = file["content_type"] == "application/zip"
            name = Path(file["path"]).stem if file["path"].startswith("frames/") else file["size_name"]
            found["zip" if is_zip else name] = file
        return found


def run(crawl: Crawler, **args: Any) -> Run:
    """Runs a new job with the existing files."""
    shutil.rmtree(crawl.data / "works", ignore_errors=True)
    before = len(crawl.sandbox.requests)
    done = crawl("works", **args)
    urls = [path.rpartition("/")[2] for path in file_requests(crawl.sandbox, before)]
    return Run(done.status, done.log, done.lines("illusts"), done.report["failures"], urls, done.files)


# --- All formats at once ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(pixiv: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """Two runs with all formats."""
    crawl = Crawler(pixiv, tmp_path_factory.mktemp("all_formats"))
    args = {"illust_id": f"{UNEVEN},{SMALL}", "ugoira": ",".join(["zip", "frames", *GENERATED])}
    return run(crawl, **args, job="first"), run(crawl, **args, job="second")


def test_the_zip_is_the_large_one_if_it_exists_and_the_line_has_its_size(runs: tuple[Run, Run]) -> None:
    done, _ = runs
    assert (done.status, done.failures) == (0, []), done.log
    large, small = done.files_of(UNEVEN)["zip"], done.files_of(SMALL)["zip"]
    assert (large["size_name"], large["path"]) == ("1920x1080", f"{ODD}/{UNEVEN}_p0.zip")
    assert (small["size_name"], small["path"]) == ("600x600", f"{ODD}/{SMALL}_p0.zip")
    assert small["url"].endswith(f"{SMALL}_ugoira600x600.zip")
    assert sorted(name for name in done.urls if name.endswith(".zip")) == [
        f"{UNEVEN}_ugoira1920x1080.zip",
        f"{SMALL}_ugoira1920x1080.zip",
        f"{SMALL}_ugoira600x600.zip",
    ]
    with zipfile.ZipFile(done.stored[large["path"]]) as archive:
        assert Image.open(io.BytesIO(archive.read("000000.jpg"))).size == (100, 70)


def test_the_frames_are_the_originals_in_order(runs: tuple[Run, Run]) -> None:
    done, _ = runs
    for line in done.lines:
        work, count, ext = line["id"], FRAMES[line["id"]], "gif" if line["id"] == UNEVEN else "png"
        archive, *files = line["files"][: count + 1]
        assert [file["path"] for file in files] == [f"frames/{ODD}/{work}_ugoira{n}.{ext}" for n in range(count)]
        assert [file["url"].rpartition("/")[2] for file in files] == [f"{work}_ugoira{n}.{ext}" for n in range(count)]
        assert len({file["sha256"] for file in files}) == count
        assert {(file["size_name"], file["content_type"]) for file in files} == {("original", f"image/{ext}")}
        assert line["file_urls"] == [
            archive["url"].replace("600x600", "1920x1080"), *(file["url"] for file in files)
        ]  # fmt: skip
        for file in files:
            with Image.open(done.stored[file["path"]]) as image:
                image.load()
    assert len(done.urls) == sum(FRAMES.values()) + 3


def test_each_format_is_generated_from_the_zip_with_the_duration_of_the_metadata(runs: tuple[Run, Run]) -> None:
    done, _ = runs
    for line in done.lines:
        delays = [frame["delay"] for frame in line["ugoira_metadata"]["frames"]]
        assert line["id"] != UNEVEN or tuple(delays) == UNEVEN_DELAYS
        files = line["files"][-len(GENERATED) :]
        assert [(file["size_name"], file["content_type"]) for file in files] == [
            (kind, TYPES[kind]) for kind in GENERATED
        ]
        for file in files:
            assert (file["url"], file["status"]) == (line["files"][0]["url"], "downloaded")
            path = done.stored[file["path"]]
            assert path.name == f"{line['id']}_p0.{file['size_name']}"
            # GIF delays are hundredths of a second, and most programs do not support less than two.
            assert duration(path) == pytest.approx(sum(delays), abs=40 if path.suffix == ".gif" else 1)


def duration(path: Path) -> float:
    """The decoded duration in milliseconds."""
    if path.suffix[1:] in VIDEOS:
        import av

        with av.open(str(path)) as video:
            assert video.duration
            return video.duration / 1000
    with Image.open(path) as image:
        # The duration is set when a frame is decoded.
        return sum(frame.load() and frame.info["duration"] for frame in ImageSequence.Iterator(image))


def test_a_second_run_reuses_all_files_and_requests_none(runs: tuple[Run, Run]) -> None:
    first, second = runs
    assert (second.status, second.urls) == (0, [])
    assert {file["status"] for file in first.files} == {"downloaded"}
    for line in first.lines:
        again = next(other for other in second.lines if other["id"] == line["id"])
        assert again["files"] == [file | {"status": "kept"} for file in line["files"]]
        assert again["file_urls"] == line["file_urls"]


# --- Without the ZIP -------------------------------------------------------------------------------------------------


def test_the_zip_is_deleted_unless_it_is_requested(pixiv: Sandbox, tmp_path: Path) -> None:
    crawl = Crawler(pixiv, tmp_path)
    args = {"illust_id": SMALL, "ugoira": "webp"}
    path, zips = f"{ODD}/{SMALL}_p0.webp", [f"{SMALL}_ugoira1920x1080.zip", f"{SMALL}_ugoira600x600.zip"]
    first = run(crawl, **args, job="first")
    (line,) = first.lines
    assert (first.status, first.urls, list(first.stored)) == (0, zips, [path])
    assert (line["file_urls"], list(first.hashes)) == ([], [path])
    assert not (crawl.data / ".parts").exists()

    second = run(crawl, **args, job="second")
    assert (second.status, second.urls, list(second.stored)) == (0, [], [path])
    assert (second.lines[0]["file_urls"], second.files) == ([], [line["files"][0] | {"status": "kept"}])

    first.stored[path].unlink()
    third = run(crawl, **args, job="third")
    assert (third.status, third.urls, list(third.stored)) == (0, zips, [path])
    assert third.hashes == first.hashes

    # Another format requires the ZIP again; existing files are reused.
    fourth = run(crawl, illust_id=SMALL, ugoira="gif,webp", job="fourth")
    assert (fourth.urls, [file["status"] for file in fourth.files]) == (zips, ["downloaded", "kept"])
    assert set(fourth.stored) == {path, path.replace("webp", "gif")}


def test_an_invalid_animation_on_disk_is_regenerated(pixiv: Sandbox, tmp_path: Path) -> None:
    crawl = Crawler(pixiv, tmp_path)
    first = run(crawl, illust_id=UNEVEN, ugoira="webp,zip", job="first")
    (path,) = [path for path in first.stored.values() if path.suffix == ".webp"]
    valid = path.read_bytes()
    path.write_bytes(valid[:-500])
    second = run(crawl, illust_id=UNEVEN, ugoira="webp,zip", job="second")
    assert (second.status, second.urls, path.read_bytes() == valid) == (0, [], True)
    assert [file["status"] for file in second.files] == ["kept", "downloaded"]


# --- Invalid ZIPs ----------------------------------------------------------------------------------------------------


@pytest.fixture
def truncated_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames of one work are truncated, but its archive is valid."""
    original = images.frames_zip

    def truncated(label: str, names: tuple[str, ...], size: images.Size) -> bytes:
        content = original(label, names, size)
        if not label.startswith(str(UNEVEN)):
            return content
        with io.BytesIO() as file:
            with zipfile.ZipFile(file, "w") as archive, zipfile.ZipFile(io.BytesIO(content)) as old:
                for name in names:
                    archive.writestr(name, old.read(name)[:400])
            return file.getvalue()

    monkeypatch.setattr(images, "frames_zip", truncated)


@pytest.mark.usefixtures("truncated_frames")
def test_a_zip_with_invalid_frames_is_stored_and_its_animations_are_failures(pixiv: Sandbox, tmp_path: Path) -> None:
    crawl = Crawler(pixiv, tmp_path)
    for job, status, urls in (("first", "downloaded", [f"{UNEVEN}_ugoira1920x1080.zip"]), ("second", "kept", [])):
        done = run(crawl, illust_id=f"{UNEVEN},{SMALL}", ugoira="webp,gif", job=job)
        files = done.files_of(UNEVEN)
        assert done.status == 3, done.log
        assert [name for name in done.urls if name.startswith(str(UNEVEN))] == urls
        states = {name: file["status"] for name, file in files.items()}
        assert states == {"zip": status, "webp": "failed", "gif": "failed"}
        assert files["zip"]["path"] in done.stored
        assert {(failure["what"], failure["id"], failure["source"]) for failure in done.failures} == {
            ("file", UNEVEN, files["zip"]["url"])
        }
        assert [failure["cause"] for failure in done.failures] == [files["webp"]["error"], files["gif"]["error"]]
        assert all("frame 000000.jpg" in failure["cause"] for failure in done.failures), done.failures
        assert set(done.files_of(SMALL)) == {"webp", "gif"}, "the other work has the requested formats"
        assert "Traceback" not in done.log


def test_a_zip_that_is_truncated_at_pixiv_is_kept_and_its_animations_are_failures(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    sandbox.add_fault(Fault("truncated", "/img-zip-ugoira/", times=None))
    done = run(crawl, illust_id=UNEVEN, ugoira="webp,gif", settings={"RETRY_TIMES": 1}, job="x")
    assert [(file["size_name"], file["status"]) for file in done.files] == [
        ("1920x1080", "damaged"),
        ("webp", "failed"),
        ("gif", "failed"),
    ]
    assert (done.status, list(done.stored)) == (3, [done.files[0]["path"]])
    assert all("ZIP is truncated" in failure["cause"] for failure in done.failures)
    assert len(done.failures) == 2


def test_an_animation_with_a_broken_frame_says_so_and_is_kept_by_later_runs(
    pixiv: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = images.frames_zip

    def with_broken_frame(label: str, names: tuple[str, ...], size: images.Size) -> bytes:
        content = original(label, names, size)
        with io.BytesIO() as file:
            with zipfile.ZipFile(file, "w") as archive, zipfile.ZipFile(io.BytesIO(content)) as old:
                for number, name in enumerate(names):
                    archive.writestr(name, old.read(name)[: 400 if number == 2 else None])
            return file.getvalue()

    monkeypatch.setattr(images, "frames_zip", with_broken_frame)
    crawl = Crawler(pixiv, tmp_path)
    first = run(crawl, illust_id=UNEVEN, ugoira="webp,gif", job="first")
    files = {file["size_name"]: file for file in first.files}
    assert (first.status, first.failures) == (0, [])
    assert files.keys() == {"1920x1080", "webp", "gif"}, "the ZIP is kept"
    for name in ("webp", "gif"):
        assert (files[name]["status"], files[name]["path"] in first.stored) == ("damaged", True)
        assert "1 of 7 frames cannot be used" in files[name]["error"]
        assert "frame 000002.jpg" in files[name]["error"]
    again = run(crawl, illust_id=UNEVEN, ugoira="webp,gif", job="again")
    assert (again.status, again.urls) == (0, [])
    assert again.files == [files["webp"], files["gif"]]


# --- During generation -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Crawl]]:
    """A user whose newest work is an animation that takes a second to generate, and a complete crawl of all works."""
    with Sandbox(latency_seconds=0.02) as sandbox:
        animation = WorkSpec("ugoira", ("png",), size=(700, 500), delays=(50,) * 30)
        sandbox.world.add(User(LONG_USER, "long", "long_50", (*(WorkSpec(),) * 99, animation)))
        yield sandbox, Crawler(sandbox, tmp_path_factory.mktemp("long"))(user_id=LONG_USER, ugoira="webp", job="x")


def test_the_crawl_continues_while_an_animation_is_generated(long: tuple[Sandbox, Crawl]) -> None:
    sandbox, done = long
    assert done.status == 0, done.log
    zip_at = next(at for at, path in enumerate(file_requests(sandbox)) if path.endswith(".zip"))
    line_at = [line["type"] for line in done.lines("illusts")].index("ugoira")
    # Many files were requested and stored between its ZIP and its line.
    assert line_at > zip_at + 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.kill
def test_a_run_that_ends_during_generation_is_resumed_with_the_same_result(
    long: tuple[Sandbox, Crawl], tmp_path: Path, number: signal.Signals
) -> None:
    sandbox, undisturbed = long
    crawl = Crawler(sandbox, tmp_path)
    args = {"user_id": LONG_USER, "ugoira": "webp", "job": "x", "type": "ugoira"}
    with popen(*crawl.words("user_works", {}, args), env=crawl.login) as process:
        deadline = time.monotonic() + 60
        while not list((crawl.data / ".parts").rglob("*.making")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(number)
        _, log = process.communicate(timeout=60)
    assert process.returncode == (2 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in log
    stored = set(Crawl(0, "", "", crawl.data).files)
    assert f"{LONG_USER}/" in next(path for path in stored if path.endswith(".zip"))
    assert not [path for path in stored if path.endswith(".webp")]
    while list((crawl.data / ".parts").rglob("*.making")):
        assert time.monotonic() < deadline, "the worker process outlives the crawl"
        time.sleep(0.01)

    before = len(sandbox.requests)
    done = crawl(**args)
    assert done.status == 0, done.log
    assert not [path for path in file_requests(sandbox, before) if path.endswith(".zip")]
    assert not (done.data / ".parts").exists()
    ours, theirs = (
        next(line for line in each.lines("illusts") if line["type"] == "ugoira") for each in (done, undisturbed)
    )
    assert list(done.files) == [file["path"] for file in theirs["files"]]
    ignored = {"fetched_at": "", "source": ""}
    assert ours | ignored == theirs | ignored


# --- Invalid arguments -----------------------------------------------------------------------------------------------


def test_an_unknown_format_is_rejected_before_any_request(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=ODD, ugoira="webp,mov")
    assert (done.status, done.data.exists(), sandbox.requests) == (1, False, [])
    assert done.log == ("Error: spider argument ugoira: 'mov' is not one of zip, frames, webp, apng, gif, mp4, webm\n")


def test_a_video_without_the_extra_is_rejected_before_any_request(
    sandbox: Sandbox, crawl: Crawler, tmp_path: Path
) -> None:
    (tmp_path / "av.py").write_text("raise ImportError('No module named av')")
    words = crawl.words("user_works", {}, {"user_id": ODD, "ugoira": "mp4"})
    with popen(*words, env=crawl.login | {"PYTHONPATH": str(tmp_path)}) as process:
        _, log = process.communicate(timeout=60)
    assert (process.returncode, log.count("\n"), sandbox.requests) == (1, 1, [])
    assert log.startswith("Error: spider argument ugoira: animations as mp4 need PyAV, which cannot be imported")
    assert "pip install 'pixiv_crawler[video]'" in log

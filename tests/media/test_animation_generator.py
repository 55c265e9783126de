"""Animations are generated in worker processes, which are killed, cancelled, and never outlive the crawl."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.media.animation import AnimationError
from pixiv_crawler.media.animation.formats import generate_animation
from pixiv_crawler.media.animation.generator import AnimationGenerator
from tests.crawling import PROJECT
from tests.media.test_animation import drawing, encoded, frames_of, zip_of

pytestmark = [
    pytest.mark.kill,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc, which only Linux has"),
]

TIMEOUT_SECONDS = 30
SHORT = frames_of([50] * 4)
# Minutes of work.
LONG = frames_of([40] * 4000, [0, 1] * 2000)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zip_of(tmp_path, [encoded(Image.effect_noise((400, 300), 90).convert("RGB")) for _ in range(2)] + [
        encoded(drawing(number)) for number in range(2)
    ])  # fmt: skip


def workers(parent: int) -> list[int]:
    """The running worker processes of a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = path.read_text().rpartition(")")[2].split()[:2]
            is_worker = "media.animation.worker" in path.with_name("cmdline").read_text()
        except OSError:
            continue
        if int(ppid) == parent and state != "Z" and is_worker:
            found.append(int(path.parent.name))
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def wait_until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not condition():  # noqa: ASYNC110 - processes and files set no event
            await asyncio.sleep(0.02)


def partial_files(folder: Path) -> list[Path]:
    return list(folder.glob(".*.making"))


def test_the_event_loop_is_not_blocked_and_the_file_is_the_same(archive: Path, tmp_path: Path) -> None:
    async def run() -> int:
        generator = AnimationGenerator()
        task = asyncio.create_task(generator.generate(archive, SHORT, "gif", tmp_path / "first.gif"))
        rounds = 0
        while not task.done():
            await asyncio.sleep(0.005)
            rounds += 1
        await task
        generator.close()
        return rounds

    rounds = asyncio.run(run())
    generate_animation(archive, SHORT, "gif", tmp_path / "expected.gif")
    assert (tmp_path / "first.gif").read_bytes() == (tmp_path / "expected.gif").read_bytes()
    assert rounds > 5
    assert workers(os.getpid()) == []


def test_the_number_of_worker_processes_is_limited(archive: Path, tmp_path: Path) -> None:
    async def run() -> int:
        generator = AnimationGenerator(2)
        tasks = [
            asyncio.create_task(generator.generate(archive, SHORT, "webp", tmp_path / f"{number}.webp"))
            for number in range(5)
        ]
        most = 0
        while not all(task.done() for task in tasks):
            most = max(most, len(workers(os.getpid())))
            await asyncio.sleep(0.005)
        await asyncio.gather(*tasks)
        generator.close()
        return most

    assert asyncio.run(run()) == 2
    assert len(list(tmp_path.glob("?.webp"))) == 5


def test_errors_of_the_animation_and_of_the_disk_are_raised_in_the_crawl(archive: Path, tmp_path: Path) -> None:
    async def run() -> None:
        generator = AnimationGenerator()
        with pytest.raises(AnimationError, match=r"lacks a frame that the metadata contains: '000009\.jpg'"):
            await generator.generate(archive, frames_of([50], [9]), "webp", tmp_path / "made")
        with pytest.raises(FileNotFoundError, match="No such file"):
            await generator.generate(archive, SHORT, "webp", tmp_path / "missing" / "made")
        await generator.generate(archive, SHORT, "webp", tmp_path / "made")
        generator.close()

    asyncio.run(run())


def test_a_killed_worker_fails_only_its_own_animation(archive: Path, tmp_path: Path) -> None:
    async def run() -> None:
        generator = AnimationGenerator()
        task = asyncio.create_task(generator.generate(archive, LONG, "gif", tmp_path / "first.gif"))
        waiting = asyncio.create_task(generator.generate(archive, SHORT, "gif", tmp_path / "next.gif"))
        await wait_until(lambda: partial_files(tmp_path))
        (worker,) = workers(os.getpid())
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(
            AnimationError, match="as gif: its process ended by SIGKILL, perhaps because memory ran out"
        ):
            await task
        await waiting
        generator.close()

    asyncio.run(run())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames.zip", "next.gif"]


def test_workers_ignore_signals_to_the_crawl(archive: Path, tmp_path: Path) -> None:
    async def run() -> None:
        generator = AnimationGenerator()
        frames = frames_of([50] * 24, [0, 1] * 12)
        task = asyncio.create_task(generator.generate(archive, frames, "gif", tmp_path / "first.gif"))
        await wait_until(lambda: partial_files(tmp_path))
        (worker,) = workers(os.getpid())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(worker, number)
        await task
        generator.close()

    asyncio.run(run())
    with Image.open(tmp_path / "first.gif") as image:
        assert getattr(image, "n_frames", 1) == 24


def test_closing_stops_running_work_and_rejects_new_work(archive: Path, tmp_path: Path) -> None:
    async def run() -> None:
        generator = AnimationGenerator()
        tasks = [
            asyncio.create_task(generator.generate(archive, LONG, "gif", tmp_path / f"{number}.gif"))
            for number in range(2)
        ]
        await wait_until(lambda: partial_files(tmp_path))
        generator.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [StoppedError, StoppedError]
        with pytest.raises(StoppedError):
            await generator.generate(archive, SHORT, "gif", tmp_path / "late.gif")

    asyncio.run(run())
    assert workers(os.getpid()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["frames.zip"]


def test_cancelled_work_ends_and_later_work_succeeds(archive: Path, tmp_path: Path) -> None:
    async def run() -> None:
        generator = AnimationGenerator()
        task = asyncio.create_task(generator.generate(archive, LONG, "gif", tmp_path / "first.gif"))
        await wait_until(lambda: partial_files(tmp_path))
        (worker,) = workers(os.getpid())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await wait_until(lambda: not is_alive(worker))
        await generator.generate(archive, SHORT, "gif", tmp_path / "next.gif")
        generator.close()

    asyncio.run(run())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frames.zip", "next.gif"]


CRAWL = """
import asyncio, contextlib, sys
from pathlib import Path
from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation.generator import AnimationGenerator

folder = Path(sys.argv[1])
frames = [Frame(file=f"{number % 2:06}.jpg", delay=40) for number in range(4000)]
with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(AnimationGenerator().generate(folder / "frames.zip", frames, sys.argv[2], folder / "made"))
"""


@pytest.mark.parametrize("kind", ["gif", "webm"])
@pytest.mark.usefixtures("archive")
def test_a_killed_crawl_leaves_no_worker_and_no_partial_file(kind: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CRAWL, str(tmp_path), kind], cwd=PROJECT) as crawl:
        asyncio.run(wait_until(lambda: partial_files(tmp_path)))
        (worker,) = workers(crawl.pid)
        crawl.kill()
    asyncio.run(wait_until(lambda: not is_alive(worker)))
    assert [path.name for path in tmp_path.iterdir()] == ["frames.zip"]


@pytest.mark.usefixtures("archive")
def test_an_interrupted_crawl_shows_no_output_of_its_worker(tmp_path: Path) -> None:
    words = [sys.executable, "-c", CRAWL, str(tmp_path), "gif"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=PROJECT, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as crawl:
        asyncio.run(wait_until(lambda: partial_files(tmp_path)))
        (worker,) = workers(crawl.pid)
        os.killpg(crawl.pid, signal.SIGINT)
        output, errors = crawl.communicate(timeout=TIMEOUT_SECONDS)
    asyncio.run(wait_until(lambda: not is_alive(worker)))
    assert (output, errors) == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["frames.zip"]

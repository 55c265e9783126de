"""Generates thumbnails, and animations from ZIP archives (a local page cannot read them); uses several processes."""

import io
import multiprocessing
import os
import signal
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import PixivCrawlerError
from pixiv_crawler.items import Frame
from pixiv_crawler.layout.atomic_write import make_folder
from pixiv_crawler.media.animation import AnimationError
from pixiv_crawler.media.animation.formats import generate_animation
from pixiv_crawler.media.decoding import MOST_BYTES, UNREADABLE
from pixiv_crawler.media.thumbnail import ThumbnailError, make_thumbnail
from pixiv_crawler.outputs.gallery.works import Work, digest

THUMBNAIL_SIDE = 480
"""In pixels: 2.5 times the width of a tile, so that tall pages are sharp, and about the width of a phone."""
# Each process may hold one decoded original, up to half a gigabyte.
_MAX_PROCESSES = 8


class WorkerError(PixivCrawlerError):
    """A worker process was killed."""


@dataclass(slots=True)
class _Task:
    """One thumbnail or animation to generate."""

    work: int
    """Index of the work in the list."""
    source: Path
    target: Path
    frames: list[tuple[str, int]]
    """Names and milliseconds of the frames of an animation; otherwise empty."""
    is_animation: bool


class Pictures:
    """Generates missing images below `folder`; a context that ends the worker processes.

    Raises:
        WorkerError: a worker process was killed, probably because of insufficient memory.
    """

    def __init__(self, files_dir: Path, folder: Path) -> None:
        self.failed = 0
        self._files_dir = files_dir
        self._thumbs, self._animations = folder / "thumbs", folder / "animations"
        self._existing = {path: _names(path) for path in (self._thumbs, self._animations)}
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, works: Sequence[Work]) -> Callable[[], None]:
        """Sets the names of the images in each work, and begins to generate those that are missing.

        The result waits for them, and removes the names of those that failed.
        """
        needed = (task for number, work in enumerate(works) for task in self._tasks_of(number, work))
        tasks = [task for task in needed if task.target.name not in self._existing[task.target.parent]]
        outcomes = self._run(tasks)

        def finish() -> None:
            for task, succeeded in zip(tasks, _all(outcomes), strict=True):
                if not succeeded:
                    self.failed += 1
                    setattr(works[task.work], "animation" if task.is_animation else "thumbnail", "")

        return finish

    def _tasks_of(self, number: int, work: Work) -> Iterable[_Task]:
        frames = [(frame.file, frame.delay) for frame in work.frames]
        if source := work.thumbnail_source:
            work.thumbnail = f"{work.key}-{digest(source.version, THUMBNAIL_SIDE, frames[:1])}.webp"
            path = self._files_dir / source.path
            yield _Task(number, path, self._thumbs / work.thumbnail, frames, is_animation=False)
        if work.archive and frames and not work.files:
            work.animation = f"{work.key}-{digest(work.archive.version, frames)}.webp"
            path = self._files_dir / work.archive.path
            yield _Task(number, path, self._animations / work.animation, frames, is_animation=True)

    def _run(self, tasks: list[_Task]) -> Iterable[bool]:
        """Starts the tasks; the result waits, and says whether each of them succeeded."""
        if not tasks:
            return []
        if self._pool is None:
            # "spawn" works on every system; forking a process that has threads may cause a deadlock.
            processes = min(os.cpu_count() or 1, _MAX_PROCESSES, len(tasks))
            self._pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _init_worker)
        return self._pool.map(_generate, tasks)


def _all(outcomes: Iterable[bool]) -> list[bool]:
    try:
        return list(outcomes)
    except BrokenProcessPool as error:
        raise WorkerError(
            f"a process that generates thumbnails was killed, perhaps because of insufficient memory; run {PROGRAM} gallery again to continue"
        ) from error


def _names(folder: Path) -> set[str]:
    make_folder(folder)
    return {entry.name for entry in os.scandir(folder)}


def _init_worker() -> None:
    """Ignores warnings about unusual metadata; leaves Ctrl-C to the parent process and ends with it."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _generate(task: _Task) -> bool:
    """Executes a task; returns whether it succeeded."""
    try:
        if task.is_animation:
            frames = [Frame(file=name, delay=delay) for name, delay in task.frames]
            generate_animation(task.source, frames, "webp", task.target)
        elif task.source.suffix.lower() == ".zip":
            make_thumbnail(_first_frame(task.source, task.frames), task.target, THUMBNAIL_SIDE)
        else:
            make_thumbnail(task.source, task.target, THUMBNAIL_SIDE)
    except (ThumbnailError, AnimationError, FileNotFoundError):
        return False
    return True


def _first_frame(path: Path, frames: Sequence[tuple[str, int]]) -> BinaryIO:
    """The first frame of an animation, in memory; the first one by name if the list of frames is unknown."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(frames[0][0] if frames else min(archive.namelist()))
            if member.file_size > MOST_BYTES:
                raise AnimationError(f"the frame {member.filename} is too large ({member.file_size} bytes)")
            return io.BytesIO(archive.read(member))
    except (*UNREADABLE, zipfile.BadZipFile) as error:
        raise AnimationError(f"{path} contains no readable frame ({error})") from error

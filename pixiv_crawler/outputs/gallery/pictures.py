"""Generates thumbnails, and animations from ZIP archives (a local page cannot read them); uses several processes."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import threading
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import track

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


def generate_images(works: Sequence[Work], files_dir: Path, folder: Path) -> int:
    """Generates missing images below `folder` and sets their names in each work; returns the number of failures.

    Raises:
        WorkerError: a worker process was killed, probably because of insufficient memory.
    """
    thumbs, animations = folder / "thumbs", folder / "animations"
    tasks: list[_Task] = []
    existing = {path: _names(path) for path in (thumbs, animations)}
    for number, work in enumerate(works):
        needed = _tasks_of(number, work, files_dir, thumbs, animations)
        tasks.extend(task for task in needed if task.target.name not in existing[task.target.parent])
    failed = list(_run(tasks))
    for task in failed:
        if task.is_animation:
            works[task.work].animation = ""
        else:
            works[task.work].thumbnail = ""
    return len(failed)


def _tasks_of(number: int, work: Work, files_dir: Path, thumbs: Path, animations: Path) -> Iterable[_Task]:
    frames = [(frame.file, frame.delay) for frame in work.frames]
    if source := work.thumbnail_source:
        work.thumbnail = f"{work.key}-{digest(source.version, THUMBNAIL_SIDE, frames[:1])}.webp"
        yield _Task(number, files_dir / source.path, thumbs / work.thumbnail, frames, is_animation=False)
    if work.archive and frames and not work.files:
        work.animation = f"{work.key}-{digest(work.archive.version, frames)}.webp"
        yield _Task(number, files_dir / work.archive.path, animations / work.animation, frames, is_animation=True)


def _names(folder: Path) -> set[str]:
    make_folder(folder)
    return {entry.name for entry in os.scandir(folder)}


def _run(tasks: list[_Task]) -> Iterable[_Task]:
    """Runs the tasks; yields those that failed."""
    if not tasks:
        return
    processes = min(os.cpu_count() or 1, _MAX_PROCESSES, len(tasks))
    # "spawn" works on every system; forking a process that has threads may cause a deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _init_worker) as pool:
        try:
            console = Console(stderr=True, quiet=not sys.stderr.isatty())
            results = track(pool.map(_generate, tasks), "Thumbnails", len(tasks), console=console, transient=True)
            yield from (task for task, succeeded in zip(tasks, results, strict=True) if not succeeded)
        except BrokenProcessPool as error:
            raise WorkerError(
                f"a process that generates thumbnails was killed, perhaps because of insufficient memory; run {PROGRAM} gallery again to continue"
            ) from error
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


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

"""Small pictures, and animations of ZIPs, which no page of a local file may read; made by several processes, and kept."""

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

from pixiv_crawler.exceptions import PixivCrawlerError
from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation import AnimationError, make_animation
from pixiv_crawler.media.decoding import MOST_BYTES, UNREADABLE
from pixiv_crawler.media.thumbnail import ThumbnailError, make_thumbnail
from pixiv_crawler.outputs.gallery.works import Work, digest

THUMBNAIL_SIDE = 480
"""Pixels: two and a half times the width of a tile, so that tall pages are sharp, and the width of a phone."""
# Each process may hold one decoded original, half a gigabyte at worst.
_MOST_PROCESSES = 8


class WorkerError(PixivCrawlerError):
    """A process that makes pictures was ended from outside."""


@dataclass(slots=True)
class _Task:
    """One picture to make."""

    work: int
    """Place of the work in the list."""
    source: Path
    target: Path
    frames: list[tuple[str, int]]
    """Names and milliseconds; of an animation only."""
    is_animation: bool


def add_pictures(works: Sequence[Work], files_dir: Path, folder: Path) -> int:
    """Makes what is missing below `folder`, and tells each work the names; returns how many could not be made.

    Raises:
        WorkerError: a process was ended from outside, for want of memory most likely.
    """
    thumbs, animations = folder / "thumbs", folder / "animations"
    tasks: list[_Task] = []
    kept = {path: _names(path) for path in (thumbs, animations)}
    for number, work in enumerate(works):
        wanted = _tasks_of(number, work, files_dir, thumbs, animations)
        tasks.extend(task for task in wanted if task.target.name not in kept[task.target.parent])
    failed = list(_failed(tasks))
    for task in failed:
        if task.is_animation:
            works[task.work].animation = ""
        else:
            works[task.work].thumbnail = ""
    return len(failed)


def _tasks_of(number: int, work: Work, files_dir: Path, thumbs: Path, animations: Path) -> Iterable[_Task]:
    frames = [(frame.file, frame.delay) for frame in work.frames]
    if picture := work.picture:
        work.thumbnail = f"{work.key}-{digest(picture.stamp, THUMBNAIL_SIDE, frames[:1])}.webp"
        yield _Task(number, files_dir / picture.path, thumbs / work.thumbnail, frames, is_animation=False)
    if work.archive and frames and not work.files:
        work.animation = f"{work.key}-{digest(work.archive.stamp, frames)}.webp"
        yield _Task(number, files_dir / work.archive.path, animations / work.animation, frames, is_animation=True)


def _names(folder: Path) -> set[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return {entry.name for entry in os.scandir(folder)}


def _failed(tasks: list[_Task]) -> Iterable[_Task]:
    if not tasks:
        return
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES, len(tasks))
    # Spawned, for the same on every system; and a fork of a process with threads may stand still.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin_worker) as pool:
        try:
            console = Console(stderr=True, quiet=not sys.stderr.isatty())
            made = track(pool.map(_make, tasks), "Pictures", len(tasks), console=console, transient=True)
            yield from (task for task, is_made in zip(tasks, made, strict=True) if not is_made)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a process that makes pictures was ended, for want of memory perhaps; run scrapy gallery again to go on"
            ) from error
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _begin_worker() -> None:
    """Warnings of odd metadata are no matter of ours; Ctrl-C is the parent's to hear, and its end is ours."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _make(task: _Task) -> bool:
    """Whether a picture could be made."""
    try:
        if task.is_animation:
            frames = [Frame(file=name, delay=delay) for name, delay in task.frames]
            make_animation(task.source, frames, "webp", task.target)
        elif task.source.suffix.lower() == ".zip":
            make_thumbnail(_first_frame(task.source, task.frames), task.target, THUMBNAIL_SIDE)
        else:
            make_thumbnail(task.source, task.target, THUMBNAIL_SIDE)
    except (ThumbnailError, AnimationError, FileNotFoundError):
        return False
    return True


def _first_frame(path: Path, frames: Sequence[tuple[str, int]]) -> BinaryIO:
    """The first frame of an animation, in memory; without a list of frames the first by name."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(frames[0][0] if frames else min(archive.namelist()))
            if member.file_size > MOST_BYTES:
                raise AnimationError(f"the frame {member.filename} has {member.file_size} bytes")
            return io.BytesIO(archive.read(member))
    except (*UNREADABLE, zipfile.BadZipFile) as error:
        raise AnimationError(f"no frame can be had of {path} ({error})") from error

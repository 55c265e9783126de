"""A disk whose power can be cut, and crawls in processes that are ready to start."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import struct
import subprocess
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.in_process import scrapy_in_process

# Of linux/ext4.h: the file system stops at once, and does not write its journal before.
_EXT4_IOC_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = struct.pack("I", 2)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.power", "tests.imports"])


class PowerDisk:
    """An ext4 file system that is mounted on a folder, if mounting is permitted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._image = folder.with_name(f"{folder.name}.img")
        folder.mkdir(exist_ok=True)

    def create(self) -> str:
        """Mounts an empty disk; returns why that is not possible, or nothing."""
        with self._image.open("wb") as image:
            image.truncate(64 << 20)
        try:
            _run("mkfs.ext4", "-q", "-F", self._image)
            self._mount()
        except (OSError, subprocess.CalledProcessError) as error:
            return str(getattr(error, "stderr", "") or error)
        return ""

    def cut(self) -> None:
        """Cuts the power: data that was not flushed is lost, and nothing more can be written."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _EXT4_IOC_SHUTDOWN, _NO_LOG_FLUSH)
        finally:
            os.close(descriptor)

    def restore(self) -> None:
        """Mounts the disk like a machine that restarts; no process may use it."""
        self.unmount()
        _run("e2fsck", "-p", self._image)  # also fails if something had to be repaired beyond the journal
        self._mount()

    def unmount(self) -> None:
        _run("umount", self.folder)

    def _mount(self) -> None:
        _run("mount", "-o", "loop", self._image, self.folder)


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


def start(function: Callable[..., None], *args: Any) -> BaseProcess:
    """Calls a function of a module in a process that has imported everything already."""
    process = _FORKS.Process(target=function, args=args, daemon=True)
    process.start()
    return process


def start_scrapy(words: Sequence[str], env: dict[str, str], log: Path) -> BaseProcess:
    """Starts a command of scrapy in such a process, which writes its log when it ends."""
    return start(_scrapy, list(words), env, log)


def _scrapy(words: list[str], env: dict[str, str], log: Path) -> None:
    done = scrapy_in_process(*words, env=env)
    log.write_text(done.stderr, "utf-8")
    raise SystemExit(done.returncode)

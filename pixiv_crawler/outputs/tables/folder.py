"""The folder of the tables: new ones are made aside and moved in when all are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.outputs.tables.card import CARD_NAME, MADE_BY


class TablesFolder:
    """A folder with tables, or one that is to have them.

    `.part` holds what is being made; complete, it is renamed to `.ready`, and its files are moved to their places. A kill
    before the renaming leaves the old tables; after it, the next run moves what is left.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path / ".part"
        self._ready = path / ".ready"

    @contextmanager
    def making(self, names: list[str]) -> Iterator[tuple[Path, Path]]:
        """Gives a folder for the new files, and one above it for all else; both are gone afterwards.

        Raises:
            SettingError: somebody else's files are there under one of the names, or another process writes there.
            OSError: something cannot be written.
        """
        self._path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._path / ".lock", timeout=0):
                self._check(names)
                self._finish_moving()
                with self._aside() as new:
                    yield new, self._part
                    self._publish(new)
        except Timeout:
            raise SettingError(f"another scrapy tables is writing to {self._path}; wait for it") from None

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        shutil.rmtree(self._part, ignore_errors=True)
        new = self._part / "new"
        new.mkdir(parents=True)
        try:
            yield new
        finally:
            shutil.rmtree(self._part, ignore_errors=True)

    def _check(self, names: list[str]) -> None:
        taken = [name for name in (*names, CARD_NAME) if (self._path / name).exists()]
        if taken and _card(self._path).get("made_by") != MADE_BY and not self._ready.exists():
            raise SettingError(
                f"{self._path} holds a {taken[0]} that is no table of ours; give another folder by --output"
            )

    def _publish(self, new: Path) -> None:
        for path in new.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            new.rename(self._ready)
            self._finish_moving()
        except KeyboardInterrupt:
            if new.exists():
                raise
            self._finish_moving()  # some are moved, and half of each would be no tables

    def _finish_moving(self) -> None:
        if not self._ready.exists():
            return
        # What the old card names and no new file replaces would be a table of another day. The new card comes last.
        if (self._ready / CARD_NAME).exists():
            kept = _card(self._ready).get("files", {})
            for name in set(_card(self._path).get("files", {})) - set(kept):
                (self._path / Path(name).name).unlink(missing_ok=True)
        for path in sorted(self._ready.iterdir(), key=lambda path: path.name == CARD_NAME):
            path.replace(self._path / path.name)
        self._ready.rmdir()


def _card(folder: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode((folder / CARD_NAME).read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}

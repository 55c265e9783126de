"""The folder of the tables: new ones are written to a subfolder and moved when all are complete."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout.atomic_write import make_folder, replace_durably, sync_folder, sync_to_disk
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.outputs.jsonl import UNDECODABLE
from pixiv_crawler.outputs.tables.card import CARD_NAME, MADE_BY


class TablesFolder:
    """A folder for tables.

    New files are written to `.part`; once complete, it is renamed to `.ready`, and its files are moved into the
    folder. If the process is killed before the rename, the old tables remain; after it, the next run moves the
    remaining files.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path / ".part"
        self._ready = path / ".ready"

    @contextmanager
    def replacing(self, names: list[str]) -> Iterator[tuple[Path, Path]]:
        """Yields a folder for the new files, and its parent for temporary files; both are removed afterwards.

        Raises:
            SettingError: the folder contains other files with these names, or another process is writing to it.
            OSError: a file cannot be written.
        """
        make_folder(self._path)
        try:
            with FileLock(self._path / ".lock", timeout=0):
                self._check(names)
                self._finish_moving()
                with self._temporary_folder() as new:
                    yield new, self._part
                    self._publish(new)
        except Timeout:
            raise SettingError(
                f"another {PROGRAM} tables is writing to {self._path}; wait until it has finished"
            ) from None

    @contextmanager
    def _temporary_folder(self) -> Iterator[Path]:
        shutil.rmtree(self._part, ignore_errors=True)
        new = self._part / "new"
        new.mkdir(parents=True)
        try:
            yield new
        finally:
            shutil.rmtree(self._part, ignore_errors=True)

    def _check(self, names: list[str]) -> None:
        existing = [name for name in (*names, CARD_NAME) if (self._path / name).exists()]
        if existing and _card(self._path).get("made_by") != MADE_BY and not self._ready.exists():
            raise SettingError(
                f"{self._path} contains {existing[0]}, which {PROGRAM} tables did not write; pass another folder with --output"
            )

    def _publish(self, new: Path) -> None:
        for path in new.iterdir():
            sync_to_disk(path)
        sync_folder(new)
        try:
            replace_durably(new, self._ready)
            self._finish_moving()
        except KeyboardInterrupt:
            if new.exists():
                raise
            self._finish_moving()  # a mixture of old and new files would be inconsistent

    def _finish_moving(self) -> None:
        if not self._ready.exists():
            return
        # Files of the old card that are not replaced would be outdated. The new card is moved last.
        if (self._ready / CARD_NAME).exists():
            new_names = _card(self._ready).get("files", {})
            for name in set(_card(self._path).get("files", {})) - set(new_names):
                (self._path / Path(name).name).unlink(missing_ok=True)
        for path in sorted(self._ready.iterdir(), key=lambda path: path.name == CARD_NAME):
            replace_durably(path, self._path / path.name)
        self._ready.rmdir()


def _card(folder: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(read_regular(folder / CARD_NAME), type=dict[str, Any])
    except (OSError, *UNDECODABLE):
        return {}

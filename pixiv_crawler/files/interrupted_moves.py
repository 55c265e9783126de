"""Finds files that a killed process has moved, but not recorded, by the log of moves."""

import asyncio
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from pixiv_crawler.files.group_commit import is_taken
from pixiv_crawler.files.moving import is_as_recorded
from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.run.state import StateStore, StoredFile

# In the key of a page in place of its template: the next call that meets the file gives it its path.
_NO_TEMPLATE = "moved"


class InterruptedMoves:
    """The moves that were logged before this object is first needed."""

    def __init__(self, store: Path, data_dir: Path, state: StateStore) -> None:
        self._store = store
        self._data_dir = data_dir
        self._state = state

    @cached_property
    def _paths(self) -> dict[str, str]:
        return moved_paths(self._data_dir)

    async def located(self, file: StoredFile) -> StoredFile:
        """The record of a file, with its present path if it was moved; the state knows that path from now on.

        Raises:
            OSError: the log cannot be read.
            StateError: the state database failed.
        """
        if is_taken(self._store / file.path):
            return file
        path = (await asyncio.to_thread(lambda: self._paths)).get(file.path)
        if path is None or not is_as_recorded(self._store / path, file) or await self._state.file(path):
            return file
        key = f"{file.page_key.rpartition(' ')[0]} {_NO_TEMPLATE}" if file.page_key else None
        moved = replace(file, path=path, page_key=key)
        await self._state.save_files([moved], forgotten=[file.path])
        return moved

"""Gives all files of works the paths of the present templates."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

from pixiv_crawler.files.group_commit import is_taken
from pixiv_crawler.files.moving import Mover
from pixiv_crawler.files.plan import FileCandidate, FilePlan
from pixiv_crawler.items import File, User, Work
from pixiv_crawler.layout.paths import files_folder
from pixiv_crawler.layout.safe_names import max_name_bytes
from pixiv_crawler.options import FileMove
from pixiv_crawler.run.state import StateStore, StoredFile


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file with another path than before."""

    old: str
    new: str
    problem: str | None = None
    """Why it keeps its path; None if it does not."""


class Renamer:
    """Renames the files of one work after the other; a file that has its path is left alone, so that it can be run again."""

    def __init__(self, state: StateStore, data_dir: Path, file_path: str, novel_path: str, how: FileMove) -> None:
        """`file_path` and `novel_path` are the templates.

        Raises:
            SettingError: a template is not valid.
        """
        self._state = state
        self._store = files_folder(data_dir)
        max_bytes = max_name_bytes(self._store)
        self._names: dict[int, tuple[str, str]] = {}
        self._plan = FilePlan(
            None, file_path, novel_path, spider="", job="", names=self._names_of, max_bytes=max_bytes
        )
        self._mover = Mover(self._store, data_dir, state, how, max_bytes)

    def _names_of(self, user: User) -> tuple[str, str]:
        return self._names[user.id]

    async def rename(self, work: Work, files: Iterable[File], *, is_dry: bool) -> AsyncIterator[Renamed]:
        """Renames files of a work, or only determines their paths; `files` are those of its lines, the newest first.

        Raises:
            StateError: the state database failed.
        """
        user = work.user
        self._names = {user.id: await self._state.user_names(user.id, user.name, user.account)}
        candidates: dict[str, tuple[FileCandidate, File]] = {}
        for file in files:
            if file.status != "failed" and (candidate := self._plan.known(work, file)):
                candidates.setdefault(candidate.key, (candidate, file))
        for candidate, file in candidates.values():
            if renamed := await self._rename(candidate, file, is_dry=is_dry):
                yield renamed

    async def _rename(self, candidate: FileCandidate, file: File, *, is_dry: bool) -> Renamed | None:
        for stored in await self._known(candidate, file):
            is_there = is_taken(self._store / stored.path)
            if stored.page_key == candidate.key:
                if is_there:
                    return None
                continue
            renamed = Renamed(stored.path, candidate.path_like(stored.path))
            if not is_dry:
                try:
                    is_there = bool(await self._mover.move(stored, renamed.new, candidate.key, asyncio.to_thread))
                except OSError as error:
                    return Renamed(renamed.old, renamed.new, error.strerror)
            if is_there:
                return renamed if renamed.old != renamed.new else None
        return None

    async def _known(self, candidate: FileCandidate, file: File) -> list[StoredFile]:
        """The records of a file; in a rebuilt state, only its path is known."""
        if known := await self._state.files_of_page(candidate.key):
            return known
        stored = await self._state.file(file.path)
        return [stored] if stored and stored.url == file.url else []

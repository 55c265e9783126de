"""Gives all files of works the paths of the present templates."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pixiv_crawler.files.group_commit import is_taken
from pixiv_crawler.files.interrupted_moves import InterruptedMoves
from pixiv_crawler.files.moving import Move, Mover
from pixiv_crawler.files.plan import FileCandidate, FilePlan
from pixiv_crawler.items import File, User, Work
from pixiv_crawler.layout.paths import files_folder
from pixiv_crawler.layout.safe_names import max_name_bytes
from pixiv_crawler.options import FileMove
from pixiv_crawler.run.state import StateStore, StoredFile

# Files that share transactions and flushes.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file with another path than before."""

    old: str
    new: str
    problem: str | None = None
    """Why it keeps its path; None if it does not."""


class Renamer:
    """Renames the files of works; one that has its path is left alone, so that it can be run again."""

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
        self._interrupted_moves = InterruptedMoves(self._store, data_dir, state)
        self._mover = Mover(self._store, data_dir, state, how, max_bytes)

    def _names_of(self, user: User) -> tuple[str, str]:
        return self._names[user.id]

    async def rename(self, works: Iterable[tuple[Work, Iterable[File]]], *, is_dry: bool) -> AsyncIterator[Renamed]:
        """Renames files of works, or only determines their paths; with each work come the files of its lines, newest first.

        Raises:
            OSError: the log of moves cannot be written.
            StateError: the state database failed.
        """
        batch: list[Move] = []
        for work, files in works:
            batch += await self._moves(work, files)
            if len(batch) >= _BATCH:
                for one in await self._outcomes(batch, is_dry=is_dry):
                    yield one
                batch.clear()
        for one in await self._outcomes(batch, is_dry=is_dry):
            yield one

    async def _moves(self, work: Work, files: Iterable[File]) -> list[Move]:
        user = work.user
        self._names = {user.id: await self._state.user_names(user.id, user.name, user.account)}
        candidates: dict[str, tuple[FileCandidate, File]] = {}
        for file in files:
            if file.status != "failed" and (candidate := self._plan.known(work, file)):
                candidates.setdefault(candidate.key, (candidate, file))
        return [move for candidate, file in candidates.values() if (move := await self._move(candidate, file))]

    async def _move(self, candidate: FileCandidate, file: File) -> Move | None:
        """What moves a file to its path; None if it is there, or nowhere."""
        for known in await self._known(candidate, file):
            stored = await self._interrupted_moves.located(known)
            path = candidate.path_like(stored.path)
            if stored.page_key == candidate.key:
                if is_taken(self._store / stored.path):
                    return None
            # An interrupted call may have moved it, and not recorded that.
            elif is_taken(self._store / stored.path) or is_taken(self._store / path):
                return Move(stored, path, candidate.key)
        return None

    async def _outcomes(self, moves: Sequence[Move], *, is_dry: bool) -> list[Renamed]:
        outcomes = await (self._mover.check(moves) if is_dry else self._mover.move(moves, asyncio.to_thread))
        return [
            Renamed(old.path, path, outcome.strerror if isinstance(outcome, OSError) else None)
            for (old, path, _), outcome in zip(moves, outcomes, strict=True)
            if outcome and old.path != path
        ]

    async def _known(self, candidate: FileCandidate, file: File) -> list[StoredFile]:
        """The records of a file; in a rebuilt state, only its path is known."""
        if known := await self._state.files_of_page(candidate.key):
            return known
        stored = await self._state.file(file.path)
        return [stored] if stored and stored.url == file.url else []

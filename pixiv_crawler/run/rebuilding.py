"""Rebuilds a lost state from the lines, reports and files of runs.

It contains the finished runs, the works that they collected completely, and the files of all runs whose size is that
of their line. A run that has not finished is left out: it is adopted when it is resumed. How far listings were read is
in no line, so the next run with `new_only` reads them to their ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.items.parts import File
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.atomic_write import replace_durably
from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.run.adoption import Report, items_in, read_report
from pixiv_crawler.run.incremental import collected_work, scope_of
from pixiv_crawler.run.item_keys import value_of
from pixiv_crawler.run.output_folder import OUTPUT_FILES, OutputFolder
from pixiv_crawler.run.state import CollectedWork, StateStore, StatValue, StoredFile, StoredItems
from pixiv_crawler.run.state.sqlite import SqliteState
from pixiv_crawler.run.state.sqlite_connection import is_intact
from pixiv_crawler.run.stats import FAILURES, LINES


@dataclass(slots=True)
class Rebuilt:
    """What a rebuilt state contains."""

    runs: int = 0
    works: int = 0
    files: int = 0
    open_runs: list[Path] = field(default_factory=list)
    """Folders of runs that have not finished, or whose report cannot be read."""
    kept_as: Path | None = None
    """The new name of the previous database."""


async def rebuild(data_dir: Path, path: Path, *, replace: bool = False) -> Rebuilt:
    """Writes a new state database for the runs in a data folder; the previous one gets another name.

    Raises:
        SettingError: there is a database that can be read and `replace` is false, or a run is in progress.
        OSError: the database or a file cannot be read or written.
        StateError: the new database could not be written.
    """
    if not replace and is_intact(path):
        raise SettingError(f"the state database {path} can be read: pass --replace to rebuild it nevertheless")
    with locked_folders(data_dir) as folders:
        new = path.with_name(f"{path.name}.new")
        _remove(new)
        state = await SqliteState.open(new)
        try:
            rebuilt = await _fill(state, data_dir, folders)
        finally:
            await state.close()
        rebuilt.kept_as = _move_away(path)
        replace_durably(new, path)
    return rebuilt


# A run that waits for its first response has nothing but its lock.
_NAMES = (".lock", paths.report_path(Path()).name, *OUTPUT_FILES.values())


@contextmanager
def locked_folders(data_dir: Path) -> Iterator[list[Path]]:
    """The folders of all runs; none of them is in progress inside the block.

    Raises:
        SettingError: one is in progress.
    """
    with ExitStack() as locks:
        folders = sorted({path.parent for name in _NAMES for path in data_dir.glob(f"*/*/{name}")})
        for folder in folders:
            if (folder / ".lock").exists():
                locks.callback(OutputFolder(folder).release)
        yield folders


async def _fill(state: StateStore, data_dir: Path, folders: Iterable[Path]) -> Rebuilt:
    rebuilt = Rebuilt()
    reports = {folder: report for folder in folders if (report := read_report(folder)) and report.is_finished}
    rebuilt.open_runs = [folder for folder in folders if folder not in reports]
    finished = sorted(reports, key=lambda one: reports[one].finished_at or "")
    for folder in finished:
        report, spider, job = reports[folder], folder.parent.name, folder.name
        works = {(work.kind, work.id): work for work in _collected(folder, report)}
        stored = StoredItems(collected=works.values(), stats=_stats(report))
        run = await state.create_run(spider, job, report.arguments, report.started_at, stored)
        await state.finish_run(run.id, report.finished_at or report.started_at, ())
        rebuilt.runs += 1
        rebuilt.works += len(works)
    files_folder = paths.files_folder(data_dir)
    moved = moved_paths(data_dir)
    for folder in [*finished, *rebuilt.open_runs]:
        for stored_file in _files(folder, files_folder, moved):
            await state.save_file(stored_file)
            rebuilt.files += 1
    return rebuilt


def _stats(report: Report) -> dict[str, StatValue]:
    """The stats by which a finished run is listed."""
    lines: dict[str, StatValue] = {f"{LINES}{kind}": count for kind, count in report.lines.items()}
    return lines | {FAILURES: sum(report.failure_counts.values())}


def _collected(folder: Path, report: Report) -> Iterator[CollectedWork]:
    """The works of a finished run of which nothing failed."""
    scope = scope_of(SimpleNamespace(**report.arguments))
    failed = {value_of(line, "id") for line in items_in(folder, [paths.FAILURES_NAME])}
    for item in items_in(folder, OUTPUT_FILES.values()):
        if isinstance(item, Illust | Novel) and item.id not in failed:
            yield collected_work(item, scope)


def _files(folder: Path, files_folder: Path, moved: Mapping[str, str]) -> Iterator[StoredFile]:
    """The files in lines that exist with the size of the line; any other one is read when a run needs it."""
    for item in items_in(folder, OUTPUT_FILES.values()):
        for file in value_of(item, "files") or ():
            if not isinstance(file, File) or file.sha256 is None:
                continue
            path = moved.get(file.path, file.path)
            try:
                status = (files_folder / path).stat()
            except (OSError, ValueError):
                continue
            if status.st_size == file.size:
                yield StoredFile(
                    path=path,
                    url=file.url,
                    size_bytes=status.st_size,
                    mtime_ns=status.st_mtime_ns,
                    sha256=file.sha256,
                    run_id=0,
                    content_type=file.content_type,
                    problem=file.error if file.status == "damaged" else None,
                )


def _move_away(path: Path) -> Path | None:
    """Renames a database with its journal, and returns its new name."""
    if not path.exists():
        _remove(path)  # a journal without its database would become one of the new database
        return None
    old = path.with_name(f"{path.name}.old-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(f"{path.name}{suffix}")
        if part.exists():
            replace_durably(part, old.with_name(f"{old.name}{suffix}"))
    return old


def _remove(path: Path) -> None:
    for suffix in ("-wal", "-shm", ""):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)

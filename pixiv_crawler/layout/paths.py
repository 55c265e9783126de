"""Every path the project writes, computed and never created; `filenames` names the files of works below them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.safe_names import MAX_PART_BYTES, RESERVED, cut, extension, is_device

# Leaves room for endings that an exporter or a temporary file adds to the name.
MAX_JOB_BYTES = 150


def data_dir(setting: str) -> Path:
    """The absolute path of the folder that PIXIV_DATA_DIR names."""
    return Path(setting).expanduser().absolute()


def run_folder(data_dir: Path, spider: str, job: str) -> Path:
    """Where the lines and the report of one run lie.

    Raises:
        ArgumentError: the job's name cannot be a folder's.
    """
    return data_dir / spider / check_job(job)


def default_job(now: datetime) -> str:
    """The name of a run that the user gave none: its start in UTC, to the second."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%S")


def files_folder(data_dir: Path) -> Path:
    """Where the files of works lie, shared by all runs; `filenames` names them below it."""
    return data_dir / "files"


def parts_folder(data_dir: Path, spider: str, job: str) -> Path:
    """Where the unfinished downloads of one run lie: outside `files`, so that a file there is whole or not at all.

    Raises:
        ArgumentError: the job's name cannot be a folder's.
    """
    return data_dir / ".parts" / spider / check_job(job)


def old_path(path: str, sha256: str) -> str:
    """Where the file of that path goes when its artist has replaced it: beside it, under a name that no template gives."""
    folder, slash, name = path.rpartition("/")
    ext = extension(name)
    mark = f".{sha256[:16]}.old{ext}"
    return folder + slash + cut(name.removesuffix(ext), MAX_PART_BYTES - len(mark)) + mark


def beside(path: str, suffix: str) -> str:
    """Where what belongs to the file of that path lies: beside it, under its name with a suffix."""
    folder, slash, name = path.rpartition("/")
    if len(f"{name}{suffix}".encode()) > MAX_PART_BYTES:
        # Cut, it would be another file's, too.
        mark = f".{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        name = cut(name, MAX_PART_BYTES - len(f"{mark}{suffix}".encode())) + mark
    return f"{folder}{slash}{name}{suffix}"


def small_path(path: str, pixels: int) -> str:
    """Where a small picture of the file of that path lies."""
    return beside(f"thumbs/{pixels}/{path}", ".webp")


def report_path(run_folder: Path) -> Path:
    """Where the report of the run in that folder lies."""
    return run_folder / "report.json"


FAILURES_NAME = "failed.jsonl"
"""The file next to the report that lists every failure of a run."""


def default_token_file() -> Path:
    """The token file in the user's state folder, as the operating system wants it."""
    # Without an author, or Windows gets a second folder of the same name.
    return platformdirs.user_state_path("pixiv_crawler", appauthor=False) / "token.json"


def check_job(job: str) -> str:
    """The given name of a run, if it can be one folder's name on any operating system.

    Raises:
        ArgumentError: it cannot; the text says which rule it breaks.
    """
    if rule := next(_broken_job_rules(job), None):
        raise ArgumentError(f"The job name {job!r} {rule}; choose another, such as 2026-11-23T13-45-00.")
    return job


def _broken_job_rules(job: str) -> Iterator[str]:
    if not job:
        yield "is empty"
    if found := [char for char in job if char in RESERVED or unicodedata.category(char) in {"Cc", "Cs"}]:
        yield f"has the character {found[0]!r}, which a folder cannot have"
    elif len(job.encode()) > MAX_JOB_BYTES:
        yield f"is longer than {MAX_JOB_BYTES} bytes"
    if job.endswith((".", " ")):
        yield "ends with a dot or a space"
    if is_device(job):
        yield "is a device on Windows"

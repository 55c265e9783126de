"""Every path that the project writes to, computed but not created; `filenames` names the files of works."""

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from pixiv_crawler.exceptions import ArgumentError, SettingError
from pixiv_crawler.layout.safe_names import MAX_PART_BYTES, RESERVED, extension, is_device, truncate

THUMBNAILS = "thumbs"
"""The folder of thumbnails, below that of files."""
ADOPTED = "adopted"
"""The folder of adopted files, below that of files, until a crawl meets their works."""
# Leaves room for suffixes of exporters and temporary files.
MAX_JOB_BYTES = 150

CONFIG_FILE = "pixiv-crawler.toml"


def data_dir(setting: str) -> Path:
    """The absolute path of the folder that PIXIV_DATA_DIR names.

    Raises:
        SettingError: it is empty.
    """
    if not setting or not setting.strip():
        raise SettingError("PIXIV_DATA_DIR is empty; set it to a folder, or remove it to use the default")
    return Path(setting.strip()).expanduser().absolute()


def run_folder(data_dir: Path, spider: str, job: str) -> Path:
    """The folder of the lines and the report of a run.

    Raises:
        ArgumentError: the job name is not a valid folder name.
    """
    return data_dir / spider / check_job(job)


def default_job(now: datetime) -> str:
    """The default name of a run: its start time in UTC, in seconds."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%S")


def files_folder(data_dir: Path) -> Path:
    """The folder of the files of works, shared by all runs."""
    return data_dir / "files"


def partials_folder(data_dir: Path, spider: str, job: str) -> Path:
    """The folder of the partial downloads of a run: outside `files`, which contains only complete files.

    Raises:
        ArgumentError: the job name is not a valid folder name.
    """
    return data_dir / ".parts" / spider / check_job(job)


def replaced_path(path: str, sha256: str, max_bytes: int = MAX_PART_BYTES) -> str:
    """The path of the old version of a file that the artist has replaced: next to it, with a name no template produces."""
    folder, slash, name = path.rpartition("/")
    ext = extension(name)
    mark = f".{sha256[:16]}.old{ext}"
    return folder + slash + truncate(name.removesuffix(ext), max_bytes - len(mark)) + mark


def companion_path(path: str, suffix: str, max_bytes: int = MAX_PART_BYTES) -> str:
    """The path of a file that belongs to the given one: next to it, with a suffix; its name has at most `max_bytes`."""
    folder, slash, name = path.rpartition("/")
    if len(f"{name}{suffix}".encode()) > max_bytes:
        # A truncated name could be that of another file.
        mark = f".{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        name = truncate(name, max_bytes - len(f"{mark}{suffix}".encode())) + mark
    return f"{folder}{slash}{name}{suffix}"


def thumbnail_path(path: str, pixels: int, max_bytes: int = MAX_PART_BYTES) -> str:
    """The path of the thumbnail of a file."""
    return companion_path(f"{THUMBNAILS}/{pixels}/{path}", ".webp", max_bytes)


def report_path(run_folder: Path) -> Path:
    """The path of the report of a run."""
    return run_folder / "report.json"


FAILURES_NAME = "failed.jsonl"
"""The file next to the report that lists every failure of a run."""


def default_token_file() -> Path:
    """The token file in the user's state folder of the operating system."""
    # `appauthor` is off, because on Windows it would add a second folder with the same name.
    return platformdirs.user_state_path("pixiv_crawler", appauthor=False) / "token.json"


def config_files() -> list[Path]:
    """Where a configuration file may be: in the working folder, or in the user's configuration folder."""
    return [Path(CONFIG_FILE), platformdirs.user_config_path("pixiv_crawler", appauthor=False) / CONFIG_FILE]


def check_job(job: str) -> str:
    """The given name of a run, if it is a valid folder name on every operating system.

    Raises:
        ArgumentError: it is not; the message names the rule it breaks.
    """
    if rule := next(_broken_job_rules(job), None):
        raise ArgumentError(f"the job name {job!r} {rule}: choose another name, such as 2026-11-23T13-45-00")
    return job


def _broken_job_rules(job: str) -> Iterator[str]:
    if not job:
        yield "is empty"
    if found := [char for char in job if char in RESERVED or unicodedata.category(char) in {"Cc", "Cs"}]:
        yield f"contains the character {found[0]!r}, which is not valid in a folder name"
    elif len(job.encode()) > MAX_JOB_BYTES:
        yield f"is longer than {MAX_JOB_BYTES} bytes"
    if job.endswith((".", " ")):
        yield "ends with a dot or a space"
    if is_device(job):
        yield "is a device name on Windows"

"""What a file on disk is: valid or not, and whether it is the upload that Pixiv has now."""

import os
from dataclasses import replace
from pathlib import Path

from pixiv_crawler.files.partial import sha256_of
from pixiv_crawler.files.plan import FileCandidate
from pixiv_crawler.media import kind_of_file, problem_of
from pixiv_crawler.run.state import StoredFile

# Copies and file systems round times, FAT to two seconds.
_ROUNDING_SECONDS = 2


def read_file(path: Path, candidate: FileCandidate) -> tuple[str | None, str, str | None]:
    """What is wrong with a file, its hash and its media type; videos and EPUB files cannot be verified."""
    problem = problem_of(path) if candidate.is_verifiable else None
    return problem, sha256_of(path), candidate.content_type or _content_type(path)


def _content_type(path: Path) -> str | None:
    kind = kind_of_file(path)
    return kind.content_type if kind else None


def with_url(adopted: StoredFile, path: Path, candidate: FileCandidate) -> StoredFile:
    """An adopted file with its URL, if it is the same upload and has the size of the image."""
    try:
        status = path.stat()
        is_same = not (
            is_earlier_upload(status, candidate) or (candidate.pixels and problem_of(path, candidate.pixels))
        )
    except FileNotFoundError:
        is_same = False
    return replace(adopted, url=candidate.url) if is_same else adopted


def is_earlier_upload(status: os.stat_result, candidate: FileCandidate) -> bool:
    """Whether a file of unknown origin existed before the artist uploaded this one: a stored file has the time of its upload.

    A file that is older than its work got its time from another program.
    """
    modified = status.st_mtime + _ROUNDING_SECONDS
    is_older = candidate.uploaded_at is not None and modified < candidate.uploaded_at.timestamp()
    return is_older and (candidate.created_at is None or modified >= candidate.created_at.timestamp())


def status_of(path: Path) -> os.stat_result | None:
    """The status of what is at a path; None if there is nothing."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None

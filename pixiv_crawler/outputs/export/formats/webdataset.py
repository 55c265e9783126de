"""Tar files of bounded size for large-scale training (webdataset): pixiv-000000.tar with 123_p0.png and 123_p0.json.

Samples are ordered by ID, and the same works give the same bytes, so new works change only the last files. The shards
contain exactly what was selected: an export that would remove samples is rejected.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from pydantic import Field

from pixiv_crawler.argument_types import PositiveNumber
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.outputs.export.arguments import TagArgs
from pixiv_crawler.outputs.export.page_rows import page_row
from pixiv_crawler.outputs.export.selection import Page, Selection
from pixiv_crawler.outputs.export.target import Target

TYPES = ("illust", "manga")
_MB = 1_000_000
# A header, and padding to whole blocks.
_MEMBER_BYTES = 1024


class Args(TagArgs):
    """The arguments of this format."""

    shard_mb: PositiveNumber = Field(1000, description="The size of a tar file in MB; only a larger image exceeds it.")


@dataclass(frozen=True, slots=True)
class _Sample:
    """An image and its metadata."""

    page: Page
    metadata: bytes
    """A row as JSON."""

    @property
    def size(self) -> int:
        """In the tar file, in bytes."""
        return self.page.file.size + len(self.metadata) + 2 * _MEMBER_BYTES


def export(selection: Selection, target: Target, args: Args) -> None:
    """Writes the shards that are new or have changed.

    Raises:
        SettingError: the shards contain samples that are not selected, or whose files are missing.
    """
    names = {sample.page.name for shard in _shards(selection, args) for sample in shard}
    existing = [record.path for record in target.records if (target.folder / record.path).exists()]
    if lost := {name for path in existing for name in _names(target.folder / path)} - names:
        raise SettingError(
            f"{target.folder} has {len(lost)} samples that this export would remove, such as {min(lost)}: "
            "pass an empty folder"
        )
    shards = 0
    for shards, samples in enumerate(_shards(selection, args), 1):
        target.put(_path(shards - 1), _digest(samples), partial(_write, samples))
    for path in set(existing) - {_path(number) for number in range(shards)}:
        target.remove(path)


def _path(number: int) -> str:
    return f"pixiv-{number:06}.tar"


def _shards(selection: Selection, args: Args) -> Iterator[list[_Sample]]:
    """The samples by ID, divided into shards."""
    shard: list[_Sample] = []
    size = 0
    for selected in selection.of_types(TYPES):
        for page in selected.pages:
            sample = _Sample(page, msgspec.json.encode(page_row(selected, page, args)))
            if shard and size + sample.size > args.shard_mb * _MB:
                yield shard
                shard, size = [], 0
            shard.append(sample)
            size += sample.size
    if shard:
        yield shard


def _digest(samples: Sequence[_Sample]) -> str:
    digest = hashlib.sha256()
    for sample in samples:
        digest.update(f"{sample.page.name}{sample.page.file.ext} {sample.page.file.record.sha256} ".encode())
        digest.update(sample.metadata + b"\n")
    return digest.hexdigest()


def _write(samples: Sequence[_Sample], part: Path) -> None:
    """Writes a shard.

    Raises:
        FileError: a file has another content than when it was stored.
    """
    with tarfile.open(part, "w", format=tarfile.USTAR_FORMAT) as archive:
        for sample in samples:
            name, file = sample.page.name, sample.page.file
            _add(archive, name + file.ext, b"".join(file.chunks()))
            _add(archive, f"{name}.json", sample.metadata)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # its time is 0, so that the same samples give the same bytes
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _names(shard: Path) -> Iterator[str]:
    """The names of the samples of an existing shard.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with tarfile.open(shard) as archive:
            for member in archive:
                yield member.name.partition(".")[0]
    except tarfile.TarError as error:
        raise OSError(f"{shard} is damaged: {error}") from error

"""An archive with checksums (BagIt 1.0): data/files has all files, data/works.jsonl the newest line of each work.

`sha256sum -c SHA256SUMS` in the folder verifies all of it, too. Works of earlier exports stay in the bag.
"""

from collections.abc import Iterable, Iterator

import msgspec

from pixiv_crawler.items.codec import encode_item
from pixiv_crawler.outputs.export.arguments import ExportArgs
from pixiv_crawler.outputs.export.merging import merged
from pixiv_crawler.outputs.export.selection import Needs, Selection
from pixiv_crawler.outputs.export.target import Record, Target

TYPES = ("illust", "manga", "ugoira", "novel")
Args = ExportArgs

_WORKS = "data/works.jsonl"


def export(selection: Selection, target: Target, args: ExportArgs) -> None:
    """Writes the files, then the lines, then the manifests: the bag is valid when the export has ended."""
    lines = merged(_lines(selection, target), target.lines(_WORKS), _Key)
    target.put_lines(_WORKS, (line for _, line in lines))
    newest = max((msgspec.json.decode(line, type=_Time).fetched_at for line in target.lines(_WORKS)), default="")
    payload = [one for one in target.records if one.path.startswith("data/") and (target.folder / one.path).is_file()]
    _write_tags(target, payload, newest[:10])


class _Key(msgspec.Struct, order=True):
    kind: str
    id: int


class _Time(msgspec.Struct):
    fetched_at: str = ""


def _lines(selection: Selection, target: Target) -> Iterator[bytes]:
    """The lines of the selected works, whose files it exports."""
    for selected in selection.of_types(TYPES, Needs.FILES):
        for file in selected.files:
            # In a manifest, a percent sign begins an escape, but not all programs read it as one.
            target.put_file(f"data/files/{file.record.path.replace('%', '％')}", file, is_verified=True)
        yield encode_item(selected.work) + b"\n"


def _write_tags(target: Target, payload: Iterable[Record], day: str) -> None:
    """Writes everything that describes the payload."""
    payload = sorted(payload, key=lambda record: record.path)
    info = {
        "Bag-Software-Agent": "pixiv_crawler",
        "Bagging-Date": day,
        "External-Description": "Works collected from Pixiv",
        "Payload-Oxum": f"{sum(record.size for record in payload)}.{len(payload)}",
    }
    tags: dict[str, Iterable[str]] = {
        "SHA256SUMS": _sums(payload),
        "bag-info.txt": [f"{name}: {value}\n" for name, value in info.items() if value],
        "bagit.txt": ["BagIt-Version: 1.0\n", "Tag-File-Character-Encoding: UTF-8\n"],
        "manifest-sha256.txt": _sums(payload),
    }
    digests = {name: target.put_lines(name, map(str.encode, lines)) for name, lines in tags.items()}
    target.put_lines("tagmanifest-sha256.txt", (f"{digest}  {name}\n".encode() for name, digest in digests.items()))


def _sums(payload: Iterable[Record]) -> Iterator[str]:
    return (f"{record.source}  {record.path}\n" for record in payload)

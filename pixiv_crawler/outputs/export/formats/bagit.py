"""An archive with checksums (BagIt 1.0): data/files has all files, data/works.jsonl the newest line of each work.

`sha256sum -c SHA256SUMS` in the folder verifies all of it, too. Works of earlier exports stay in the bag.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress

import msgspec

from pixiv_crawler.items.codec import encode_item
from pixiv_crawler.outputs.export.arguments import ExportArgs
from pixiv_crawler.outputs.export.selection import Needs, Selection
from pixiv_crawler.outputs.export.target import Record, Target

TYPES = ("illust", "manga", "ugoira", "novel")
Args = ExportArgs

_WORKS = "data/works.jsonl"
_MANIFEST = "manifest-sha256.txt"


def export(selection: Selection, target: Target, args: ExportArgs) -> None:
    """Writes the files, then the lines, then the manifests: the bag is valid when the export has ended."""
    lines: dict[tuple[str, int], bytes] = {}
    newest = ""
    for selected in selection.of_types(TYPES, Needs.FILES):
        work = selected.work
        for file in selected.files:
            # In a manifest, a percent sign begins an escape, but not all programs read it as one.
            target.put_file(f"data/files/{file.record.path.replace('%', '％')}", file)
        lines[work.kind, work.id] = encode_item(work)
        newest = max(newest, work.fetched_at)
    for line in target.content(_WORKS).splitlines():
        with suppress(msgspec.MsgspecError):
            key = msgspec.json.decode(line, type=_Key)
            lines.setdefault((key.kind, key.id), line)
            newest = max(newest, key.fetched_at)
    target.put_bytes(_WORKS, b"".join(lines[key] + b"\n" for key in sorted(lines)))
    payload = [one for one in target.records if one.path.startswith("data/") and (target.folder / one.path).is_file()]
    _write_tags(target, payload, newest[:10])


class _Key(msgspec.Struct):
    kind: str
    id: int
    fetched_at: str = ""


def _write_tags(target: Target, payload: Iterable[Record], day: str) -> None:
    """Writes everything that describes the payload."""
    payload = sorted(payload, key=lambda record: record.path)
    sums = "".join(f"{record.source}  {record.path}\n" for record in payload)
    info = {
        "Bag-Software-Agent": "pixiv_crawler",
        "Bagging-Date": day,
        "External-Description": "Works collected from Pixiv",
        "Payload-Oxum": f"{sum(record.size for record in payload)}.{len(payload)}",
    }
    tags = {
        "SHA256SUMS": sums,
        "bag-info.txt": "".join(f"{name}: {value}\n" for name, value in info.items() if value),
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        _MANIFEST: sums,
    }
    tags["tagmanifest-sha256.txt"] = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in tags.items()
    )
    for name, text in tags.items():
        target.put_bytes(name, text.encode())

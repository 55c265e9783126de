"""A data folder with generated lines and real images, as crawls would have left it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw


def picture(number: int, size: tuple[int, int] = (240, 320), mode: str = "RGB") -> Image.Image:
    """A different image for each number."""
    colors = [((number * 67) % 256, (number * 31 + 80) % 256, (number * 17 + 160) % 256), (255, 240, 200)]
    image = Image.new("RGB", size, colors[0])
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.ellipse([width * 0.2, height * 0.2, width * 0.8, height * 0.7], fill=colors[1])
    draw.rectangle([0, height * 0.8, width, height], fill=(20, 30, 60))
    draw.text((5, 5), str(number), fill=(255, 255, 255))
    return image.convert(mode)


class DataFolder:
    """Writes lines and files of works."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def files(self) -> Path:
        return self.path / "files"

    def file(self, name: str, content: Image.Image | bytes, **options: Any) -> dict[str, Any]:
        """Writes a file; returns its record in a line."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.save(path, **options)
        return file_record(name)

    def write(self, *works: dict[str, Any], run: str = "1", name: str = "illusts", end: bytes = b"") -> None:
        """Appends lines to one file of a run, then `end` unchanged."""
        path = self.path / "user_works" / run / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.writelines(json.dumps(work, ensure_ascii=False).encode() + b"\n" for work in works)
            file.write(end)


def file_record(path: str, **fields: Any) -> dict[str, Any]:
    """The record of one file in a line."""
    url = f"https://i.pximg.net/img-original/img/2026/01/01/00/00/00/{path.rpartition('/')[2]}"
    return {"url": url, "path": path, "sha256": "0" * 64, "size": 1, "status": "downloaded", "error": None} | fields


def illust(id_: int, files: Sequence[dict[str, Any]] = (), **fields: Any) -> dict[str, Any]:
    """A line of illusts.jsonl with the fields that the gallery reads."""
    return {
        "kind": "illust", "id": id_, "title": f"Work {id_}", "type": "illust", "caption": "",
        "user": {"id": 7, "name": "Painter"}, "tags": [], "create_date": "2026-01-02T03:04:05+09:00",
        "page_count": max(len(files), 1), "x_restrict": 0, "total_view": 10, "total_bookmarks": 1,
        "total_comments": None, "series": None, "illust_ai_type": 1, "ugoira_metadata": None,
        "files": list(files), "fetched_at": "2026-01-03T00:00:00+00:00",
    } | fields  # fmt: skip


def novel(id_: int, text: str | None = None, **fields: Any) -> dict[str, Any]:
    """A line of novels.jsonl with the fields that the gallery reads."""
    line = illust(id_, **{"kind": "novel", "text": text, "text_length": len(text or ""), "novel_ai_type": 1} | fields)
    return {key: value for key, value in line.items() if key not in ("type", "ugoira_metadata", "illust_ai_type")}


def tag(name: str, translation: str | None = None) -> dict[str, Any]:
    return {"name": name, "translated_name": translation, "added_by_uploaded_user": None}


def frames(*delays: int) -> dict[str, Any]:
    """The `ugoira_metadata` of a line."""
    return {"frames": [{"file": f"{index:06}.jpg", "delay": delay} for index, delay in enumerate(delays)]}


def ugoira_zip(count: int, size: tuple[int, int] = (120, 90)) -> bytes:
    """The ZIP of an animation: uncompressed JPEGs."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for index in range(count):
            frame = io.BytesIO()
            picture(index * 40, size).save(frame, "JPEG")
            archive.writestr(f"{index:06}.jpg", frame.getvalue())
    return content.getvalue()

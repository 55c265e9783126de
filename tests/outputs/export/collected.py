"""A data folder as crawls leave it: valid lines, and files with the sizes and hashes that the lines say."""

from __future__ import annotations

import hashlib
import io
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from pixiv_crawler.items import File, Frame, Illust, Novel, Tag, UgoiraMetadata, User, Work, ZipUrls
from pixiv_crawler.items.codec import encode_item
from tests.entries import illust, work
from tests.in_process import scrapy_in_process
from tests.outputs.gallery.data_folder import picture, ugoira_zip

IMAGES = "https://i.pximg.net/img-original/img/2026/01/02/03/04/05"


class Collected:
    """Writes works with their files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def illust(self, id_: int, pages: int = 1, *, size: tuple[int, int] = (60, 80), **changes: Any) -> Illust:
        """An illust or manga whose pages are stored."""
        made = work(illust(id=id_, page_count=pages, title=f"Work {id_}", **changes))
        made.files = [self.image(f"11/{id_}_p{page}.png", id_ + page, size) for page in range(pages)]
        made.fetched_at = "2026-02-01T00:00:00+00:00"
        return made

    def ugoira(self, id_: int, **changes: Any) -> Illust:
        """An animation that is stored as a ZIP."""
        made = replace(self.illust(id_, type="ugoira", **changes))
        made.files = [self.file(f"11/{id_}_ugoira600x600.zip", ugoira_zip(2), size_name="600x600")]
        frames = [Frame(file=f"{number:06}.jpg", delay=80) for number in range(2)]
        made.ugoira_metadata = UgoiraMetadata(zip_urls=ZipUrls(medium=""), frames=frames)
        return made

    def image(self, path: str, number: int, size: tuple[int, int] = (60, 80)) -> File:
        """A stored image."""
        content = io.BytesIO()
        picture(number, size).save(content, {"png": "PNG", "jpg": "JPEG"}[path[-3:]])
        return self.file(path, content.getvalue())

    def file(self, path: str, content: bytes, **fields: Any) -> File:
        """A stored file."""
        target = self.path / "files" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return File(
            url=f"{IMAGES}/{path.rpartition('/')[2]}", path=path, sha256=hashlib.sha256(content).hexdigest(),
            size=len(content), status="downloaded", **fields,
        )  # fmt: skip

    def write(self, *works: Work, run: str = "user_works/1", end: bytes = b"") -> None:
        """Appends lines to a run, then `end` unchanged."""
        for one in works:
            self._append(run, "novels" if isinstance(one, Novel) else "illusts", encode_item(one) + b"\n")
        if end:
            self._append(run, "illusts", end)

    def _append(self, run: str, name: str, content: bytes) -> None:
        folder = self.path / run
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.jsonl").open("ab") as file:
            file.write(content)

    def export(self, format_: str, target: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the command."""
        return scrapy_in_process("export", format_, target, *words, "-s", f"PIXIV_DATA_DIR={self.path}")


def tags(*names: str | tuple[str, str]) -> list[Tag]:
    """Tags, with translations where two names are given."""
    pairs = [(name, None) if isinstance(name, str) else name for name in names]
    return [Tag(name=name, translated_name=translation) for name, translation in pairs]


def renamed(user: User, name: str) -> User:
    """A user under another name."""
    return replace(user, name=name)


def exported(target: Path) -> list[str]:
    """The files of an export, without our own record of them."""
    found = (path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.startswith("."))

"""Writes the page: its data as a script, novels as scripts of their own, and the fixed parts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.outputs.gallery.lines import NovelLine
from pixiv_crawler.outputs.gallery.texts import novel_pages
from pixiv_crawler.outputs.gallery.works import Work, digest

INDEX = "index.html"
# With what a killed process left: parts of ours, and of an animation that was being made.
_MADE = re.compile(r"\.?[in][0-9]+-[0-9a-f]{12}\.(?:webp|js)(?:\.[0-9]+\.part)?|\.[0-9a-f]{16}\.making")
# In the order of the values in `_row`.
_FIELDS = [
    "key", "type", "title", "author", "tags", "date", "fetched", "bookmarks", "views", "comments", "rating", "ai",
    "pageCount", "textLength", "series", "caption", "files", "thumbnail", "animation", "film", "text", "documents",
]  # fmt: skip


def script_value(value: Any) -> bytes:
    """A value as JSON that is safe within a script, in a file and in a page: no `<`, no line separators."""
    content = msgspec.json.encode(value)
    for text in ("<", "\u2028", "\u2029"):
        content = content.replace(text.encode(), b"\\u%04x" % ord(text))
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that it is there whole or as it was before; one that has this content is left alone."""
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_novel(work: Work, line: NovelLine, folder: Path) -> None:
    """Writes the text of a novel, if its line has one, and takes it from the line, which is kept in memory."""
    text, line.text = line.text, None
    if not text:
        return
    work.text = f"{work.key}-{digest(text, work.images)}.js"
    if not (folder / work.text).exists():
        pages = script_value(novel_pages(text, work.images))
        write_whole(folder / work.text, b"showNovel(%s, %s);\n" % (script_value(work.text), pages))


def write_data(works: Sequence[Work], files_address: str, path: Path) -> None:
    """Writes works.js; authors and tags stand there once, works name them by number."""
    authors: dict[int, tuple[int, str]] = {}
    tags: dict[str, tuple[int, list[str]]] = {}
    rows = [_row(work, authors, tags) for work in works]
    fields = {
        "fields": _FIELDS,
        "files": files_address,
        "authors": [[id_, name] for id_, (_, name) in authors.items()],
        "tags": [names for _, names in tags.values()],
    }
    content = b"window.GALLERY = %s;\nGALLERY.works = [\n%s\n];\n"
    write_whole(path, content % (script_value(fields), b",\n".join(rows)))


def _row(work: Work, authors: dict[int, tuple[int, str]], tags: dict[str, tuple[int, list[str]]]) -> bytes:
    line = work.line
    # An author's name changes; works come newest first, so the first is the newest.
    author, _ = authors.setdefault(line.user.id, (len(authors), line.user.name))
    for tag in line.tags:
        _, names = tags.setdefault(tag.name, (len(tags), [tag.name]))
        if tag.translated_name and len(names) == 1:
            names.append(tag.translated_name)
    return script_value([
        work.key, work.type, line.title, author, list(dict.fromkeys(tags[tag.name][0] for tag in line.tags)),
        line.create_date, line.fetched_at, line.total_bookmarks, line.total_view, line.total_comments,
        line.x_restrict, work.ai, line.page_count, line.text_length if isinstance(line, NovelLine) else 0,
        line.series.title if line.series else "", work.caption, [file.path for file in work.files],
        work.thumbnail, work.animation, work.film, work.text, [file.path for file in work.documents],
    ])  # fmt: skip


def write_parts(folder: Path) -> None:
    """Writes scripts and styles, and at last the page that names them."""
    parts = {
        part.name: part.read_bytes()
        for part in resources.files("pixiv_crawler.outputs.gallery").joinpath("static").iterdir()
    }
    for name in sorted(parts, key=lambda name: name == INDEX):
        write_whole(folder / name, parts[name])


def remove_others(folder: Path, names: Iterable[str]) -> None:
    """Removes pictures and texts of works that are gone or changed, and what a killed run left; nothing else."""
    keep = set(names)
    for path in folder.iterdir():
        if path.name not in keep and _MADE.fullmatch(path.name):
            path.unlink(missing_ok=True)

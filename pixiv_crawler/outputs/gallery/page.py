"""Writes the page: its data as a script, each novel as a separate script, and the static files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.layout.atomic_write import write_atomically
from pixiv_crawler.outputs.gallery.lines import NovelLine
from pixiv_crawler.outputs.gallery.texts import novel_pages
from pixiv_crawler.outputs.gallery.works import Work, digest

INDEX = "index.html"
# Includes files left by a killed process: temporary files, and incomplete animations.
_GENERATED = re.compile(r"\.?[in][0-9]+-[0-9a-f]{12}\.(?:webp|js)(?:\.[0-9]+\.part)?|\.[0-9a-f]{16}\.making")
# In the order of the values returned by `_row`.
_FIELDS = [
    "key", "type", "title", "author", "tags", "date", "fetched", "bookmarks", "views", "comments", "rating", "ai",
    "pageCount", "textLength", "series", "caption", "files", "thumbnail", "animation", "film", "text", "documents",
]  # fmt: skip


def script_value(value: Any) -> bytes:
    """A value as JSON that is safe in a script: without `<` and line separators."""
    content = msgspec.json.encode(value)
    for text in ("<", "\u2028", "\u2029"):
        content = content.replace(text.encode(), b"\\u%04x" % ord(text))
    return content


def _write_if_changed(path: Path, content: bytes) -> None:
    if not (path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content):
        write_atomically(path, content)


def write_novel(work: Work, line: NovelLine, folder: Path) -> None:
    """Writes the text of a novel, if any, and removes it from the line, which stays in memory."""
    text, line.text = line.text, None
    if not text:
        return
    work.text = f"{work.key}-{digest(text, work.images)}.js"
    if not (folder / work.text).exists():
        pages = script_value(novel_pages(text, work.images))
        _write_if_changed(folder / work.text, b"showNovel(%s, %s);\n" % (script_value(work.text), pages))


def write_data(works: Sequence[Work], files_url: str, path: Path) -> None:
    """Writes works.js; works refer to authors and tags by number."""
    authors: dict[int, tuple[int, str]] = {}
    tags: dict[str, tuple[int, list[str]]] = {}
    rows = [_row(work, authors, tags) for work in works]
    fields = {
        "fields": _FIELDS,
        "files": files_url,
        "authors": [[id_, name] for id_, (_, name) in authors.items()],
        "tags": [names for _, names in tags.values()],
    }
    content = b"window.GALLERY = %s;\nGALLERY.works = [\n%s\n];\n"
    _write_if_changed(path, content % (script_value(fields), b",\n".join(rows)))


def _row(work: Work, authors: dict[int, tuple[int, str]], tags: dict[str, tuple[int, list[str]]]) -> bytes:
    line = work.line
    # Names of authors change; works are sorted newest first, so the first name is the newest.
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


def write_static_files(folder: Path) -> None:
    """Writes scripts and styles, and finally the page that uses them."""
    contents = {
        file.name: file.read_bytes()
        for file in resources.files("pixiv_crawler.outputs.gallery").joinpath("static").iterdir()
    }
    for name in sorted(contents, key=lambda name: name == INDEX):
        _write_if_changed(folder / name, contents[name])


def remove_outdated(folder: Path, current: Iterable[str]) -> None:
    """Removes generated files that are not current, and temporary files of a killed process; nothing else."""
    keep = set(current)
    for path in folder.iterdir():
        if path.name not in keep and _GENERATED.fullmatch(path.name):
            path.unlink(missing_ok=True)

"""Writes the page: its data as scripts, which it loads when it needs them, and the static files.

start.js names all other scripts by their digest, so that a page whose update was interrupted stays consistent.
"""

import re
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.layout.atomic_write import write_atomically
from pixiv_crawler.outputs.gallery.records import IllustLine, NovelLine
from pixiv_crawler.outputs.gallery.texts import novel_pages
from pixiv_crawler.outputs.gallery.works import Work, digest

_STATIC = resources.files("pixiv_crawler.outputs.gallery").joinpath("static")
INDEX = "index.html"
START = "start.js"
FILES = "files.js"
FOLDERS = ("thumbs", "animations", "novels", "comments", "authors", "data")
"""The folders of generated files."""
_NAME = r"[a-z][0-9]*-[0-9a-f]{12}\.(?:webp|js)"
# Includes files left by a killed process: temporary files, and incomplete animations.
_GENERATED = re.compile(rf"\.?{_NAME}(?:\.[0-9]+\.part)?|\.[0-9a-f]{{16}}\.(?:making|[0-9]+\.part)")
# In the order of the values returned by `row`.
FIELDS = [
    "key", "type", "title", "author", "tags", "date", "fetched", "bookmarks", "views", "comments", "rating", "ai",
    "pageCount", "textLength", "series", "caption", "files", "thumbnail", "animation", "film", "text", "documents",
    "ratio", "isRightToLeft", "talk",
]  # fmt: skip


def script_value(value: Any) -> bytes:
    """A value as JSON that is safe in a script: without `<` and line separators."""
    content = msgspec.json.encode(value)
    for text in ("<", "\u2028", "\u2029"):
        content = content.replace(text.encode(), b"\\u%04x" % ord(text))
    return content


def write_if_changed(path: Path, content: bytes) -> None:
    if not (path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content):
        write_atomically(path, content)


def write_script(folder: Path, prefix: str, value: Any) -> str:
    """Writes a script that passes its own name and a value to the page; returns the name."""
    content = script_value(value)
    name = f"{prefix}-{digest(content)}.js"
    if not (folder / name).exists():
        write_atomically(folder / name, b"GALLERY.receive(%s, %s);\n" % (script_value(name), content))
    return name


def write_novel(work: Work, line: NovelLine, folder: Path) -> None:
    """Writes the text of a novel, if any, and removes it from the line, which stays in memory."""
    text, line.text = line.text, None
    if text:
        work.text = write_script(folder, work.key, novel_pages(text, work.images))


def row(work: Work) -> list[Any]:
    """The values of a work, in the order of `FIELDS`."""
    line = work.line
    return [
        work.key,
        work.type,
        line.title,
        [line.user.id, line.user.name],
        [[tag.name, tag.translated_name] if tag.translated_name else [tag.name] for tag in line.tags],
        line.create_date,
        line.fetched_at,
        line.total_bookmarks,
        line.total_view,
        line.total_comments,
        line.x_restrict,
        work.ai,
        line.page_count,
        line.text_length if isinstance(line, NovelLine) else 0,
        [line.series.id, line.series.title] if line.series else None,
        work.caption,
        [file.path for file in work.files],
        work.thumbnail,
        work.animation,
        work.film,
        work.text,
        [file.path for file in work.documents],
        work.ratio,
        isinstance(line, IllustLine) and line.illust_book_style == 1,
        work.talk,
    ]


def write_start(folder: Path, files_url: str, values: dict[str, Any], first: Sequence[Work]) -> None:
    """Writes start.js, which contains the newest works, so that they are shown before any other script is loaded."""
    content = {"fields": FIELDS, **values, "first": [row(work) for work in first]}
    write_if_changed(folder / FILES, b"window.FILES = %s;\n" % script_value(files_url))
    write_if_changed(folder / START, b"window.GALLERY = %s;\n" % script_value(content))


def write_static_files(folder: Path) -> None:
    """Writes scripts and styles, and finally the page that uses them."""
    contents = {file.name: file.read_bytes() for file in _STATIC.iterdir()}
    for name in sorted(contents, key=lambda name: name == INDEX):
        write_if_changed(folder / name, contents[name])


def is_page_file(path: str) -> bool:
    """Whether a path relative to the folder of the page is that of a complete file which the page consists of."""
    folder, slash, name = path.rpartition("/")
    if slash:
        return folder in FOLDERS and bool(re.fullmatch(_NAME, name))
    return name in (START, FILES) or _STATIC.joinpath(name).is_file()


def remove_outdated(folder: Path, current: Iterable[str]) -> None:
    """Removes generated files that are not current, and temporary files of a killed process; nothing else."""
    keep = set(current)
    for path in folder.iterdir():
        if path.name not in keep and _GENERATED.fullmatch(path.name):
            path.unlink(missing_ok=True)

"""What the names of other programs' files say: the work and the page."""

import re
from enum import StrEnum
from typing import NamedTuple

# 123_p0, as in Pixiv's own names, with a hash, and padded; _master1200 and _square1200 are smaller sizes.
_PAGE = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{1,20})(?:-[0-9a-f]{32})?_p([0-9]{1,4})(?![0-9A-Za-z]|_(?:master|square)[0-9])"
)
_ZIP = re.compile(r"(?<![0-9A-Za-z])([0-9]{1,20})(?:-[0-9a-f]{32})?_ugoira1920x1080(?![0-9A-Za-z])")
_NUMBER = re.compile(r"[0-9]{1,20}")


class Program(StrEnum):
    """A program whose folder can be adopted."""

    GALLERY_DL = "gallery-dl"
    PIXIVUTIL2 = "pixivutil2"
    PIXIV_API = "pixiv-api"
    PBD = "powerfulpixivdownloader"


class Page(NamedTuple):
    """A page of a work, from 0."""

    work_id: int
    page: int


def page_of(program: Program, stem: str) -> Page | None:
    """The page that a program means by a name without its extension; None if it says none, or several.

    gallery-dl: `{id}_p{num}`. PixivUtil2: `%urlFilename% - %title%`. pixiv-api: Pixiv's name, or the ID. Powerful Pixiv
    Downloader: any rule with `{id}`, such as `{id}-{title}`; with one of its options, the first page is the ID only.
    """
    if program in (Program.PIXIV_API, Program.PBD) and _NUMBER.fullmatch(stem):
        return Page(int(stem), 0)
    found = {Page(int(match[1]), int(match[2])) for match in _PAGE.finditer(stem)}
    found |= {Page(int(match[1]), 0) for match in _ZIP.finditer(stem)}
    return found.pop() if len(found) == 1 else None

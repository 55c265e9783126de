"""Every path the project writes, computed and never created, and the templates by which users name their files.

No two pages share a path, whatever their titles hold, because work and page can be read back from every path. A
template has a fixed number of parts, and no value holds a "/". Within its part, `illust_id` or `page` is the n-th run
of digits, counted from one end, if
  - between that end and the field stand only literals without digits, number fields, and `ext`, which is letters, and
  - a literal that is no digit keeps each of these numbers, and the field itself, from its neighbours.
Nothing moves that run: not what titles hold or how far they are cut, not what is mended at the ends of a part, not
letter case and not Unicode normalisation, neither of which makes a digit. `name` begins with work and page and has
any number of runs, so it is counted from the left only. Templates in which neither count works are refused.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import platformdirs

from pixiv_crawler.exceptions import ArgumentError, SettingError
from pixiv_crawler.items import Illust

# What ext4, NTFS and APFS allow for one name.
MAX_PART_BYTES = 255
# Linux allows 4096 bytes, macOS 1024 for a whole path; the rest is left for the data folder.
MAX_PATH_BYTES = 1000
# Leaves room for endings that an exporter or a temporary file adds to the name.
MAX_JOB_BYTES = 150

# Windows refuses these in a name; the slashes look like one, and some programs take them for one.
_RESERVED = frozenset('<>:"|?*/\\')
_SLASHES = frozenset("⁄∕∖⑊╱╲⟋⟍⧵⧸⧹⫽﹨／＼🙼🙽")
# Controls, invisible and bidirectional marks, lone surrogates, private and unassigned characters, line separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"}
)


def run_folder(data_dir: Path, spider: str, job: str) -> Path:
    """Where the lines and the report of one run lie.

    Raises:
        ArgumentError: the job's name cannot be a folder's.
    """
    return data_dir / spider / check_job(job)


def default_job(now: datetime) -> str:
    """The name of a run that the user gave none: its start in UTC, to the second."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%S")


def files_folder(data_dir: Path) -> Path:
    """Where the files of works lie, shared by all runs; `FilePathTemplate` names them below it."""
    return data_dir / "files"


def parts_folder(data_dir: Path, spider: str, job: str) -> Path:
    """Where the unfinished downloads of one run lie: outside `files`, so that a file there is whole or not at all.

    Raises:
        ArgumentError: the job's name cannot be a folder's.
    """
    return data_dir / ".parts" / spider / check_job(job)


def old_path(path: str, sha256: str) -> str:
    """Where the file of that path goes when its artist has replaced it: beside it, under a name that no template gives."""
    folder, slash, name = path.rpartition("/")
    ext = found[0] if (found := _EXTENSION.search(name)) else ""
    mark = f".{sha256[:16]}.old{ext}"
    return folder + slash + _cut(name.removesuffix(ext), MAX_PART_BYTES - len(mark)) + mark


def report_path(run_folder: Path) -> Path:
    """Where the report of the run in that folder lies."""
    return run_folder / "report.json"


def default_token_file() -> Path:
    """The token file in the user's state folder, as the operating system wants it."""
    # Without an author, or Windows gets a second folder of the same name.
    return platformdirs.user_state_path("pixiv_crawler", appauthor=False) / "token.json"


def check_job(job: str) -> str:
    """The given name of a run, if it can be one folder's name on any operating system.

    Raises:
        ArgumentError: it cannot; the text says which rule it breaks.
    """
    if rule := next(_broken_job_rules(job), None):
        raise ArgumentError(f"The job name {job!r} {rule}; choose another, such as 2026-11-23T13-45-00.")
    return job


def _broken_job_rules(job: str) -> Iterator[str]:
    if not job:
        yield "is empty"
    if found := [char for char in job if char in _RESERVED or unicodedata.category(char) in {"Cc", "Cs"}]:
        yield f"has the character {found[0]!r}, which a folder cannot have"
    elif len(job.encode()) > MAX_JOB_BYTES:
        yield f"is longer than {MAX_JOB_BYTES} bytes"
    if job.endswith((".", " ")):
        yield "ends with a dot or a space"
    if _is_device(job):
        yield "is a device on Windows"


class _Kind(NamedTuple):
    """What a template must know of a field's values."""

    formats: str
    """Pattern of the formats it takes, as in {page:03}, {title:.40}, {create_date:%Y-%m}."""
    shape: str
    """What counting runs of digits meets: a work (i), page (p) or number (n), a name (f), letters (""), any text (t)."""
    fixed_bytes: int
    """Bytes it needs at most and that are never cut; 0 for text, which may be cut. 20 digits hold 64 bits."""


_ID, _PAGE, _NUMBER = (_Kind(r"(0[1-9])?d?", shape, 20) for shape in "ipn")
_NAME, _EXT = _Kind("", "f", 120), _Kind("", "", 6)
_TEXT = _Kind(r"(\.[1-9][0-9]{0,2})?", "t", 0)
_DATE = _Kind(r"([^%/\\{}]|%[YymdHMSjGVubBaA])*", "t", 0)

# Pixiv's names: 123_p0.jpg, 123-HASH_p0_master1200.jpg, 123_ugoira0.png, 123_ugoira600x600.zip, 123_master1200.jpg.
# The beginning alone tells the work (first group) and its page (second or third; 0 without).
_PIXIV_NAME = re.compile(
    r"([0-9]{1,20})(?:-[0-9A-Za-z]+)?"
    r"_(?:p([0-9]{1,20})(?![0-9])|ugoira([0-9]{1,20})\.|ugoira[0-9]+x|(?:master|square)[0-9])[0-9A-Za-z_.-]*"
)
# Letters only: with digits, the ".p3" of "x_p1.p3" could be the page or the extension.
_EXTENSION = re.compile(r"\.[a-z]{1,5}\Z")
# Files that were replaced are named so, and no other.
_OLD_DOT = re.compile(r"\.(?=old(?:\.[a-z]{1,5})?\Z)", re.IGNORECASE)


def _ext(url: str) -> str:
    ext = _EXTENSION.search(urlsplit(url).path.lower())
    return ext[0] if ext else ""


def _name(illust_id: int, page: int, url: str) -> str:
    """Pixiv's own name of the file, or one in its manner where Pixiv's does not tell work and page."""
    name = urlsplit(url).path.rpartition("/")[2]
    found = _PIXIV_NAME.fullmatch(name) if len(name) <= _NAME.fixed_bytes else None
    if found and (int(found[1]), int(found[2] or found[3] or 0)) == (illust_id, page):
        return name
    return f"{illust_id}_p{page}{_ext(url)}"


_FIELDS: dict[str, tuple[_Kind, Callable[[Illust, int, str], int | str]]] = {
    "user_id": (_NUMBER, lambda work, page, url: work.user.id),
    "user_name": (_TEXT, lambda work, page, url: work.user.name),
    "user_account": (_TEXT, lambda work, page, url: work.user.account),
    "illust_id": (_ID, lambda work, page, url: work.id),
    "title": (_TEXT, lambda work, page, url: work.title),
    "page": (_PAGE, lambda work, page, url: page),
    "page_count": (_NUMBER, lambda work, page, url: work.page_count),
    "ext": (_EXT, lambda work, page, url: _ext(url)),
    "name": (_NAME, lambda work, page, url: _name(work.id, page, url)),
    "type": (_TEXT, lambda work, page, url: work.type),
    "create_date": (_DATE, lambda work, page, url: work.create_date),
    "x_restrict": (_NUMBER, lambda work, page, url: work.x_restrict),
    # Pixiv's 0 and no answer mean the same.
    "ai": (_TEXT, lambda work, page, url: str(work.illust_ai_type or "unknown")),
    "series_id": (_TEXT, lambda work, page, url: str(work.series.id) if work.series else "none"),
    "series_title": (_TEXT, lambda work, page, url: work.series.title if work.series else "none"),
}


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a template with its format."""

    name: str
    spec: str

    @property
    def kind(self) -> _Kind:
        return _FIELDS[self.name][0]

    def text(self, work: Illust, page: int, url: str) -> str:
        value = _FIELDS[self.name][1](work, page, url)
        text = _format_date(str(value), self.spec) if self.kind is _DATE else format(value, self.spec)
        return _clean(text[:MAX_PART_BYTES])


_Part = list[str | _Field]


class FilePathTemplate:
    """Where the files of works lie below `files_folder`, as the setting PIXIV_FILE_PATH says."""

    def __init__(self, template: str) -> None:
        """Read and check a template.

        Raises:
            SettingError: it cannot be used, or two pages could share a path; the text says what to change.
        """
        try:
            self._parts = _parse(unicodedata.normalize("NFC", template))
            self._max_bytes = min(MAX_PART_BYTES, MAX_PATH_BYTES // len(self._parts) - 1)
            for part in self._parts:
                _check_part(part, self._max_bytes)
            _check_unique(self._parts)
        except ValueError as error:
            raise SettingError(f"PIXIV_FILE_PATH {template!r} {error}.") from None

    def path(self, work: Illust, page: int, url: str) -> str:
        """The path of one page of a work (from 0), relative, with "/" between its parts; `url` is the file's."""
        return "/".join(self._part_path(part, work, page, url) for part in self._parts)

    def _part_path(self, part: _Part, work: Illust, page: int, url: str) -> str:
        texts = [
            (token, False) if isinstance(token, str) else (token.text(work, page, url), not token.kind.fixed_bytes)
            for token in part
        ]
        # Each part is cut on its own, so that a user's folder does not depend on the title of a work.
        for max_bytes in range(self._max_bytes, -1, -1):
            path = _mend("".join(_cut(text, max_bytes) if is_cuttable else text for text, is_cuttable in texts))
            if len(path.encode()) <= self._max_bytes:
                break
        return path


def _clean(value: str) -> str:
    """The value without anything that could end a part, that a file system refuses, or that nobody can see."""
    bad = _RESERVED | _SLASHES
    return "".join(
        "_" if char in bad or unicodedata.category(char) in _UNPRINTABLE else char
        for char in unicodedata.normalize("NFC", value)
    )


def _format_date(text: str, spec: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime(spec or "%Y-%m-%d")
    except ValueError:
        return "unknown"


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode(errors="ignore")


def _mend(part: str) -> str:
    """The part as a name that Windows, macOS and Linux take as it is."""
    part = _OLD_DOT.sub("_", unicodedata.normalize("NFC", part).lstrip(" ").rstrip(" .")) or "_"
    return f"_{part}" if _is_device(part) else part


def _is_device(name: str) -> bool:
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


# Below, a ValueError says what is wrong with a template, as the rest of a sentence that begins with it.


def _parse(template: str) -> list[_Part]:
    parts: list[_Part] = [[]]
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        raise ValueError("has a brace without its partner; write {{ or }} for a brace in a name") from None
    for literal, name, spec, conversion in pieces:
        first, *others = literal.split("/")
        parts[-1].append(first)
        parts += [[other] for other in others]
        if name is not None:
            parts[-1].append(_field(name, spec or "", conversion))
    return parts


def _field(name: str, spec: str, conversion: str | None) -> _Field:
    if name not in _FIELDS:
        raise ValueError(f"has the unknown field {{{name}}}; the fields are {', '.join(_FIELDS)}")
    if conversion or not re.fullmatch(_FIELDS[name][0].formats, spec):
        wrong = f"!{conversion}" if conversion else f":{spec}"
        raise ValueError(
            f"has the format {wrong} that {{{name}}} cannot take; use such as {{page:03}} or {{create_date:%Y-%m}}"
        )
    return _Field(name, spec)


def _check_part(part: _Part, max_bytes: int) -> None:
    if "".join("?" if isinstance(token, _Field) else token for token in part) in {"", ".", ".."}:
        raise ValueError("has an empty part or one of dots; name a path below data/files, without / at its ends or ..")
    if bad := [token for token in part if isinstance(token, str) and _clean(token) != token]:
        raise ValueError(f"has characters in {bad[0]!r} that a file name cannot have; leave them out")
    fixed = sum(token.kind.fixed_bytes if isinstance(token, _Field) else len(token.encode()) for token in part)
    # One byte is left for the "_" before the name of a device.
    if fixed >= max_bytes:
        raise ValueError(f"has a part of up to {fixed} bytes beside its titles, of {max_bytes}; shorten it")


def _check_unique(parts: list[_Part]) -> None:
    names = {token.name for part in parts for token in part if isinstance(token, _Field)}
    for name in ("illust_id", "page", "ext"):
        if not names & {name, "name"}:
            raise ValueError(f"lacks {{{name}}}, or two files could share a path; add it, or {{name}}")
    shapes = [_shape(part) for part in parts]
    for name, letter in (("illust_id", "i"), ("page", "p")):
        if not any(_is_readable(shape, letter) for shape in shapes):
            raise ValueError(
                f"lets two files share a path, for {{{name}}} cannot be told from what is around it; put it, or {{name}}, "
                "first in its part with no digit but a sign such as _ behind it"
            )


def _shape(part: _Part) -> str:
    """The part in letters: those of its fields' kinds, "t" for a digit, "." for each other character."""
    return "".join(token.kind.shape if isinstance(token, _Field) else _literal_shape(token) for token in part)


def _literal_shape(literal: str) -> str:
    return "".join("t" if char in "0123456789" else "." for char in literal)


def _is_readable(shape: str, letter: str) -> bool:
    """Whether the field of that letter, or a name, can be found by counting runs of digits (see the module)."""
    counted = r"\.*(?:[inp]\.+)*%s(?:\.|$)"
    from_left = re.match(counted % f"[{letter}f]", shape)
    return bool(from_left or re.match(counted % letter, shape[::-1]))

"""File names that are valid on Windows, macOS and Linux: characters, lengths, reserved names."""

import os
import re
import sys
import unicodedata
from functools import cache
from pathlib import Path

# The limit of ext4, NTFS and APFS for one name; `max_name_bytes` finds lower ones, such as 143 for eCryptfs.
MAX_PART_BYTES = 255
# Below, the default template has no room for its numbers.
_MIN_PART_BYTES = 100
# Linux allows 4096 bytes for a path, macOS 1024; the rest is left for the data folder.
MAX_PATH_BYTES = 1000

# Not valid in names on Windows; the slashes below look like "/", and some programs treat them as such.
RESERVED = frozenset('<>:"|?*/\\')
_SLASHES = frozenset("⁄∕∖⑊╱╲⟋⟍⧵⧸⧹⫽﹨／＼🙼🙽")
# Controls, invisible and bidirectional marks, lone surrogates, private and unassigned characters, line separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"}
)

# Extensions consist of letters only, because the ".p3" of "x_p1.p3" could be a page or an extension; `uniqueness`
# handles ".mp4".
_EXT = r"\.(?:[a-z]{1,5}|mp4)"
_EXTENSION = re.compile(rf"{_EXT}\Z")
# The extensions of our files and their companions.
_OF_FILES = re.compile(r"\.(?:jpe?g|png|apng|gif|webp|zip|mp4|webm|txt|html|epub|json|xmp)\Z")
# Reserved for files that were replaced.
_OLD_DOT = re.compile(rf"\.(?=old(?:{_EXT})?\Z)", re.IGNORECASE)


def extension(name: str) -> str:
    """The extension of a name, with its dot; empty if there is none."""
    found = _EXTENSION.search(name)
    return found[0] if found else ""


def max_name_bytes(folder: Path) -> int:
    """The length limit of one name in a folder, which exists."""
    try:
        limit = os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows has no such function, and some file systems have no answer
        return MAX_PART_BYTES
    return max(_MIN_PART_BYTES, min(limit, MAX_PART_BYTES))


def encodes_all_names() -> bool:
    """Whether names may contain any character; not in the locale C without Python's UTF-8 mode."""
    return _is_encodable("\N{HIRAGANA LETTER A}")


@cache
def _is_encodable(char: str) -> bool:
    try:
        char.encode(sys.getfilesystemencoding())
    except UnicodeEncodeError:
        return False
    return True


def clean(value: str) -> str:
    """The value with "_" in place of path separators, and of characters that are invisible or not valid in a name."""
    bad = RESERVED | _SLASHES
    return "".join(
        "_" if char in bad or unicodedata.category(char) in _UNPRINTABLE or not _is_encodable(char) else char
        for char in unicodedata.normalize("NFC", value)
    )


def truncate(text: str, max_bytes: int) -> str:
    """The longest prefix of the text that fits."""
    return text.encode()[:max_bytes].decode(errors="ignore")


def sanitize(part: str) -> str:
    """The path component as a name that is valid on Windows, macOS and Linux."""
    part = _OLD_DOT.sub("_", unicodedata.normalize("NFC", part).lstrip(" ").rstrip(" .")) or "_"
    return f"_{part}" if is_device(part) else part


def is_device(name: str) -> bool:
    """Whether the name is a device name on Windows."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


def looks_like_a_file(part: str) -> bool:
    """Whether one of our files may have that name, so that a folder must not."""
    return bool(_OF_FILES.search(folded(part)))


def folded(part: str) -> str:
    """The path component as seen by a file system that ignores case and Unicode normal forms."""
    return unicodedata.normalize("NFKC", part).casefold()

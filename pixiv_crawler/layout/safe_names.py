"""Names that Windows, macOS and Linux take: what they may hold, how long they are, which are taken."""

from __future__ import annotations

import re
import unicodedata

# What ext4, NTFS and APFS allow for one name.
MAX_PART_BYTES = 255
# Linux allows 4096 bytes, macOS 1024 for a whole path; the rest is left for the data folder.
MAX_PATH_BYTES = 1000

# Windows refuses these in a name; the slashes look like one, and some programs take them for one.
RESERVED = frozenset('<>:"|?*/\\')
_SLASHES = frozenset("⁄∕∖⑊╱╲⟋⟍⧵⧸⧹⫽﹨／＼🙼🙽")
# Controls, invisible and bidirectional marks, lone surrogates, private and unassigned characters, line separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"}
)

# Letters, or with digits the ".p3" of "x_p1.p3" could be the page or the extension; `proof` sees to the one of ".mp4".
_EXT = r"\.(?:[a-z]{1,5}|mp4)"
_EXTENSION = re.compile(rf"{_EXT}\Z")
# What our files, and what lies beside them, end in.
_OF_FILES = re.compile(r"\.(?:jpe?g|png|apng|gif|webp|zip|mp4|webm|txt|html|epub|json|xmp)\Z")
# Files that were replaced are named so, and no other.
_OLD_DOT = re.compile(rf"\.(?=old(?:{_EXT})?\Z)", re.IGNORECASE)


def extension(name: str) -> str:
    """The extension at the end of a name, with its dot; empty when there is none."""
    found = _EXTENSION.search(name)
    return found[0] if found else ""


def clean(value: str) -> str:
    """The value without anything that could end a part, that a file system refuses, or that nobody can see."""
    bad = RESERVED | _SLASHES
    return "".join(
        "_" if char in bad or unicodedata.category(char) in _UNPRINTABLE else char
        for char in unicodedata.normalize("NFC", value)
    )


def cut(text: str, max_bytes: int) -> str:
    """The beginning of the text that fits."""
    return text.encode()[:max_bytes].decode(errors="ignore")


def mend(part: str) -> str:
    """The part as a name that Windows, macOS and Linux take as it is."""
    part = _OLD_DOT.sub("_", unicodedata.normalize("NFC", part).lstrip(" ").rstrip(" .")) or "_"
    return f"_{part}" if is_device(part) else part


def is_device(name: str) -> bool:
    """Whether Windows takes the name for a device."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


def looks_like_a_file(part: str) -> bool:
    """Whether a file of ours may have that name, so that a folder of that name would be in its way."""
    return bool(_OF_FILES.search(folded(part)))


def folded(part: str) -> str:
    """The part as a file system may see it that knows neither case nor normal forms."""
    return unicodedata.normalize("NFKC", part).casefold()

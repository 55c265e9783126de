"""The form in which names are compared: those of tags, and the texts that a search looks for."""

import unicodedata


def comparable(text: str) -> str:
    """The text without differences of case, width (`Ａ`, `A`) and spaces; the gallery's `plain` does the same in JavaScript."""
    # A byte order mark is a space for JavaScript only.
    return " ".join(unicodedata.normalize("NFKC", text).lower().replace("\ufeff", " ").split())

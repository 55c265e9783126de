"""What commands print."""

from __future__ import annotations

import sys

from pixiv_crawler.console.redaction import printable


def say(*lines: str, is_error: bool = False) -> None:
    """Prints lines to standard output or standard error; names and messages of others in them cannot control the terminal."""
    print(*map(printable, lines), sep="\n", file=sys.stderr if is_error else sys.stdout, flush=True)

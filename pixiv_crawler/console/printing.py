"""What commands print."""

import sys

from pixiv_crawler.console.redaction import printable, redacted


def say(*lines: str, is_error: bool = False) -> None:
    """Prints lines to standard output or standard error; secrets are masked, and control characters escaped."""
    print(
        *(printable(redacted(line)) for line in lines),
        sep="\n",
        file=sys.stderr if is_error else sys.stdout,
        flush=True,
    )

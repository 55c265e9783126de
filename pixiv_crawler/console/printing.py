"""What commands print."""

import os
import sys

from pixiv_crawler.console.redaction import printable, redacted


def say(*lines: str, is_error: bool = False) -> None:
    """Prints lines to standard output or standard error; secrets are masked, and control characters escaped.

    If nobody reads them any more, as with `| head`, the command goes on without printing.
    """
    stream = sys.stderr if is_error else sys.stdout
    try:
        print(*(printable(redacted(line)) for line in lines), sep="\n", file=stream, flush=True)
    except BrokenPipeError:
        # Otherwise, Python would try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

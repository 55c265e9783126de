"""The command line that is running, as sentences name it that tell the user what to run next, and its exit statuses."""

import sys
from pathlib import Path


def program_of(path: str) -> str:
    """The name of the program whose first argument is that path: `pixiv-crawler`, or Scrapy's own command line."""
    file = Path(path)
    is_ours = file.stem == "pixiv-crawler" or (file.name, file.parent.name) == ("__main__.py", "pixiv_crawler")
    return "pixiv-crawler" if is_ours else "scrapy"


PROGRAM = program_of(sys.argv[0])
COMPLETE, INVALID_USE, STOPPED_EARLY, INCOMPLETE = 0, 1, 2, 3
"""Exit statuses of commands."""

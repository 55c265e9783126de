"""Serves the simulated Pixiv for a benchmark until stopped; prints its URL and a refresh token.

Each argument adds a user: ID:WORKS:BYTES, where every file has so many bytes. WORKS is the number of works with one file;
"69x3+251" means 69 works with three files and 251 with one.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pixiv_crawler.sandbox import Sandbox, User, WorkSpec


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("users", nargs="*", metavar="ID:WORKS:BYTES")
    parser.add_argument("--latency", type=float, default=0, help="seconds before each response (default: 0)")
    options = parser.parse_args()
    with Sandbox(latency_seconds=options.latency) as sandbox:
        for argument in options.users:
            user_id, works, file_bytes = argument.split(":")
            specs = tuple(_works(works, int(file_bytes)))
            sandbox.world.add(User(int(user_id), f"user {user_id}", f"user_{user_id}", specs))
        print(sandbox.url, sandbox.refresh_token, flush=True)
        threading.Event().wait()


def _works(works: str, file_bytes: int) -> Iterator[WorkSpec]:
    for group in works.split("+"):
        count, _, pages = group.partition("x")
        yield from [WorkSpec(extensions=("jpg",) * int(pages or 1), file_bytes=file_bytes)] * int(count)


if __name__ == "__main__":
    main()

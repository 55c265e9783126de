"""Serves the simulated Pixiv for a benchmark until stopped; prints its URL and a refresh token.

Each argument adds a user: ID:WORKS:BYTES, where every work has one file of so many bytes.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pixiv_crawler.sandbox import Sandbox


def main() -> None:
    with Sandbox() as sandbox:
        for argument in sys.argv[1:]:
            user_id, works, file_bytes = map(int, argument.split(":"))
            sandbox.world.add_user(user_id, works=works, file_bytes=file_bytes)
        print(sandbox.url, sandbox.refresh_token, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()

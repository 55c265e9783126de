"""The script that users of pixivpy write: one request after the other with `requests`; writes works as lines, and files.

Arguments: the simulated Pixiv's URL, a refresh token, a user ID, a folder, whether to download files (0 or 1).
Needs tests/sandbox in PYTHONPATH.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pixivpy3 import AppPixivAPI
from sandbox_adapter import SandboxAdapter


def main(url: str, refresh_token: str, user_id: str, folder: Path, files: bool) -> None:
    api = AppPixivAPI()
    for scheme in ("https://", "http://"):
        api.requests.mount(scheme, SandboxAdapter(url))
    api.auth(refresh_token=refresh_token)
    (folder / "files").mkdir()
    query: dict[str, Any] | None = {"user_id": user_id}
    with (folder / "works.jsonl").open("w", encoding="utf-8") as lines:
        while query:
            # By default it would request type=illust.
            response = api.user_illusts(**{"type": None} | query)
            for work in response.illusts:
                lines.write(json.dumps(work) + "\n")
                for file_url in _file_urls(work) if files else ():
                    api.download(file_url, path=str(folder / "files"))
            query = api.parse_qs(response.next_url)


def _file_urls(work: Any) -> list[str]:
    pages = [page.image_urls.original for page in work.meta_pages]
    return pages or [work.meta_single_page.original_image_url]


if __name__ == "__main__":
    main(*sys.argv[1:4], Path(sys.argv[4]), sys.argv[5] == "1")

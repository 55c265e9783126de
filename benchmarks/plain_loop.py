"""The least that collecting works can cost: an asyncio loop with aiohttp that writes works as lines, and files.

Arguments: the simulated Pixiv's URL, a login as JSON, a user ID, a folder, the number of concurrent files (0: no files).
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession


async def main(url: str, login: str, user_id: str, folder: Path, concurrency: int) -> None:
    limit = asyncio.Semaphore(concurrency)
    listing_url = f"{url}/v1/user/illusts?user_id={user_id}"
    (folder / "files").mkdir()
    async with ClientSession() as session, asyncio.TaskGroup() as downloads:
        headers = {"Authorization": f"Bearer {await _access_token(session, url, **json.loads(login))}"}
        with (folder / "works.jsonl").open("w", encoding="utf-8") as lines:
            while listing_url:
                async with session.get(listing_url, headers=headers) as response:
                    listing = await response.json()
                for work in listing["illusts"]:
                    lines.write(json.dumps(work) + "\n")
                    for file_url in _file_urls(work) if concurrency else ():
                        file_url = file_url.replace("https://i.pximg.net", url)
                        downloads.create_task(_download(session, file_url, folder / "files", limit))
                following = listing["next_url"]
                listing_url = following and f"{url}/v1/user/illusts?{following.partition('?')[2]}"


async def _access_token(session: ClientSession, url: str, formdata: Any, headers: Any) -> str:
    async with session.post(f"{url}/auth/token", data=formdata, headers=headers) as response:
        return (await response.json())["access_token"]


def _file_urls(work: dict[str, Any]) -> list[str]:
    pages = [page["image_urls"]["original"] for page in work["meta_pages"]]
    return pages or [work["meta_single_page"]["original_image_url"]]


async def _download(session: ClientSession, url: str, folder: Path, limit: asyncio.Semaphore) -> None:
    async with limit, session.get(url, headers={"Referer": "https://app-api.pixiv.net/"}) as response:
        response.raise_for_status()
        (folder / url.rpartition("/")[2]).write_bytes(await response.read())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], Path(sys.argv[4]), int(sys.argv[5])))

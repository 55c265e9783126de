"""The programs that peers.py compares: how each is started to collect the works of one user of the simulated Pixiv.

Each writes works as JSON Lines and files into `files`, both in the given folder. A concurrency of 0 means no files;
gallery-dl and pixivpy send one request at a time whatever it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness import BENCHMARKS, PROJECT, SCRAPY, Pixiv, crawl_options

sys.path.insert(0, str(PROJECT))

from pixiv_crawler.api import oauth
from tests.sandbox import gallery_dl_runner


@dataclass(frozen=True)
class Command:
    """What starts a program."""

    words: Sequence[str]
    """The command line after the Python interpreter."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables in addition to those of this process."""
    working_folder: Path = PROJECT


def gallery_dl(pixiv: Pixiv, folder: Path, user_id: int, concurrency: int) -> Command:
    lines = {"name": "metadata", "mode": "jsonl", "event": "post", "base-directory": str(folder), "directory": "."}
    configuration = gallery_dl_runner.write_configuration(
        pixiv.refresh_token,
        folder,
        download=concurrency > 0,
        postprocessors=[lines | {"filename": "works.jsonl"}],
    )
    url = f"https://www.pixiv.net/users/{user_id}/artworks"
    return Command([str(gallery_dl_runner.JOB), str(configuration), url, pixiv.url, "info"])


def pixivpy(pixiv: Pixiv, folder: Path, user_id: int, concurrency: int) -> Command:
    script = str(BENCHMARKS / "plain_pixivpy.py")
    words = [script, pixiv.url, pixiv.refresh_token, str(user_id), str(folder), str(min(concurrency, 1))]
    return Command(words, {"PYTHONPATH": str(gallery_dl_runner.JOB.parent)})


def plain_loop(pixiv: Pixiv, folder: Path, user_id: int, concurrency: int) -> Command:
    script = str(BENCHMARKS / "plain_loop.py")
    return Command([script, pixiv.url, _login(pixiv), str(user_id), str(folder), str(concurrency)])


def plain_scrapy(pixiv: Pixiv, folder: Path, user_id: int, concurrency: int) -> Command:
    arguments = (
        f"url={pixiv.url}",
        f"login={_login(pixiv)}",
        f"user_id={user_id}",
        f"files={min(concurrency, 1)}",
    )
    options = [word for argument in arguments for word in ("-a", argument)]
    if concurrency:
        options += ["-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={concurrency}", "-s", f"CONCURRENT_REQUESTS={concurrency}"]
    variables = {"SCRAPY_SETTINGS_MODULE": "plain_scrapy", "PLAIN_FOLDER": str(folder), "PYTHONPATH": str(BENCHMARKS)}
    return Command([*SCRAPY, "crawl", "works", *options], variables, folder)


def ours(pixiv: Pixiv, folder: Path, user_id: int, concurrency: int) -> Command:
    args = [f"user_id={user_id}"] + ([] if concurrency else ["files=none"])
    settings = [f"PIXIV_IMAGE_CONCURRENCY={concurrency}"] if concurrency else []
    return Command([*SCRAPY, "crawl", "user_works", *crawl_options(pixiv, folder, args, settings)])


Program = Callable[[Pixiv, Path, int, int], Command]
PROGRAMS: dict[str, Program] = {
    "gallery-dl": gallery_dl,
    "pixivpy": pixivpy,
    "plain loop": plain_loop,
    "plain Scrapy": plain_scrapy,
    "ours": ours,
}


def _login(pixiv: Pixiv) -> str:
    """The form and the headers of a login, as JSON."""
    form = oauth.refresh_form(pixiv.refresh_token, oauth.CLIENT_ID, oauth.CLIENT_SECRET)
    return json.dumps({"formdata": form, "headers": oauth.client_headers(datetime.now(UTC))})

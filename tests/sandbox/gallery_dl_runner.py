"""Runs gallery-dl, a third-party client, against a sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pixiv_crawler.sandbox import Sandbox

JOB = Path(__file__).with_name("gallery_dl_job.py")


def run_gallery_dl(
    sandbox: Sandbox, folder: Path, url: str, *, exit_code: int = 0, **pixiv: Any
) -> tuple[list[Path], str]:
    """Returns the files that it wrote, and its log; `pixiv` are gallery-dl's options for the site."""
    configuration = write_configuration(sandbox.refresh_token, folder, **pixiv)
    done = subprocess.run(
        [sys.executable, str(JOB), str(configuration), url, sandbox.url, "debug"],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == exit_code, done.stderr
    return [path for path in (folder / "files").rglob("*") if path.is_file()], done.stderr


def write_configuration(refresh_token: str, folder: Path, **pixiv: Any) -> Path:
    """Writes a configuration that stores files in `files` of a folder; `pixiv` are gallery-dl's options for the site."""
    options = {
        "refresh-token": refresh_token,
        # Workarounds for placeholders and uploaded images use the web site, which is not simulated.
        "sanity": False,
        "embeds": False,
        "sleep-request": 0,
        "retries": 0,
        **pixiv,
    }
    extractor = {"base-directory": str(folder / "files"), "pixiv": options, "pixiv-novel": options}
    cache = {"file": str(folder / "cache.sqlite3")}
    configuration = folder / "gallery-dl.json"
    configuration.write_text(
        json.dumps({"extractor": extractor, "cache": cache, "downloader": {"retries": 0}}), encoding="utf-8"
    )
    return configuration

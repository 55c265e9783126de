"""Runs an unmodified gallery-dl against a sandbox. Arguments: configuration file, URL, the sandbox's URL, log level."""

from __future__ import annotations

import sys
from typing import Any

from gallery_dl import config, output
from gallery_dl.job import DownloadJob
from sandbox_adapter import SandboxAdapter


class SandboxJob(DownloadJob):
    """The same job, and those that it starts itself, with sessions that connect to the sandbox."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.extractor.initialize()
        # An extractor that only delegates to others has no session.
        for scheme in ("https://", "http://") if self.extractor.session else ():
            self.extractor.session.mount(scheme, SandboxAdapter(sandbox_url))


if __name__ == "__main__":
    configuration, url, sandbox_url, log_level = sys.argv[1:]
    output.initialize_logging(log_level)
    config.load([configuration], strict=True)
    sys.exit(SandboxJob(url).run())

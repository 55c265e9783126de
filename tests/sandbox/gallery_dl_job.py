"""Runs gallery-dl, as it is, against a sandbox. Arguments: configuration file, address, the sandbox's URL."""

from __future__ import annotations

import sys
from typing import Any

from gallery_dl import config, output
from gallery_dl.job import DownloadJob
from redirected import SandboxAdapter


class SandboxJob(DownloadJob):
    """The same job, and those that it starts itself, with sessions that lead to the sandbox."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.extractor.initialize()
        # An extractor that only names others has no session.
        for scheme in ("https://", "http://") if self.extractor.session else ():
            self.extractor.session.mount(scheme, SandboxAdapter(sandbox_url))


if __name__ == "__main__":
    configuration, address, sandbox_url = sys.argv[1:]
    output.initialize_logging("debug")
    config.load([configuration], strict=True)
    sys.exit(SandboxJob(address).run())

"""Runs gallery-dl, as it is, against a sandbox. Arguments: configuration file, address, the sandbox's URL."""

from __future__ import annotations

import sys

from gallery_dl import config, output
from gallery_dl.job import DownloadJob
from redirected import SandboxAdapter

if __name__ == "__main__":
    configuration, address, sandbox_url = sys.argv[1:]
    output.initialize_logging("debug")
    config.load([configuration], strict=True)
    job = DownloadJob(address)
    job.extractor.initialize()
    for scheme in ("https://", "http://"):
        job.extractor.session.mount(scheme, SandboxAdapter(sandbox_url))
    sys.exit(job.run())

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler
from tests.disk import SmallDisk


def pytest_configure() -> None:
    """A shell that starts tests in the background has them ignore Ctrl-C, and with them all that they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A simulated Pixiv of the test's own."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def crawl(sandbox: Sandbox, tmp_path: Path) -> Crawler:
    """Runs spiders against `sandbox`."""
    return Crawler(sandbox, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 2 MB."""
    disk = SmallDisk(tmp_path / "disk")
    if not disk.mount(2):
        pytest.skip("no disk can be mounted here")
    yield disk
    disk.unmount()


@pytest.fixture(scope="session")
def samples() -> Path:
    """Recorded answers of the real Pixiv; they show real people's works and are no part of the project."""
    for folder in Path(__file__).parents:
        if (folder / "shared" / "api-samples").is_dir():
            return folder / "shared" / "api-samples"
    pytest.skip("there is no folder of recorded answers beside the project")

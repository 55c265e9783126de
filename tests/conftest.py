from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from pixiv_crawler.console import redaction
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler, scrapy
from tests.disk import SmallDisk
from tests.in_process import scrapy_in_process
from tests.power import PowerDisk

pytest_plugins = ["tests.promises"]

# On a busy machine, an example may take any time.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_configure() -> None:
    """Restores SIGINT: shells start background jobs with SIGINT ignored, which their child processes inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two cores: a third of the time, tests wait for processes and servers."""
    return max(1, len(os.sched_getaffinity(0)) * 3 // 2) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Distributes single tests, but runs a module whose tests share a fixture in one worker, so that it is created once."""
    from xdist.scheduler import LoadScopeScheduling  # only there if the tests run in several processes

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.split("::")[0]
            return module if _shares_fixture(config.rootpath / module) else nodeid

    return Scheduling(config, log)


@cache
def _shares_fixture(module: Path) -> bool:
    return 'fixture(scope="module")' in module.read_text("utf-8")


TIERS = {"quick", "e2e", "browser", "kill", "soak", "scrapyd"}
TIER_OF_FIXTURE = {"browser": "browser", "small_disk": "kill", "power_disk": "kill"}
STARTS_SCRAPY = {"Crawler", "popen", "scrapy"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Assigns a tier to each test without one, as CONTRIBUTING.md describes."""
    for item in items:
        if isinstance(item, pytest.Function) and TIERS.isdisjoint(mark.name for mark in item.iter_markers()):
            tiers = [tier for fixture, tier in TIER_OF_FIXTURE.items() if fixture in item.fixturenames]
            crawls = not STARTS_SCRAPY.isdisjoint(vars(item.module))
            item.add_marker([*tiers, "e2e" if crawls else "quick"][0])


@pytest.fixture(autouse=True)
def _no_known_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets the secrets of earlier tests in this process: a token such as `environment` would be masked in every later log."""
    monkeypatch.setattr(redaction, "_known", ())


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A separate simulated Pixiv."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def crawl(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Crawler:
    """Runs spiders against `sandbox`: in this process, or in separate processes in tests marked `process`."""
    return Crawler(sandbox, tmp_path, scrapy if request.node.get_closest_marker("process") else scrapy_in_process)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 2 MB."""
    disk = SmallDisk(tmp_path / "disk")
    if not disk.mount(2):
        pytest.skip("mounting a tmpfs is not permitted")
    yield disk
    disk.unmount()


@pytest.fixture
def power_disk(tmp_path: Path) -> Iterator[PowerDisk]:
    """A disk whose power can be cut."""
    disk = PowerDisk(tmp_path / "disk")
    if problem := disk.create():
        pytest.skip(f"no ext4 file system can be mounted here: {problem}")
    yield disk
    disk.unmount()


@pytest.fixture(scope="session")
def samples() -> Path:
    """Recorded responses of the real Pixiv; they contain other people's works and are not part of the project."""
    for folder in Path(__file__).parents:
        if (folder / "shared" / "api-samples").is_dir():
            return folder / "shared" / "api-samples"
    pytest.skip("there is no folder of recorded responses next to the project")

"""What the comparison with other programs relies on: they do the same, and a slower crawler is noticed."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.in_process import PROJECT

USER = 9000


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the folder `benchmarks`."""
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    return importlib.import_module


def test_a_ratio_of_processor_time_that_is_25_percent_above_the_recorded_one_is_an_error(
    module: Any, tmp_path: Path
) -> None:
    ratios, path = module("ratios"), tmp_path / "ratios.json"
    ratios.record({"startup": 1.0, "works": 2.0}, path)
    assert ratios.errors({"startup": 0.5, "works": 2.5}, path) == []
    (error,) = ratios.errors({"startup": 1.0, "works": 2.51}, path)
    assert error.startswith("works: we use 2.51 times the processor time of plain Scrapy, and 2.00 times is recorded")
    assert "peers.py --record" in error
    (error,) = ratios.errors({"files": 1.0}, path)
    assert error.startswith("files: no ratio is recorded")


@pytest.mark.parametrize("name", ["startup", "works", "files"])
def test_a_slower_crawler_ends_the_quick_benchmark_with_an_error(module: Any, name: str) -> None:
    peers, recorded = module("peers"), json.loads(module("ratios").RECORDED.read_text("utf-8"))
    peers.check(runs_with(peers, recorded))
    with pytest.raises(SystemExit, match=f"^{name}: we use") as caught:
        peers.check(runs_with(peers, recorded | {name: recorded[name] * 1.3}))
    # An exit status of 1, with this text in stderr.
    assert isinstance(caught.value.code, str)
    assert "\n" not in caught.value.code


def runs_with(peers: Any, ratios: dict[str, float]) -> dict[Any, Any]:
    """Runs in which plain Scrapy starts in 1 s and takes 1 ms per work or file, and ours takes this many times as long."""
    runs = {}
    for program, factors in ((peers.SCRAPY, dict.fromkeys(ratios, 1.0)), (peers.OURS, ratios)):
        for job in peers.QUICK_JOBS:
            seconds = factors["startup"] + max(job.works, job.files) * factors[job.name] / 1000
            runs[program, job] = [peers.Figures(seconds, seconds, 100, job.works, job.files)]
    return runs


@pytest.mark.e2e
@pytest.mark.parametrize("program", ["gallery-dl", "pixivpy", "plain loop", "plain Scrapy", "ours"])
def test_every_program_collects_all_works_and_files(
    module: Any, program: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    peers, harness = module("peers"), module("harness")
    sandbox.world.add_user(USER, works=31, pages=2)
    figures = peers.run_program(
        program, peers.Job("few", USER, 31, 62), harness.Pixiv(sandbox.url, sandbox.refresh_token), tmp_path
    )
    assert (figures.works, figures.files) == (31, 62)


@pytest.mark.e2e
def test_the_benchmark_of_memory_measures_valid_files(module: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    memory, harness, file = module("memory"), module("harness"), tmp_path / "small.jpg"
    memory.write_small(file)
    sandbox.world.add_user(memory.USER_ID, works=1, pages=memory.PAGES)
    figures = memory.measured(harness.Pixiv(sandbox.url, sandbox.refresh_token), file, tmp_path)
    assert figures.files == memory.PAGES

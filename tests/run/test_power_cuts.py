"""Runs can be resumed after a power cut with the same result, whatever data had been flushed."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from pixiv_crawler.media import problem_of
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler
from tests.power import PowerDisk, start_scrapy
from tests.promises import tries
from tests.runs import assert_equal_runs
from tests.test_every_spider import SPIDERS, example

pytestmark = [pytest.mark.kill, pytest.mark.promise("power")]

logger = logging.getLogger(__name__)

CUTS = tries(4, 100)
# With everything that is stored in addition to lines and originals.
MORE: dict[str, dict[str, str]] = {
    "user_works": {
        "type": "illust,manga,ugoira,novel",
        "comments": "true",
        "ugoira": "gif",
        "novel": "epub",
        "sidecar": "json,xmp",
        "thumbnail": "100",
    },
    "series": {"novel": "epub"},
}


class World:
    """A simulated Pixiv that changes the login all the time, and one run of a spider."""

    def __init__(self, sandbox: Sandbox, folder: Path, spider: str) -> None:
        self.sandbox = sandbox
        self.crawler = Crawler(sandbox, folder)
        self._login = self.crawler.login  # the first one: later ones are in the token file
        args = {**example(spider, max_works="6"), **MORE.get(spider, {}), "job": "x"}
        self._words = list(map(str, self.crawler.words(spider, {}, args)))
        self._log = folder.with_name(f"{folder.name}.log")

    def log_in_again(self) -> None:
        """Replaces the login by the newest one, as a user does."""
        self.crawler.token_file.unlink(missing_ok=True)
        self._login = self.crawler.login

    def start(self) -> BaseProcess:
        """Begins or resumes the run."""
        return start_scrapy(self._words, self._login, self._log)

    def finish(self) -> Crawl:
        """Runs to the end."""
        process = self.start()
        process.join(120)
        assert process.exitcode is not None
        return Crawl(process.exitcode, "", self._log.read_text("utf-8"), self.crawler.data)


def new_sandbox() -> Sandbox:
    return Sandbox(latency_seconds=0.01, rotate_refresh_token=True, token_uses=4)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Crawl, int]]:
    """The run of a spider that nothing happens to, and the number of its requests."""
    found: dict[str, tuple[Crawl, int]] = {}

    def run(spider: str) -> tuple[Crawl, int]:
        if spider not in found:
            with new_sandbox() as sandbox:
                done = World(sandbox, tmp_path_factory.mktemp(spider), spider).finish()
                found[spider] = done, len(sandbox.requests)
            assert done.status == 0, done.log
        return found[spider]

    return run


def spider_of(number: int) -> str:
    """All spiders in turn; a few cuts take the first ones of a fixed random order."""
    names = SPIDERS.list()
    random.Random(1).shuffle(names)
    return names[number % len(names)]


@pytest.mark.parametrize("number", range(CUTS), ids=lambda number: f"{number}-{spider_of(number)}")
def test_a_run_has_the_same_result_after_a_power_cut(
    number: int,
    power_disk: PowerDisk,
    undisturbed: Callable[[str], tuple[Crawl, int]],
    record_property: Callable[[str, object], None],
) -> None:
    draw, spider = random.Random(number), spider_of(number)
    expected, requests = undisturbed(spider)
    with new_sandbox() as sandbox:
        world = World(sandbox, power_disk.folder, spider)
        process, moment = world.start(), draw.randrange(-1, requests + 1)
        while process.is_alive() and len(sandbox.requests) < moment:
            time.sleep(0.001)
        time.sleep(draw.uniform(0, 0.6 if moment in (-1, requests) else 0.03))
        # A login on its way cannot be saved. The first request that it signs shows that it has been stored.
        while process.is_alive() and sandbox.requests and sandbox.requests[-1].kind == "oauth":
            time.sleep(0.001)
        power_disk.cut()
        record_property("power cuts", 1)
        had_ended = process.exitcode == 0
        process.kill()
        process.join()
        power_disk.restore()
        if sandbox.requests and sandbox.requests[-1].kind == "oauth":  # it came between the check and the cut
            logger.info("A login was on its way")
            world.log_in_again()
        logger.info("%s: cut after %d of %d requests", spider, len(sandbox.requests), requests)
        for path in power_disk.folder.rglob("report.json"):
            report = json.loads(path.read_bytes())
            assert report["finish_reason"] == "finished" or "interrupted. To resume: " in report["next"]
        files = Crawl(0, "", "", world.crawler.data).files.values()
        assert [path for path in files if path.suffix in (".jpg", ".png", ".gif") and problem_of(path)] == []
        done = world.finish()
        assert done.status == 0, done.log
        assert ("nothing to do" in done.log) >= had_ended
        assert_equal_runs(done, expected)
        token = json.loads(world.crawler.token_file.read_bytes())["refresh_token"]
        assert token == sandbox.refresh_token

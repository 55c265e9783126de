"""Several processes with one data folder or one state: none ends because of another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scrapy.crawler import Crawler as ScrapyCrawler

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.output_folder import OutputFolder
from pixiv_crawler.run.state import open_state
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.spiders.user_works import UserWorksSpider
from tests.crawling import Crawler, popen
from tests.run.crawlers import make_crawler


def new_run(folder: Path) -> Run:
    """A run without a name of its own."""
    crawler = make_crawler(folder)
    crawler.spider = UserWorksSpider.from_crawler(crawler, user_id="1008")
    run = Run(crawler)
    asyncio.run(run.check())
    return run


def test_a_run_whose_folder_another_process_has_just_taken_gets_another_name(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    name = run._spider.job
    other = OutputFolder(paths.run_folder(tmp_path, "user_works", name))
    asyncio.run(open_and_close(run, f"{name}-2"))
    other.release()


def test_a_run_whose_name_another_process_has_just_taken_in_the_state_gets_another_name(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    name = run._spider.job

    async def create() -> None:
        state = await open_state(f"sqlite:///{tmp_path / 'state.db'}")
        await state.create_run("user_works", name, {}, "2026-01-01T00:00:00+00:00")
        await state.close()

    asyncio.run(create())
    asyncio.run(open_and_close(run, f"{name}-2"))


def test_another_problem_than_a_taken_name_is_reported_after_one_attempt(tmp_path: Path) -> None:
    (tmp_path / "user_works").touch()
    names: list[str] = []

    class Watched(UserWorksSpider):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "job":
                names.append(str(value))
            super().__setattr__(name, value)

    crawler = make_crawler(tmp_path)
    crawler.spider = Watched.from_crawler(crawler, user_id="1008")
    names.clear()
    with pytest.raises(SettingError, match="is not writable"):
        asyncio.run(Run(crawler).check())
    assert len(names) == 1


def test_a_run_cannot_be_resumed_from_another_data_folder_with_the_same_state(tmp_path: Path) -> None:
    settings = {"PIXIV_STATE": f"sqlite:///{tmp_path / 'state.db'}"}
    run, other = (Run(named_crawler(tmp_path / name, **settings)) for name in ("one", "two"))

    async def open_both() -> None:
        await run.open()
        try:
            with pytest.raises(SettingError, match=f"PIXIV_DATA_DIR={tmp_path / 'one'}, now {tmp_path / 'two'}"):
                await other.open()
        finally:
            await run.close()

    asyncio.run(open_both())


def test_a_state_in_the_data_folder_belongs_to_it_however_its_path_is_written(tmp_path: Path) -> None:
    state = f"sqlite:///{tmp_path / 'one' / 'state.db'}"
    begun, same = Run(named_crawler(tmp_path / "one")), Run(named_crawler(tmp_path / "one", PIXIV_STATE=state))
    elsewhere = Run(named_crawler(tmp_path / "two", PIXIV_STATE=state))

    async def resume() -> None:
        await begun.open()
        begun.has_begun = True  # otherwise the run would be forgotten
        await begun.close()
        with pytest.raises(SettingError, match=f"PIXIV_DATA_DIR=None, now {tmp_path / 'two'}"):
            await elsewhere.open()
        await same.open()
        await same.close()

    asyncio.run(resume())


def named_crawler(folder: Path, **settings: str) -> ScrapyCrawler:
    crawler = make_crawler(folder, **settings)
    crawler.spider = UserWorksSpider.from_crawler(crawler, user_id="1008", job="x")
    return crawler


async def open_and_close(run: Run, name: str) -> None:
    await run.open()
    assert run.record.job == name
    await run.close()


def test_two_processes_that_store_the_same_files_under_the_name_of_their_user_both_finish(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    crawl = Crawler(sandbox, tmp_path)
    settings = {"PIXIV_FILE_PATH": "{user_name}/{illust_id}_p{page}{ext}", "PIXIV_API_DELAY": 0}
    processes = [
        popen(*crawl.words("user_works", settings, {"user_id": 1008, "job": job}), env=crawl.login)
        for job in ("one", "two")
    ]
    logs = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], logs
    assert not any("UNIQUE" in log or "Missing: " in log for log in logs)
    (folder,) = (crawl.data / "files").iterdir()
    found = [
        (crawl.data / "user_works" / job / "illusts.jsonl").read_bytes().count(b'"path"') for job in ("one", "two")
    ]
    assert found == [len(list(folder.iterdir()))] * 2

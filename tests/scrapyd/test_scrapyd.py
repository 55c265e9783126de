"""docs/operations.md on a real Scrapyd, from the installation to another machine; run with `pytest -m scrapyd`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.outcome_check import outcome_errors
from tests.scrapyd.server import Job, Server, wait_until

pytestmark = [
    pytest.mark.scrapyd,
    pytest.mark.skipif(not shutil.which("curl"), reason="the commands of the guide need curl"),
]

WORKS = 200
USER = 1008


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Slow enough to end jobs while they run."""
    with Sandbox(latency_seconds=0.02) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def server(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is set up and deployed to with the commands of the guide."""
    root = tmp_path_factory.mktemp("scrapyd")
    programs = root / "programs"
    server = Server(root / "srv", sandbox, programs)
    write_programs(programs, server)
    server.copy_project()
    server.run("install")
    server.start(poll_interval="0.2", items_dir=str(server.folder / "data"))
    try:
        server.run("deploy")
        yield server
    finally:
        server.stop()


def write_programs(folder: Path, server: Server) -> None:
    """A curl that adds settings for the simulated Pixiv to jobs, and an ssh that uses another folder as the other machine."""
    folder.mkdir()
    settings = " ".join(f"-d setting={setting}" for setting in server.settings)
    curl = f'case "$*" in */schedule.json*) set -- "$@" {settings} -d max_works=40 ;; esac\nexec {shutil.which("curl")} "$@"\n'
    old, new = server.folder, server.folder.with_name("new")
    ssh = f'shift\nexec sh -c "$(echo "$*" | sed \'s#{old}#{new}#g\')"\n'
    for name, text in {"curl": curl, "ssh": ssh}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o700)


def start_job(server: Server, user_id: int, job: str) -> None:
    """Starts a job for a user with many works; returns in the middle of it."""
    server.sandbox.world.add_user(user_id, works=WORKS)
    server.schedule("user_works", job, user_id=user_id)
    wait_until(lambda: lines_of(server, job) >= 10, "the middle of the crawl")


def lines_of(server: Server, job: str) -> int:
    """The number of works that a job has stored so far."""
    path = server.folder / "data" / "user_works" / job / "illusts.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def errors_of(done: Job, sandbox: Sandbox) -> list[str]:
    """The outcome errors of a job, without the partial files of other jobs."""
    assert not (done.data / ".parts" / done.spider / done.job).exists()
    return [text for text in outcome_errors(sandbox, done) if not text.startswith("unfinished files were left behind")]


def test_the_output_of_a_job_is_on_disk_and_served_over_http(server: Server, sandbox: Sandbox) -> None:
    server.schedule("user_works", "disk", user_id=USER)
    server.schedule("rankings", "ranks", mode="day", files="none", max_works=40)
    works, ranks = server.ended("user_works", "disk"), server.ended("rankings", "ranks")
    assert (works.status, ranks.status) == (0, 0), works.log + ranks.log
    assert errors_of(works, sandbox) == []
    positions = [line["source"]["position"] for line in ranks.lines("illusts")]
    assert (len(positions), positions[0]) == (40, 1)
    assert positions == sorted(set(positions))
    for job in (works, ranks):
        status, lines = server.request(f"/items/{job.spider}/{job.job}/illusts.jsonl")
        assert (status, lines) == (200, (job.run_folder / "illusts.jsonl").read_text("utf-8"))
        (listed,) = (finished for finished in server.jobs("finished") if finished["id"] == job.job)
        assert server.request(listed["log_url"]) == (200, job.log)
        assert "INFO: Spider closed (finished)" in job.log
        ids = [json.loads(line)["id"] for line in server.request(listed["items_url"])[1].splitlines()]
        assert sorted(ids) == sorted(line["id"] for line in job.lines("illusts")), (
            "the file of items_dir has the same works"
        )


@pytest.mark.parametrize("path", ["/listjobs.json", "/logs/", "/items/", "/schedule.json"])
def test_every_page_requires_the_password(server: Server, path: str) -> None:
    assert server.request(path, login=False)[0] == 401


@pytest.mark.parametrize(("job", "signal"), [("cancelled", "INT"), ("killed", "KILL")])
def test_a_job_that_was_cancelled_or_killed_is_resumed_under_its_id(server: Server, job: str, signal: str) -> None:
    user_id = 9100 + len(job)
    start_job(server, user_id, job)
    server.cancel(job, signal=signal)
    server.ended("user_works", job)
    assert f"data/user_works/{job}\n" in server.run("keep")
    before = lines_of(server, job)
    assert 0 < before < WORKS
    server.schedule("user_works", job, user_id=user_id)
    done = server.ended("user_works", job, times=2)
    assert done.status == 0, done.log
    assert errors_of(done, server.sandbox) == []
    assert len({line["id"] for line in done.lines("illusts")}) == len(done.lines("illusts")) > before
    assert f"data/user_works/{job}" not in server.run("keep")
    server.schedule("user_works", job, user_id=user_id)
    again = server.ended("user_works", job, times=3)
    assert again.status == 0
    assert f"The run '{job}' finished at" in again.log.splitlines()[-1]


def test_a_job_with_a_token_is_rejected_in_its_log(server: Server) -> None:
    token = "seen-by-all-and-everyone"
    jobs = {
        "as-setting": {"setting": [f"PIXIV_REFRESH_TOKEN={token}"]},
        "as-argument": {"refresh_token": token},
        "as-setting-that-is-an-argument": {"PIXIV_REFRESH_TOKEN": token},
    }
    for job, given in jobs.items():
        server.schedule("users", job, user_id=USER, **given)
    for done in [server.ended("users", job) for job in jobs]:
        assert (done.status, done.log.count("\n")) == (1, 1)
        assert "was passed with the job, which Scrapyd shows in its lists and log; set PIXIV_REFRESH_TOKEN" in done.log
        assert token not in done.log
        assert not done.run_folder.exists()


def test_only_the_token_file_contains_the_token_of_the_environment(server: Server) -> None:
    server.schedule("users", "silent", user_id=USER)
    assert server.ended("users", "silent").status == 0
    token = server.sandbox.refresh_token.encode()
    folders = [server.folder / name for name in ("data", "logs", "dbs", ".local")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if token in path.read_bytes()] == ["token.json"]
    assert token.decode() not in server.output
    assert token.decode() not in server.request("/listjobs.json")[1]


def test_invalid_arguments_are_reported_in_the_log_of_the_job(server: Server) -> None:
    server.schedule("users", "wrong", user_id="nobody")
    done = server.ended("users", "wrong")
    assert (done.status, done.log.count("\n")) == (1, 1)
    assert "'nobody' is not a valid user" in done.log


def test_a_wheel_can_be_deployed(server: Server) -> None:
    clone = server.folder / "pixiv_crawler"
    build = "../venv/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist ."
    deploy = "set -a; . ../environment; ../venv/bin/scrapyd-deploy --egg dist/*.whl --project wheel"
    output = server.call(["bash", "-euc", f"cd {clone}; {build}; {deploy}"])
    spiders = server.json("/listspiders.json?project=pixiv_crawler")["spiders"]
    assert "user_works" in spiders
    assert f'"spiders": {len(spiders)}' in output
    server.schedule("users", "of-a-wheel", project="wheel", user_id=USER)
    wait_until(
        lambda: [finished for finished in server.jobs("finished") if finished["id"] == "of-a-wheel"],
        "the end of the job",
    )
    assert (server.folder / "data" / "users" / "of-a-wheel" / "users.jsonl").exists()


def test_the_commands_of_the_guide_for_jobs_work(server: Server, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("slow", "/v1/user/illusts", seconds=30, times=1))
    server.run("jobs")
    job = f"glass-{datetime.now(UTC):%Y-%m-%d}"
    log = server.folder / "logs" / "pixiv_crawler" / "user_works" / f"{job}.log"
    wait_until(lambda: log.exists() and "Spider opened" in log.read_text("utf-8"), "the beginning of the job")
    output = server.run("look")
    sandbox.clear_faults()
    assert f'"id": "{job}"' in output
    assert "INFO: Spider opened" in output
    assert '"prevstate": "running"' in output
    assert server.ended("user_works", job).status == 2


def test_the_schedule_script_fails_if_scrapyd_rejects_the_job(server: Server) -> None:
    with pytest.raises(AssertionError, match="spider 'nothing' not found"):
        server.call([str(server.folder / "schedule"), "name", "nothing"])


def test_the_daily_timers_collect_bookmarks_and_rankings(server: Server) -> None:
    for unit in ("pixiv-bookmarks.service", "pixiv-rankings.service"):
        for command in server.unit(unit):
            server.call(command)
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    runs = {"public": "bookmarks", "private": "bookmarks", "daily": "rankings"}
    done = {name: server.ended(spider, f"{name}-{day}") for name, spider in runs.items()}
    assert {name: job.status for name, job in done.items()} == dict.fromkeys(runs, 0)
    assert {line["source"]["params"]["restrict"] for line in done["private"].lines("illusts")} == {"private"}
    assert len(done["daily"].lines("illusts")) == 40
    assert done["daily"].report["arguments"]["mode"] == ["day", "week"]


def test_a_job_can_be_resumed_on_another_machine(server: Server) -> None:
    start_job(server, 9200, "moved")
    server.cancel("moved", signal="KILL")
    server.ended("user_works", "moved")
    wait_until(lambda: not server.jobs("running"), "the end of other jobs")
    other = Server(server.folder.with_name("new"), server.sandbox, server.programs)
    server.run("move")
    environment = (other.folder / "environment").read_text()
    (other.folder / "environment").write_text(environment.replace(str(server.folder), str(other.folder)))
    other.start(program=server.folder / "venv" / "bin" / "scrapyd", poll_interval="0.2")
    try:
        other.schedule("user_works", "moved", user_id=9200)
        done = other.ended("user_works", "moved", times=2)
    finally:
        other.stop()
    assert done.status == 0, done.log
    assert errors_of(done, server.sandbox) == []
    assert done.data == other.folder / "data"

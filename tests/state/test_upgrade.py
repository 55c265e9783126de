"""A state database that an older version of the program made."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.state import State
from tests.crawling import Crawl, Crawler, popen
from tests.stored import asked, files_of

TABLES = Path(__file__).with_name("version1.sql").read_text("utf-8")
RICH, ORDINARY = 2188232, 1008

KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from pixiv_crawler.state import State
def kill(connection, cursor, statement, *others):
    if statement.startswith("ALTER") and "page_key" in statement:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "before_cursor_execute", kill)
State(sys.argv[1])
"""


def make_old(path: Path) -> None:
    """Brings a database to version 1: what that did not know is gone."""
    new = path.with_name("new.db")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.move(path, new)
    for leftover in path.parent.glob(f"{path.name}-*"):
        leftover.unlink()
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(TABLES)
        old.execute("ATTACH ? AS new", (str(new),))
        for (table,) in old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if table != "versions":
                names = ", ".join(f'"{row[1]}"' for row in old.execute(f"PRAGMA main.table_info({table})"))
                old.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
        for run_id, arguments in old.execute("SELECT id, arguments FROM runs").fetchall():
            known = {name: value for name, value in json.loads(arguments).items() if not name.startswith("PIXIV_")}
            old.execute("UPDATE runs SET arguments = ? WHERE id = ?", (json.dumps(known).encode(), run_id))
    new.unlink()


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawler]:
    """A finished run, and one of the name x that was killed in the middle, by a program of version 1."""
    with Sandbox(latency_seconds=0.01) as sandbox:
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("old"))
        assert crawl(user_id=ORDINARY, job="whole", max_works=5).status == 0
        before = len(sandbox.requests)
        with popen(*crawl.words("user_works", {}, {"user_id": RICH, "job": "x"}), env=crawl.login) as process:
            while len(asked(sandbox, before)) < 60:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        make_old(crawl.data / "state.db")
        yield crawl


def run(crawl: Crawler, job: str, **args: object) -> tuple[Crawl, list[str]]:
    """A run, and what it asked for of files."""
    before = len(crawl.sandbox.requests)
    done = crawl(job=job, **args)
    for other in crawl.data.glob("user_works/*"):
        if other.name != job:
            shutil.rmtree(other)
    return done, asked(crawl.sandbox, before)


def test_files_and_works_of_an_old_database_are_known_and_its_open_run_goes_on(crawl: Crawler) -> None:
    there = set(Crawl(0, "", "", crawl.data).files)
    done, urls = run(crawl, "x", user_id=RICH)
    assert done.status == 0, done.log
    lines = done.lines("illusts")
    assert len({line["id"] for line in lines}) == len(lines) == 74
    files = {file["path"]: file for line in lines for file in line["files"]}
    assert {file["status"] for file in files.values()} == {"downloaded"}
    names = {Path(path).name for path in urls}
    assert not {Path(path).name for path in there if not path.endswith(".zip")} & names

    done, urls = run(crawl, "kept", user_id=ORDINARY, max_works=5)
    assert (done.status, urls) == (0, [])
    assert {file["status"] for file in files_of(done)} == {"kept"}
    kept = {line["id"] for line in done.lines("illusts")}
    done, urls = run(crawl, "known", user_id=ORDINARY, max_works=5, new_only="true")
    assert len(urls) == len(done.lines("illusts")) == 5
    assert not kept & {line["id"] for line in done.lines("illusts")}


def test_an_upgrade_that_is_killed_in_the_middle_is_made_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLES)
    address = f"sqlite:///{path}"
    killed = subprocess.run([sys.executable, "-c", KILLED, address], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    State(address).close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version FROM versions").fetchall() == [(2,)]
        assert "page_key" in {row[1] for row in database.execute("PRAGMA table_info(files)")}

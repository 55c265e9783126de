"""The state database: several processes that open it at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPEN = """
import sys
from pixiv_crawler.state import State
print("ready", flush=True)
sys.stdin.readline()
State(sys.argv[1]).new_run("user_works", sys.argv[2], {}, "2026-01-01T00:00:00+00:00")
"""


def test_runs_that_begin_at_once_in_a_new_data_folder_all_find_a_database(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'data' / 'state.db'}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, address, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[1] for process in processes] == [""] * len(processes)

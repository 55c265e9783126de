"""docs/operations.md: each command is tested or marked as not tested, and each systemd unit is valid."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.code_blocks import blocks
from tests.crawling import PROJECT

GUIDE = PROJECT / "docs" / "operations.md"
TESTS = (PROJECT / "tests" / "scrapyd" / "test_scrapyd.py").read_text("utf-8")
UNITS = [block for block in blocks(GUIDE) if block.mark.endswith((".service", ".timer"))]


def test_every_command_of_the_guide_is_tested_or_marked_as_not_tested() -> None:
    commands = [block for block in blocks(GUIDE) if block.language == "sh"]
    assert len(commands) > 5
    untested = [block for block in commands if f'run("{block.mark}")' not in TESTS]
    assert {block.mark for block in untested} == {"not-tested"}
    assert [block.text for block in untested if "(not tested)" not in block.before] == []


def test_the_guide_has_a_service_for_each_timer() -> None:
    names = {block.mark for block in UNITS}
    timers = {name for name in names if name.endswith(".timer")}
    assert timers
    assert {name.replace(".timer", ".service") for name in timers} <= names


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units_of_the_guide_are_valid(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    for block in UNITS:
        text = block.text.replace("/srv/pixiv/venv/bin/scrapyd", str(program))
        (tmp_path / block.mark).write_text(text.replace("/srv/pixiv/schedule", str(program)))
    units = [str(tmp_path / block.mark) for block in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

"""Runs the examples of a page in a separate folder: its programs become files, its commands run in a shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.code_blocks import Block, blocks
from tests.in_process import PROJECT, clean_environment


class PageFolder:
    """The files and commands of a page; the project is importable as if it were installed."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.blocks = blocks(page)
        self.folder = folder
        for block in self.blocks:
            if block.language in ("python", "ini"):
                path = folder / block.mark
                path.parent.mkdir(exist_ok=True)
                path.write_text(block.text, "utf-8")

    def block(self, language: str, mark: str) -> Block:
        (found,) = (block for block in self.blocks if (block.language, block.mark) == (language, mark))
        return found

    def run(self, mark: str) -> subprocess.CompletedProcess[str]:
        """Runs the commands of a block, or a program of the page."""
        return self.shell(f"python {mark}" if mark.endswith(".py") else self.block("sh", mark).text)

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder."""
        bin_folder = Path(sys.executable).parent
        env = clean_environment() | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
        env["PATH"] = f"{bin_folder}:{env['PATH']}"
        return subprocess.run(
            ["bash", "-ec", command], cwd=self.folder, env=env, capture_output=True, encoding="utf-8", check=False
        )

    def assert_shown(self, mark: str) -> None:
        """Runs a block or program; it prints what the page shows."""
        done = self.run(mark)
        assert done.returncode == 0, done.stderr
        assert _as_seen(done.stdout) == _as_seen(self.block("text", mark).text)


def _as_seen(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())

"""A disk that is small."""

from __future__ import annotations

import subprocess
from pathlib import Path


class SmallDisk:
    """A disk of its own below a folder, for whoever may mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def mount(self, megabytes: int) -> bool:
        """Whether there is now a disk of that size."""
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(self.folder)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def grow(self, megabytes: int) -> None:
        """Makes the disk of that size."""
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(self.folder)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

"""A small disk, for tests of full disks."""

from __future__ import annotations

import subprocess
from pathlib import Path


class SmallDisk:
    """A tmpfs in a folder, if mounting is permitted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def mount(self, megabytes: int) -> bool:
        """Mounts a disk of that size; False if that is not permitted."""
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(self.folder)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def grow(self, megabytes: int) -> None:
        """Changes the size of the disk."""
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(self.folder)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

"""What a call has written survives a power cut that follows it."""

from __future__ import annotations

import asyncio
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pixiv_crawler.http.token_store import Login, read_login, write_login
from pixiv_crawler.media import problem_of
from pixiv_crawler.media.thumbnail import make_thumbnail
from pixiv_crawler.outputs.tables.folder import TablesFolder
from pixiv_crawler.run.output_folder import OutputFolder
from pixiv_crawler.run.state import RunRecord, StoredFile, StoredItems, open_state
from tests.power import PowerDisk, start

FILE = StoredFile(path="1/a.png", url="https://x/a.png", size_bytes=5, mtime_ns=1, sha256="ab", run_id=1)


def state_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'new' / 'state.db'}"


async def _write_state(folder: Path) -> None:
    state = await open_state(state_url(folder))
    run = await state.create_run("user_works", "job", {}, "2026-01-01T00:00:00+00:00")
    await state.record_stored(run.id, StoredItems(output_sizes={"illusts.jsonl": 7}))
    await state.save_file(FILE)
    await state.sync()


def store_state(folder: Path) -> None:
    asyncio.run(_write_state(folder))


def store_lines(folder: Path) -> None:
    output = OutputFolder(folder / "user_works" / "job")
    output.append("illusts.jsonl", b"{}\n")
    output.sync(["illusts.jsonl"])


def store_login(folder: Path) -> None:
    write_login(folder / "config" / "pixiv" / "token.json", Login("refresh"))


def store_thumbnail(folder: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64)).save(picture, "PNG")
    make_thumbnail(picture, folder / "thumbnail.webp", 32)
    _sync_names(folder)


def store_tables(folder: Path) -> None:
    with TablesFolder(folder / "tables").replacing(["works.parquet"]) as (new, _):
        (new / "works.parquet").write_bytes(b"PAR1")


def _sync_names(folder: Path) -> None:
    """Brings the names of files to the disk, as the next writer in this folder would."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _wait(write: Callable[[Path], None], folder: Path, written: Path) -> None:
    write(folder)
    written.touch()
    time.sleep(60)


@pytest.fixture
def after_power_cut(power_disk: PowerDisk, tmp_path: Path) -> Callable[[Callable[[Path], None]], Path]:
    """Calls a function in a separate process, cuts the power as soon as it returns, and returns its folder."""

    def run(write: Callable[[Path], None]) -> Path:
        written = tmp_path / "written"
        process = start(_wait, write, power_disk.folder, written)
        while process.is_alive() and not written.exists():
            time.sleep(0.001)
        power_disk.cut()
        process.kill()
        process.join()
        assert written.exists(), "the function failed"
        power_disk.restore()
        return power_disk.folder

    return run


AfterPowerCut = Callable[[Callable[[Path], Any]], Path]


def test_a_synchronised_state_survives(after_power_cut: AfterPowerCut) -> None:
    folder = after_power_cut(store_state)

    async def read() -> tuple[RunRecord | None, dict[str, int], StoredFile | None]:
        state = await open_state(state_url(folder))
        found = await state.find_run("user_works", "job"), await state.output_sizes(1), await state.file(FILE.path)
        await state.close()
        return found

    run, sizes, file = asyncio.run(read())
    assert run is not None
    assert (sizes, file) == ({"illusts.jsonl": 7}, FILE)


def test_synchronised_lines_survive(after_power_cut: AfterPowerCut) -> None:
    folder = after_power_cut(store_lines)
    assert (folder / "user_works" / "job" / "illusts.jsonl").read_bytes() == b"{}\n"


def test_a_login_survives_in_new_folders(after_power_cut: AfterPowerCut) -> None:
    folder = after_power_cut(store_login)
    assert read_login(folder / "config" / "pixiv" / "token.json") == Login("refresh")


def test_a_thumbnail_is_complete_or_absent(after_power_cut: AfterPowerCut) -> None:
    assert problem_of(after_power_cut(store_thumbnail) / "thumbnail.webp") is None


def test_tables_survive(after_power_cut: AfterPowerCut) -> None:
    assert (after_power_cut(store_tables) / "tables" / "works.parquet").read_bytes() == b"PAR1"

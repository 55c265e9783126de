"""Data sets, loaded by the libraries for which they are made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import clean_environment
from tests.outputs.export.collected import Collected, exported, tags

# In a process of its own: it is slow to import and starts threads. What is loaded is printed as JSON.
LOAD = """
import json, sys
from datasets import load_dataset
for loaded in (load_dataset("imagefolder", data_dir=sys.argv[1]), load_dataset(sys.argv[1])):
    assert set(loaded) == {"train"}, loaded
    rows = [row | {"image": [row["image"].format, *row["image"].size]} for row in loaded["train"]]
print(json.dumps(rows, default=str))
"""


@pytest.fixture
def data(tmp_path: Path) -> Collected:
    return Collected(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data_set"


def load_imagefolder(folder: Path, cache: Path) -> list[dict[str, Any]]:
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, folder],
        env=clean_environment() | offline,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.mark.e2e  # the library needs seconds to be imported
def test_datasets_loads_an_imagefolder_with_its_metadata(data: Collected, target: Path, tmp_path: Path) -> None:
    first = replace(data.illust(1, 2, total_view=None), tags=tags(("海", "sea"), "a,b"), caption="one<br>two")
    data.write(first, data.illust(2, size=(50, 40)), data.ugoira(3))
    assert data.export("imagefolder", target).returncode == 0
    rows = load_imagefolder(target, tmp_path / "cache")
    assert [(row["illust_id"], row["page"], row["image"]) for row in rows] == [
        (1, 0, ["PNG", 60, 80]), (1, 1, ["PNG", 60, 80]), (2, 0, ["PNG", 50, 40]),
    ]  # fmt: skip
    assert rows[0]["text"] == "海, a，b"
    assert (rows[0]["tags"], rows[0]["translated_tags"]) == (["海", "a,b"], ["sea", ""])
    assert (rows[0]["caption"], rows[0]["total_view"], rows[2]["total_view"]) == ("one\ntwo", None, 5)
    assert "label" not in rows[0]


def test_an_imagefolder_keeps_what_earlier_exports_wrote(data: Collected, target: Path) -> None:
    one, two = replace(data.illust(1), tags=tags("海")), replace(data.illust(2), tags=tags("空"))
    data.write(one, two)
    data.export("imagefolder", target, "-a", "tags=海")
    data.export("imagefolder", target, "-a", "tags=空")
    assert exported(target) == ["README.md", "train/1_p0.png", "train/2_p0.png", "train/metadata.jsonl"]
    assert [row["file_name"] for row in rows_of(target)] == ["1_p0.png", "2_p0.png"]
    (target / "train" / "1_p0.png").unlink()
    data.export("imagefolder", target, "-a", "tags=空")
    assert [row["file_name"] for row in rows_of(target)] == ["2_p0.png"]


def rows_of(target: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (target / "train" / "metadata.jsonl").read_text("utf-8").splitlines()]


def samples(target: Path) -> list[dict[str, Any]]:
    """What the library reads, sample by sample."""
    import webdataset

    shards = [str(path) for path in sorted(target.glob("*.tar"))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library does not close the shards
        return list(webdataset.WebDataset(shards, shardshuffle=False))


def test_webdataset_reads_each_image_with_its_metadata(data: Collected, target: Path) -> None:
    one = replace(data.illust(1, 2), title="dots. in. title", tags=tags("海"))
    one.files[0] = data.image("11/dots.in.name/1_p0.jpg", 3)
    data.write(one, data.illust(2))
    assert data.export("webdataset", target).returncode == 0
    found = samples(target)
    assert [sample["__key__"] for sample in found] == ["1_p0", "1_p1", "2_p0"]
    assert [sorted(key for key in sample if not key.startswith("__")) for sample in found] == [
        ["jpg", "json"], ["json", "png"], ["json", "png"],
    ]  # fmt: skip
    assert found[0]["jpg"] == (data.path / "files" / one.files[0].path).read_bytes()
    assert json.loads(found[1]["json"])["title"] == "dots. in. title"


def test_shards_have_a_bounded_size_and_the_same_bytes_in_every_run(data: Collected, target: Path) -> None:
    works = [data.illust(number) for number in range(1, 8)]
    for one in works:
        one.files = [data.file(f"11/{one.id}_p0.png", os.urandom(300_000))]
    data.write(*works)
    assert data.export("webdataset", target, "-a", "shard_mb=1").returncode == 0
    shards = sorted(target.glob("*.tar"))
    assert [path.name for path in shards] == ["pixiv-000000.tar", "pixiv-000001.tar", "pixiv-000002.tar"]
    assert all(path.stat().st_size <= 1_020_000 for path in shards)  # a tar file is padded to 10 KiB
    assert [sample["__key__"] for sample in samples(target)] == [f"{number}_p0" for number in range(1, 8)]
    data.export("webdataset", target.with_name("fresh"), "-a", "shard_mb=1")
    assert [path.read_bytes() for path in sorted(target.with_name("fresh").glob("*.tar"))] == [
        path.read_bytes() for path in shards
    ]
    times = [path.stat().st_mtime_ns for path in shards]
    data.write(data.illust(8))
    assert data.export("webdataset", target, "-a", "shard_mb=1").stdout.startswith("8 works: 1 file written, 2 unch")
    assert [path.stat().st_mtime_ns for path in shards][:2] == times[:2]
    assert data.export("webdataset", target).returncode == 0
    assert exported(target) == ["pixiv-000000.tar"]
    assert len(samples(target)) == 8


def test_no_sample_is_removed_from_shards(data: Collected, target: Path) -> None:
    one = data.illust(1)
    data.write(one, data.illust(2, x_restrict=1))
    data.export("webdataset", target)
    before = (target / "pixiv-000000.tar").read_bytes()
    done = data.export("webdataset", target, "-a", "x_restrict=0")
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: {target} has 1 samples that this export would remove, such as 2_p0: pass an empty folder\n"
    )
    (data.path / "files" / one.files[0].path).write_bytes(b"x" * (one.files[0].size or 0))
    data.write(data.illust(3))
    done = data.export("webdataset", target)
    assert done.returncode == 3
    assert done.stderr.startswith("pixiv-000000.tar was not written: 11/1_p0.png has another content")
    assert (target / "pixiv-000000.tar").read_bytes() == before
    with tarfile.open(target / "pixiv-000000.tar") as archive:
        assert len(archive.getmembers()) == 4

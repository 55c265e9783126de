"""Archives, verified by the library of the Library of Congress and by `sha256sum`."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.api.parsing import parse_item
from pixiv_crawler.items import Novel
from tests.entries import NOVEL
from tests.outputs.export.collected import Collected, exported


@pytest.fixture
def data(tmp_path: Path) -> Collected:
    return Collected(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "bag"


def novel(data: Collected, id_: int) -> Novel:
    made = parse_item(NOVEL | {"id": id_}, "novels")
    assert isinstance(made, Novel)
    made.files = [data.file(f"11/novel_{id_}.txt", b"text"), replace(data.image(f"11/{id_}_cover.jpg", id_))]
    made.fetched_at = "2026-02-02T00:00:00+00:00"
    return made


def validate(bag: Path) -> dict[str, Any]:
    """Raises an exception if the bag is not valid; returns what it says about itself."""
    import bagit

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'count' is passed", DeprecationWarning)  # by the library, since Python 3.13
        opened = bagit.Bag(str(bag))
        assert opened.validate()
    assert opened.version_info == (1, 0)
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=bag, check=True)
    info: dict[str, Any] = opened.info
    return info


def test_a_bag_has_all_files_and_the_newest_lines(data: Collected, target: Path) -> None:
    one = data.illust(1, 2)
    one.files[0] = data.image("11/100% 空/1_p0.png", 1)
    data.write(one, data.ugoira(2), novel(data, 3))
    data.write(replace(one, title="newest", fetched_at="2026-03-04T00:00:00+00:00"))
    done = data.export("bagit", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert exported(target) == [
        "SHA256SUMS", "bag-info.txt", "bagit.txt", "data/files/11/100％ 空/1_p0.png", "data/files/11/1_p1.png",
        "data/files/11/2_ugoira600x600.zip", "data/files/11/3_cover.jpg", "data/files/11/novel_3.txt", "data/works.jsonl",
        "manifest-sha256.txt", "tagmanifest-sha256.txt",
    ]  # fmt: skip
    info = validate(target)
    sizes = [path.stat().st_size for path in (target / "data").rglob("*") if path.is_file()]
    assert (info["Payload-Oxum"], info["Bagging-Date"]) == (f"{sum(sizes)}.{len(sizes)}", "2026-03-04")
    lines = [json.loads(line) for line in (target / "data" / "works.jsonl").read_text("utf-8").splitlines()]
    assert [(line["kind"], line["id"], line["title"]) for line in lines] == [
        ("illust", 1, "newest"), ("illust", 2, "Work 2"), ("novel", 3, "夜の駅"),
    ]  # fmt: skip


def test_a_bag_grows_and_stays_valid(data: Collected, target: Path) -> None:
    data.write(data.illust(1))
    data.export("bagit", target)
    data.write(data.illust(2, x_restrict=1))
    assert data.export("bagit", target, "-a", "x_restrict=1", "--link").returncode == 0
    assert (target / "data/files/11/2_p0.png").samefile(data.path / "files/11/2_p0.png")
    validate(target)
    assert len((target / "data" / "works.jsonl").read_bytes().splitlines()) == 2
    (target / "data/files/11/1_p0.png").unlink()
    data.export("bagit", target, "-a", "x_restrict=1")
    validate(target)


def test_a_file_that_is_not_complete_is_named_and_not_in_the_bag(data: Collected, target: Path) -> None:
    incomplete = novel(data, 3)
    incomplete.files[1] = replace(incomplete.files[1], status="failed", sha256=None, size=None)
    data.write(incomplete)
    done = data.export("bagit", target)
    assert (done.returncode, done.stderr) == (3, "novel 3 has no complete file 11/3_cover.jpg\n")
    validate(target)


def test_links_are_verified_before_they_are_in_the_bag(data: Collected, target: Path) -> None:
    one = data.illust(1, 2)
    data.write(one)
    damaged = data.path / "files" / one.files[0].path
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    done = data.export("bagit", target, "--link")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert done.stderr.startswith("data/files/11/1_p0.png was not written: 11/1_p0.png has another content")
    assert damaged.read_bytes() == b"x" * (one.files[0].size or 0)
    assert (target / "data/files/11/1_p1.png").samefile(data.path / "files/11/1_p1.png")
    validate(target)


def test_a_changed_bag_is_not_valid(data: Collected, target: Path) -> None:
    import bagit

    data.write(data.illust(1))
    data.export("bagit", target)
    (target / "data/files/11/1_p0.png").write_bytes(b"changed")
    with pytest.raises(bagit.BagError):
        validate(target)

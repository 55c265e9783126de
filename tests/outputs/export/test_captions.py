"""Captions as kohya-ss reads them, and tags as Hydrus reads them, by the documented rules of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pixiv_crawler.items import Series
from tests.outputs.export.collected import Collected, exported, renamed, tags

TAGS = tags(("青い 空", "blue sky"), "a,b", ("猫", "cat"), "Re:ゼロ", "猫")


def caption(tmp_path: Path, *arguments: str) -> list[str]:
    """The tags of a caption as sd-scripts reads them: the first line of NAME.txt next to the image, split at commas."""
    data = Collected(tmp_path / "data")
    data.write(replace(data.illust(1), tags=TAGS))
    words = [word for argument in arguments for word in ("-a", argument)]
    assert data.export("captions", tmp_path / "out", *words).returncode == 0
    assert exported(tmp_path / "out") == ["1_p0.png", "1_p0.txt"]
    (line,) = (tmp_path / "out" / "1_p0.txt").read_text("utf-8").splitlines()
    return [tag.strip() for tag in line.split(",")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["青い 空", "a，b", "猫", "Re:ゼロ"]),
        (["tag_names=translated"], ["blue sky", "a，b", "cat", "Re:ゼロ", "猫"]),
        (["tag_names=translated", "underscores=true"], ["blue_sky", "a，b", "cat", "Re:ゼロ", "猫"]),
        (["omit_tags=ＣＡＴ,青い　空"], ["a，b", "Re:ゼロ", "猫"]),
        ([r"omit_tags=a\,b,猫"], ["青い 空", "Re:ゼロ"]),
    ],
)
def test_a_caption_has_the_chosen_tags_separated_by_commas(
    tmp_path: Path, arguments: list[str], expected: list[str]
) -> None:
    assert caption(tmp_path, *arguments) == expected


def test_animations_and_novels_are_left_out_of_captions(tmp_path: Path) -> None:
    data = Collected(tmp_path / "data")
    data.write(data.illust(1), data.ugoira(2))
    done = data.export("captions", tmp_path / "out")
    assert done.stdout == "2 works: 2 files written, 0 unchanged, no problems, 1 work of other types left out\n"


def hydrus_tag(line: str) -> tuple[str, str]:
    """Namespace and tag, as Hydrus splits a line; a leading colon marks a tag without namespace that contains one."""
    namespace, colon, tag = line.partition(":")
    return (namespace, tag) if colon else ("", line)


def test_hydrus_gets_one_tag_on_each_line_with_namespaces(tmp_path: Path) -> None:
    data = Collected(tmp_path / "data")
    one = replace(data.illust(1, 2, x_restrict=1), tags=TAGS, series=Series(id=9, title="Long\nstory"), title="a: b")
    one.user = renamed(one.user, "Me\r\n\u2028too")
    data.write(one, data.ugoira(2))
    assert data.export("hydrus", tmp_path / "out").returncode == 0
    assert exported(tmp_path / "out") == [
        "1_p0.png", "1_p0.png.txt", "1_p1.png", "1_p1.png.txt", "2_ugoira.zip", "2_ugoira.zip.txt",
    ]  # fmt: skip
    lines = (tmp_path / "out" / "1_p1.png.txt").read_text("utf-8").splitlines()
    assert list(map(hydrus_tag, lines)) == [
        ("creator", "Me too"),
        ("title", "a: b"),
        ("series", "Long story"),
        ("page", "2"),
        ("rating", "r-18"),
        ("pixiv id", "1"),
        ("", "青い 空"),
        ("", "a,b"),
        ("", "猫"),
        ("", "Re:ゼロ"),
    ]

"""The output of `scrapy crawl NAME -a help=1`."""

from __future__ import annotations

import pytest

from tests.in_process import scrapy_in_process

SHOWN = """\
  ugoira (some of zip, frames, webp, apng, gif, mp4, webm; default: zip): The formats in which to
  text (true or false; default: false): Also collect the text of novels.
  novel (some of txt, html, epub): The file formats in which to store novels, comma-separated;
  extras (some of avatar, background, cover): Additional images to download, comma-separated; avatar
  sidecar (some of json, xmp): The formats of metadata files to write next to each file of a work,
  thumbnail (number): Write a thumbnail of each image, with this maximum width and height in pixels
  tags (list: text): Only works with all of these tags (or tag translations).
  files (one of original, large, medium, square_medium, none; default: original): The size of the
"""


@pytest.mark.parametrize("line", SHOWN.splitlines())
def test_an_argument_is_listed_with_its_values_and_default(line: str, help_of_works: list[str]) -> None:
    assert line in help_of_works


@pytest.fixture(scope="module")
def help_of_works() -> list[str]:
    done = scrapy_in_process("crawl", "works", "-a", "help=1")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_help_is_at_most_100_columns_wide(help_of_works: list[str]) -> None:
    arguments = help_of_works[help_of_works.index("Arguments (-a NAME=VALUE):") :]
    assert max(map(len, arguments)) <= 100
    assert all(line.startswith("  ") for line in arguments[1:])

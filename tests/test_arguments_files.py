"""Arguments for the formats of files, and for additional files."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.options import Extra, NovelFormat, Sidecar, UgoiraFormat
from pixiv_crawler.spiders.users import UsersSpider
from tests.argument_errors import error_of

LISTS = {"ugoira": UgoiraFormat, "novel": NovelFormat, "extras": Extra, "sidecar": Sidecar}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_deduplicated_and_keep_their_order(name: str) -> None:
    first, second, *_ = words = list(LISTS[name])
    assert getattr(WorksArgs.parse({name: f" {second} ,{first},{second}"}), name) == [second, first]
    assert getattr(WorksArgs.parse({name: ",".join(words)}), name) == words


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("novel", "pdf", "'pdf' is not one of txt, html, epub"),
        ("novel", "txt,EPUB", "'EPUB' is not one of txt, html, epub"),
        ("extras", "hat", "'hat' is not one of avatar, background, cover"),
        ("sidecar", "yaml", "'yaml' is not one of json, xmp"),
        ("ugoira", "avi", "'avi' is not one of zip, frames, webp, apng, gif, mp4, webm"),
        ("novel", "", "the list is empty: pass one or more of txt, html, epub"),
        ("sidecar", ",", "the list is empty: pass one or more of json, xmp"),
    ],
)
def test_another_value_is_rejected_with_the_known_ones(name: str, text: str, sentence: str) -> None:
    assert error_of(WorksArgs, **{name: text}) == f"spider argument {name}: {sentence}"


@pytest.mark.parametrize(("text", "pixels"), [("16", 16), (" 200\n", 200), ("2000", 2000), ("0400", 400), (64, 64)])
def test_a_number_of_pixels_is_parsed(text: Any, pixels: int) -> None:
    assert WorksArgs.parse({"thumbnail": text}).thumbnail == pixels


@pytest.mark.parametrize("text", ["0", "15", "2001", "x", "", "-64", "64.0", "64px", "６４", "9" * 30, "1e3"])
def test_an_invalid_number_of_pixels_is_quoted_in_the_error(text: str) -> None:
    sentence = f"spider argument thumbnail: {text!r} is not a valid size: pass a number of pixels from 16 to 2000"
    assert error_of(WorksArgs, thumbnail=text) == sentence


@pytest.mark.parametrize(
    ("given", "text"),
    [({}, False), ({"text": "true"}, True), ({"novel": "txt"}, True), ({"novel": "epub", "text": "no"}, True)],
)
def test_a_novel_file_requires_the_text(given: dict[str, str], text: bool) -> None:
    assert WorksArgs.parse(given).wants_text is text


@pytest.mark.parametrize(
    ("given", "users"),
    [
        ({}, False),
        ({"users": "true"}, True),
        ({"extras": "cover"}, False),
        ({"extras": "cover,avatar"}, True),
        ({"extras": "background", "users": "false"}, True),
    ],
)
def test_avatars_and_backgrounds_require_profiles_but_covers_do_not(given: dict[str, str], users: bool) -> None:
    assert WorksArgs.parse(given).wants_users is users


def test_a_profile_has_no_cover() -> None:
    sentence = "spider argument extras: 'cover' is not one of avatar, background"
    assert error_of(UsersSpider.Args, user_id="11", extras="avatar,cover") == sentence
    assert UsersSpider.Args.parse({"user_id": "11", "extras": "background"}).extras == ["background"]


def test_no_additional_files_are_written_by_default() -> None:
    args = WorksArgs.parse({})
    assert (args.novel, args.extras, args.sidecar, args.thumbnail) == (None, None, None, None)
    assert args.ugoira == [UgoiraFormat.ZIP]

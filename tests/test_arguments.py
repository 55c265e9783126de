from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from pixiv_crawler.api.enums import FileSize
from pixiv_crawler.arguments import PositiveNumber, SpiderArgs, UserIdList, WorksArgs, list_of, one_of
from pixiv_crawler.exceptions import ArgumentError


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Args(WorksArgs):
    """What a spider might take."""

    user_id: UserIdList
    color: Annotated[Color | None, one_of(Color)] = None
    colors: Annotated[list[Color], list_of(Color)] = Field(list(Color))
    count: PositiveNumber = 1


def user_ids(text: Any) -> list[int]:
    return Args.parse({"user_id": text}).user_id


def refusal(**arguments: Any) -> str:
    with pytest.raises(ArgumentError) as raised:
        Args.parse({"user_id": "11"} | arguments)
    return str(raised.value)


PROFILES = [
    "www.pixiv.net/users/{}",
    "www.pixiv.net/en/users/{}",
    "www.pixiv.net/zh-tw/users/{}",
    "www.pixiv.net/users/{}/artworks",
    "www.pixiv.net/en/users/{}/bookmarks/artworks",
    "www.pixiv.net/u/{}",
    "www.pixiv.net/member.php?id={}",
    "www.pixiv.net/member.php?id={}&p=2",
    "www.pixiv.net/member_illust.php?id={}",
    "www.pixiv.net/member_illust.php?type=manga&p=2&id={}",
    "touch.pixiv.net/users/{}",
    "touch.pixiv.net/member_illust.php?type=all&id={}&p=1",
    "pixiv.net/users/{}",
]


@pytest.mark.parametrize("scheme", ["https://", "http://", ""])
@pytest.mark.parametrize("form", PROFILES)
def test_the_address_of_a_profile_stands_for_its_id(form: str, scheme: str) -> None:
    assert user_ids(scheme + form.format(2188232)) == [2188232]


@pytest.mark.parametrize("form", [form for form in PROFILES if "?" not in form])
@pytest.mark.parametrize("end", ["/", "?p=2", "/?p=2", "#top", "?p=2#top"])
def test_what_follows_an_address_does_not_matter(form: str, end: str) -> None:
    assert user_ids(f"https://{form.format(11)}{end}") == [11]


@pytest.mark.parametrize("form", [form for form in PROFILES if "?" in form])
@pytest.mark.parametrize("end", ["&more=1", "#top", "&id_of=5#top"])
def test_what_follows_the_id_in_a_query_does_not_matter(form: str, end: str) -> None:
    assert user_ids(f"https://{form.format(11)}{end}") == [11]


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "0",
        "-5",
        "+5",
        "1.5",
        "1e3",
        "0x1f",
        "1_000",
        "１２",
        "²",
        "9" * 19,
        "11 12",
        "11;12",
        "user_11",
        "None",
        "https://www.pixiv.net/users/",
        "https://www.pixiv.net/users/0",
        "https://www.pixiv.net/users/11x",
        "https://www.pixiv.net/users/x11",
        "https://www.pixiv.net/users/" + "9" * 19,
        "https://www.pixiv.net/users/１２",
        "https://www.pixiv.net/artworks/11",
        "https://www.pixiv.net/member_illust.php?mode=medium&illust_id=11",
        "https://www.pixiv.net/member.php?uid=11",
        "https://www.pixiv.net/member.php#id=11",
        "https://www.pixiv.net/user/11/series/12x y\nz",
        "https://www.pixiv.net.example.org/users/11",
        "https://evilpixiv.net/users/11",
        "https://example.org/https://www.pixiv.net/users/11",
        "https://www.fanbox.cc/@name",
        "ftp://www.pixiv.net/users/11",
    ],
)
def test_what_is_no_user_is_quoted_in_a_sentence(text: str) -> None:
    sentence = f"spider argument user_id: {text!r} is no user; give an ID such as 11, or the address of its page"
    assert refusal(user_id=text) == sentence


@pytest.mark.parametrize("text", ["", " ", ",", " , ,\n"])
def test_no_user_at_all_is_told_so(text: str) -> None:
    sentence = "spider argument user_id: no user is given; give an ID such as 11, or the address of its page"
    assert refusal(user_id=text) == sentence


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("11", [11]),
        (11, [11]),
        (" 11 ,\n29,", [11, 29]),
        ("29,11,29", [29, 11]),
        ("11,011,https://www.pixiv.net/users/11", [11]),
        ([11, "29", "https://www.pixiv.net/u/7"], [11, 29, 7]),
        ("9" * 18, [int("9" * 18)]),
    ],
)
def test_users_are_taken_each_once_in_the_order_given(value: Any, ids: list[int]) -> None:
    assert user_ids(value) == ids


ID = st.integers(1, 10**18 - 1)


@settings(deadline=None)
@given(st.lists(ID, min_size=1), st.data())
def test_any_ids_in_any_form_are_read(ids: list[int], data: st.DataObject) -> None:
    forms = st.sampled_from(["{}", "https://" + PROFILES[0], *PROFILES])
    text = ",".join(data.draw(forms).format(user_id) for user_id in ids)
    assert user_ids(text) == list(dict.fromkeys(ids))


@settings(deadline=None)
@given(st.text(max_size=30) | st.text(alphabet="pixv.net/users?id=&#0123456789,: ", max_size=60))
def test_any_text_is_users_or_an_error_in_a_sentence(text: str) -> None:
    try:
        ids = user_ids(text)
    except ArgumentError:
        return
    assert all(0 < user_id < 10**18 for user_id in ids)
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize("blanks", ["{}", " {} ", "{}\n"])
@pytest.mark.parametrize("size", list(FileSize))
def test_a_size_of_files_is_one_of_pixivs_words(size: FileSize, blanks: str) -> None:
    assert Args.parse({"user_id": "11", "files": blanks.format(size)}).files is size


@pytest.mark.parametrize("size", ["huge", "", "Original", "original,large"])
def test_another_size_is_refused_with_the_known_ones(size: str) -> None:
    assert refusal(files=size) == (
        f"spider argument files: {size!r} is not one of original, large, medium, square_medium, none"
    )


@pytest.mark.parametrize("color", ["green", "", "RED", "red,blue"])
def test_one_of_several_words_is_checked(color: str) -> None:
    assert refusal(color=color) == f"spider argument color: {color!r} is not one of red, blue"
    assert Args.parse({"user_id": "11", "color": " blue "}).color is Color.BLUE


@pytest.mark.parametrize(("text", "colors"), [("red", [Color.RED]), (" blue, red ,blue", [Color.BLUE, Color.RED])])
def test_a_list_of_words_is_taken_each_once_in_the_order_given(text: str, colors: list[Color]) -> None:
    assert Args.parse({"user_id": "11", "colors": text}).colors == colors


def test_each_word_of_a_list_is_checked() -> None:
    assert refusal(colors="red,green,pink") == "spider argument colors: 'green' is not one of red, blue"


@pytest.mark.parametrize(("text", "number"), [("1", 1), (" 7\n", 7), (5, 5), ("007", 7), ("999999999", 999_999_999)])
def test_a_whole_number_is_read(text: Any, number: int) -> None:
    assert Args.parse({"user_id": "11", "max_works": text, "count": text}).max_works == number


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "many", "", "1e3", "１", "1_0", "1 2", "9" * 10, "True", "None"])
def test_what_is_no_whole_number_is_quoted_in_a_sentence(text: str) -> None:
    assert refusal(max_works=text) == f"spider argument max_works: {text!r} is no whole number of 1 or more"


def test_an_unknown_argument_is_refused_with_the_known_ones() -> None:
    known = "color, colors, count, files, job, max_works, user_id"
    assert refusal(usr_id="11") == f"unknown spider argument 'usr_id'; known are: {known}"


def test_a_missing_argument_is_asked_for() -> None:
    with pytest.raises(ArgumentError, match=r"^the spider argument user_id is missing; give it as -a user_id=\.\.\.$"):
        Args.parse({})


def test_the_first_of_several_errors_is_told_alone() -> None:
    assert "\n" not in refusal(user_id="abc", files="huge", colour="red")


def test_what_was_not_given_is_the_default() -> None:
    args = Args.parse({"user_id": "11"})
    assert (args.job, args.files, args.max_works, args.color, args.colors) == (
        None, FileSize.ORIGINAL, None, None, [Color.RED, Color.BLUE]
    )  # fmt: skip


def test_arguments_cannot_be_changed() -> None:
    args = SpiderArgs.parse({})
    with pytest.raises(ValueError, match="frozen"):
        args.job = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "job"),
    [
        ({}, None),
        ({"job": "daily"}, "daily"),
        ({"_job": "6487ec79947edab3"}, "6487ec79947edab3"),
        ({"_job": "6487ec79947edab3", "job": "daily"}, "daily"),
        ({"job": "毎日 2026-11-23"}, "毎日 2026-11-23"),
        ({"_version": "r5", "_anything": object()}, None),
    ],
)
def test_a_run_is_named_by_the_user_else_by_scrapyd(arguments: dict[str, Any], job: str | None) -> None:
    assert SpiderArgs.parse(arguments).job == job


@pytest.mark.parametrize("name", ["job", "_job"])
@pytest.mark.parametrize("job", ["", "../up", "a/b", "..", "x" * 151, "nul", "ends "])
def test_a_name_that_no_folder_can_have_is_refused(job: str, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"^spider argument job: The job name "):
        SpiderArgs.parse({name: job})

"""Validation of spider arguments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.argument_types import (
    Count,
    Flag,
    IllustIdList,
    NovelIdList,
    Offset,
    PositiveNumber,
    UserIdList,
    Word,
    WordList,
    list_of,
    one_of,
)
from pixiv_crawler.arguments import SpiderArgs, TypedWorksArgs, WorksArgs
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.options import AiFilter, FileSize
from tests.argument_errors import error_of


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Args(WorksArgs):
    """Arguments of an example spider."""

    user_id: UserIdList
    color: Annotated[Color | None, one_of(Color)] = None
    colors: Annotated[list[Color], list_of(Color)] = Field(list(Color))
    count: PositiveNumber = 1


def message(**arguments: Any) -> str:
    return error_of(Args, **({"user_id": "11"} | arguments))


@pytest.mark.parametrize("blanks", ["{}", " {} ", "{}\n"])
@pytest.mark.parametrize("size", list(FileSize))
def test_a_file_size_is_one_of_pixivs_values(size: FileSize, blanks: str) -> None:
    assert Args.parse({"user_id": "11", "files": blanks.format(size)}).files is size


@pytest.mark.parametrize("size", ["huge", "", "Original", "original,large"])
def test_another_size_is_rejected_with_the_known_ones(size: str) -> None:
    assert message(files=size) == (
        f"spider argument files: {size!r} is not one of original, large, medium, square_medium, none"
    )


@pytest.mark.parametrize("color", ["green", "", "RED", "red,blue"])
def test_a_choice_is_validated(color: str) -> None:
    assert message(color=color) == f"spider argument color: {color!r} is not one of red, blue"
    assert Args.parse({"user_id": "11", "color": " blue "}).color is Color.BLUE


@pytest.mark.parametrize(("text", "colors"), [("red", [Color.RED]), (" blue, red ,blue", [Color.BLUE, Color.RED])])
def test_a_list_is_deduplicated_and_keeps_its_order(text: str, colors: list[Color]) -> None:
    assert Args.parse({"user_id": "11", "colors": text}).colors == colors


def test_each_member_of_a_list_is_validated() -> None:
    assert message(colors="red,green,pink") == "spider argument colors: 'green' is not one of red, blue"


@pytest.mark.parametrize("rating", ["3", "0,3"])
def test_a_new_rating_is_used_with_a_warning(rating: str) -> None:
    args = Args.parse({"user_id": "11", "x_restrict": rating})
    assert args.x_restrict == [int(one) for one in rating.split(",")]
    assert args.new_values == [("x_restrict: '3'", "the known values are 0, 1, 2")]


@pytest.mark.parametrize(("text", "number"), [("1", 1), (" 7\n", 7), (5, 5), ("007", 7), ("999999999", 999_999_999)])
def test_an_integer_is_parsed(text: Any, number: int) -> None:
    assert Args.parse({"user_id": "11", "max_works": text, "count": text}).max_works == number


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "many", "", "1e3", "１", "1_0", "1 2", "9" * 19, "True", "None"])
def test_an_invalid_integer_is_quoted_in_the_error(text: str) -> None:
    assert (
        message(max_works=text)
        == f"spider argument max_works: {text!r} is not a valid number: pass an integer of at least 1"
    )


def test_an_unknown_argument_is_rejected_with_the_known_ones() -> None:
    assert message(usr_id="11") == "unknown spider argument 'usr_id': did you mean user_id?"
    with pytest.raises(ArgumentError, match=r"^unknown spider argument 'user_id': the known ones are dry_run, job$"):
        SpiderArgs.parse({"user_id": "11"})


def test_a_missing_argument_is_an_error() -> None:
    with pytest.raises(ArgumentError, match=r"^the spider argument user_id is missing: pass -a user_id=\.\.\.$"):
        Args.parse({})


def test_only_the_first_of_several_errors_is_reported() -> None:
    assert "\n" not in message(user_id="abc", files="huge", colour="red")


def test_an_omitted_argument_has_its_default() -> None:
    args = Args.parse({"user_id": "11"})
    assert (args.job, args.files, args.max_works, args.color, args.colors) == (
        None, FileSize.ORIGINAL, None, None, [Color.RED, Color.BLUE]
    )  # fmt: skip


def test_arguments_are_immutable() -> None:
    args = SpiderArgs.parse({})
    with pytest.raises(ValueError, match="frozen"):
        args.job = "other"


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
def test_a_run_is_named_by_the_user_otherwise_by_scrapyd(arguments: dict[str, Any], job: str | None) -> None:
    assert SpiderArgs.parse(arguments).job == job


@pytest.mark.parametrize("name", ["job", "_job"])
@pytest.mark.parametrize("job", ["", "../up", "a/b", "..", "x" * 151, "nul", "ends "])
def test_a_job_name_that_is_not_a_valid_folder_name_is_rejected(job: str, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"^spider argument job: the job name "):
        SpiderArgs.parse({name: job})


# --- Flags, numbers, words, ratings -------------------------------------------------------------------------------------


class Simple(WorksArgs):
    word: Word | None = None
    words: WordList | None = None
    flag: Flag = False
    count: Count = 0
    offset: Offset = 0


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("1", True), ("yes", True), (" YES ", True), (True, True),
     ("false", False), ("0", False), ("no", False), ("False", False), (False, False)],
)  # fmt: skip
def test_a_flag_is_true_or_false(text: Any, value: bool) -> None:
    assert Simple.parse({"flag": text}).flag is value


@pytest.mark.parametrize("text", ["", "2", "on", "y", "truefalse", "None"])
def test_an_invalid_flag_is_quoted_in_the_error(text: str) -> None:
    assert error_of(Simple, flag=text) == f"spider argument flag: {text!r} is not a valid flag: pass true or false"


COUNTS = ["min_bookmarks", "max_bookmarks", "min_views", "min_pages", "max_pages", "min_width", "min_height", "count", "offset"]  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_may_be_zero_but_not_negative(name: str) -> None:
    assert getattr(Simple.parse({name: " 0"}), name) == 0
    assert getattr(Simple.parse({name: "9" * 18}), name) == int("9" * 18)
    for text in ("-1", "", "1.5", "many", "9" * 19):
        assert (
            error_of(Simple, **{name: text})
            == f"spider argument {name}: {text!r} is not a valid number: pass an integer of at least 0"
        )


@pytest.mark.parametrize(
    ("text", "word"), [("猫 犬", "猫 犬"), (" 猫\n", "猫"), ("a,b", "a,b"), ("0", "0"), ("None", "None")]
)
def test_a_word_is_stripped_and_otherwise_unchanged(text: str, word: str) -> None:
    assert Simple.parse({"word": text}).word == word


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u3000"])
def test_an_empty_word_is_rejected(text: str) -> None:
    assert error_of(Simple, word=text) == "spider argument word: the value is empty: pass a word"


@pytest.mark.parametrize("text", ["cut \ud83d", "\udcff"])
def test_a_word_that_is_not_valid_text_is_rejected_in_one_line(text: str) -> None:
    assert error_of(Simple, word=text).startswith("spider argument word: ")
    assert "\n" not in error_of(Simple, words=f"a,{text}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("猫", ["猫"]),
        (" 猫 , 犬,猫,", ["猫", "犬"]),
        (["a", "b,c"], ["a", "b,c"]),
        ("a b", ["a b"]),
        (r"a,b\,c,\,", ["a", "b,c", ","]),
    ],
)
def test_words_are_deduplicated_and_keep_their_order(text: Any, words: list[str]) -> None:
    args = Simple.parse({"words": text, "tags": text, "exclude_tags": text})
    assert args.words == args.tags == args.exclude_tags == words


@pytest.mark.parametrize(("text", "ratings"), [("0", [0]), ("2,1", [2, 1]), (" 0, 1 ,2,0", [0, 1, 2]), (1, [1])])
def test_ratings_are_a_list_of_three_values(text: Any, ratings: list[int]) -> None:
    assert Simple.parse({"x_restrict": text}).x_restrict == ratings


@pytest.mark.parametrize("text", ["", "100", "r18", "00", "-1", "１", "0;1"])
def test_an_invalid_rating_is_quoted_in_the_error(text: str) -> None:
    assert (
        error_of(Simple, x_restrict=text)
        == f"spider argument x_restrict: {text!r} is not a valid list of ratings: pass one or more of 0, 1, 2"
    )


def test_the_ai_filter_is_a_list_of_three_values() -> None:
    assert Simple.parse({"ai": "no, unknown"}).ai == [AiFilter.NO, AiFilter.UNKNOWN]
    assert error_of(Simple, ai="maybe") == "spider argument ai: 'maybe' is not one of yes, no, unknown"
    assert error_of(Simple, ai=",") == "spider argument ai: the list is empty: pass one or more of yes, no, unknown"


def test_no_filter_is_set_unless_it_is_given() -> None:
    args = WorksArgs.parse({})
    given_fields = args.model_dump(exclude={"job", "files", "ugoira", "text", "comments", "users", "new_only"})
    assert set(given_fields.values()) == {None, False}
    assert (args.text, args.comments, args.users, args.new_only, args.ugoira) == (False, False, False, False, ["zip"])
    assert args.wanted_types == list(WorkType)


@pytest.mark.parametrize(
    ("text", "illusts", "contents"),
    [
        ("illust", ["illust"], ["illust"]),
        ("ugoira", ["ugoira"], ["illust"]),
        ("manga,illust", ["manga", "illust"], ["illust", "manga"]),
        ("ugoira,illust,novel", ["ugoira", "illust"], ["illust"]),
        ("novel", [], []),
        ("ugoira,manga", ["ugoira", "manga"], ["illust", "manga"]),
    ],
)
def test_types_are_converted_to_those_of_the_endpoints(text: str, illusts: list[str], contents: list[str]) -> None:
    args = TypedWorksArgs.parse({"type": text})
    assert args.wanted_types == args.type == text.split(",")
    assert (args.illust_types, args.content_types) == (illusts, contents)


def test_novels_are_collected_only_if_requested() -> None:
    assert TypedWorksArgs.parse({}).type == ["illust", "manga", "ugoira"]
    sentence = "spider argument type: 'ugo ira' is not one of illust, manga, ugoira, novel"
    assert error_of(TypedWorksArgs, type="ugo ira") == sentence


def test_a_type_that_is_not_known_is_accepted_with_a_warning() -> None:
    args = TypedWorksArgs.parse({"type": "ugoria,novel"})
    assert args.illust_types == args.content_types == ["ugoria"]
    assert args.new_values == [("type: 'ugoria'", "did you mean ugoira?")]


class One(SpiderArgs):
    illusts: IllustIdList | None = None
    novels: NovelIdList | None = None
    _one = SpiderArgs.require_one("illusts", "novels")


def test_one_of_several_arguments_is_required() -> None:
    assert error_of(One) == "a required argument is missing: pass -a illusts=... or -a novels=..."
    assert error_of(One, job="daily") == "a required argument is missing: pass -a illusts=... or -a novels=..."
    assert One.parse({"novels": "5"}).novels == [5]
    assert One.parse({"novels": "5", "illusts": "7"}).illusts == [7]
    assert "_one" not in One.model_fields


# --- Every spider -------------------------------------------------------------------------------------------------------

LOADER = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))
SPIDERS: dict[str, Any] = {name: LOADER.load(name) for name in LOADER.list()}
VALUES = st.text(max_size=20) | st.sampled_from(
    ["11", "0", "-1", "1,2", "true", "no", "illust", "novel", "illust,novel,ugoira", "day", "day_r18", "2024-02-29",
     "2024-02-01..2024-02-29", "9999-12-31", "text", "date_asc", "popular_desc", "public", "private", "all", "original",
     "https://www.pixiv.net/artworks/5", "within_last_day", "", " ", ",", "\n", "\ud83d", "9" * 30]
)  # fmt: skip


@pytest.mark.parametrize("name", SPIDERS)
@settings(max_examples=15)
@given(st.data())
@pytest.mark.e2e
def test_any_texts_are_valid_arguments_or_an_error_in_one_line(name: str, data: st.DataObject) -> None:
    args = SPIDERS[name].Args
    names = st.sampled_from(sorted(args.model_fields)) | st.text(max_size=8).filter(str.isprintable)
    given_arguments = data.draw(st.dictionaries(names, VALUES, max_size=6))
    sentence = ""
    try:
        checked = args.parse(given_arguments)
    except ArgumentError as error:
        sentence = str(error)
        checked = None
    assert (checked is None) == bool(sentence)
    assert len(sentence.splitlines()) <= 1
    unknown = {field for field in given_arguments if not field.startswith("_")} - set(args.model_fields)
    assert checked is None or (isinstance(checked, args) and not unknown)


@pytest.mark.parametrize("name", SPIDERS)
def test_every_argument_of_a_spider_is_described(name: str) -> None:
    for argument, field in SPIDERS[name].Args.model_fields.items():
        assert (field.description or "").strip().endswith("."), argument

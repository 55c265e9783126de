from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler import arguments
from pixiv_crawler.api.enums import AiFilter, FileSize, WorkType
from pixiv_crawler.arguments import (
    Count,
    Day,
    DaySpan,
    Flag,
    IllustIdList,
    IllustSeriesIdList,
    NovelIdList,
    NovelSeriesIdList,
    Offset,
    PastDay,
    PositiveNumber,
    SpiderArgs,
    TypedWorksArgs,
    UserIdList,
    Word,
    WordList,
    WorksArgs,
    list_of,
    one_of,
)
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


ARTWORKS = [
    "www.pixiv.net/artworks/{}",
    "www.pixiv.net/en/artworks/{}",
    "www.pixiv.net/zh-tw/artworks/{}",
    "www.pixiv.net/i/{}",
    "www.pixiv.net/member_illust.php?mode=medium&illust_id={}",
    "www.pixiv.net/member_illust.php?illust_id={}&mode=manga",
    "www.pixiv.net/member_illust.php?mode=manga_big&illust_id={}&page=3",
    "touch.pixiv.net/member_illust.php?mode=medium&illust_id={}",
    "touch.pixiv.net/artworks/{}",
    "pixiv.net/artworks/{}",
]
NOVELS = [
    "www.pixiv.net/novel/show.php?id={}",
    "www.pixiv.net/en/novel/show.php?id={}",
    "www.pixiv.net/novel/show.php?mode=cover&id={}",
    "www.pixiv.net/n/{}",
    "touch.pixiv.net/novel/show.php?id={}",
]
SERIES = ["www.pixiv.net/user/11/series/{}", "www.pixiv.net/en/user/11/series/{}", "touch.pixiv.net/user/11/series/{}"]
NOVEL_SERIES = ["www.pixiv.net/novel/series/{}", "www.pixiv.net/en/novel/series/{}", "pixiv.net/novel/series/{}"]
IDS = {"users": (UserIdList, PROFILES, "user"), "illusts": (IllustIdList, ARTWORKS, "illust"),
       "novels": (NovelIdList, NOVELS, "novel"), "series": (IllustSeriesIdList, SERIES, "series"),
       "novel_series": (NovelSeriesIdList, NOVEL_SERIES, "novel series")}  # fmt: skip


class Things(SpiderArgs):
    users: UserIdList | None = None
    illusts: IllustIdList | None = None
    novels: NovelIdList | None = None
    series: IllustSeriesIdList | None = None
    novel_series: NovelSeriesIdList | None = None


@pytest.mark.parametrize("scheme", ["https://", "http://", ""])
@pytest.mark.parametrize(("name", "form"), [(name, form) for name, (_, forms, _) in IDS.items() for form in forms])
def test_an_address_stands_for_the_id_of_what_it_shows(name: str, form: str, scheme: str) -> None:
    for end in ("", "#1", "&p=2" if "?" in form else "?p=2"):
        text = scheme + form.format(2188232) + end
        assert getattr(Things.parse({name: f"7, {text}"}), name) == [7, 2188232]


@pytest.mark.parametrize("name", IDS)
def test_an_address_of_something_else_is_refused_with_what_was_wanted(name: str) -> None:
    for other in IDS.keys() - {name}:
        for form in IDS[other][1]:
            text = "https://" + form.format(5)
            if name == "users" and other == "series":
                continue  # a series lies below the profile of its artist
            with pytest.raises(ArgumentError) as raised:
                Things.parse({name: text})
            assert str(raised.value) == (
                f"spider argument {name}: {text!r} is no {IDS[name][2]}; "
                "give an ID such as 11, or the address of its page"
            )


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("text", ["", " , "])
def test_nothing_at_all_is_told_so_with_what_was_wanted(name: str, text: str) -> None:
    with pytest.raises(ArgumentError, match=f"^spider argument {name}: no {IDS[name][2]} is given; give an ID"):
        Things.parse({name: text})


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


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "many", "", "1e3", "１", "1_0", "1 2", "9" * 19, "True", "None"])
def test_what_is_no_whole_number_is_quoted_in_a_sentence(text: str) -> None:
    assert refusal(max_works=text) == f"spider argument max_works: {text!r} is no whole number of 1 or more"


def test_an_unknown_argument_is_refused_with_the_known_ones() -> None:
    assert (
        refusal(usr_id="11") == f"unknown spider argument 'usr_id'; known are: {', '.join(sorted(Args.model_fields))}"
    )
    with pytest.raises(ArgumentError, match=r"^unknown spider argument 'user_id'; known are: job$"):
        SpiderArgs.parse({"user_id": "11"})


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


# --- Days --------------------------------------------------------------------------------------------------------------


class Days(SpiderArgs):
    day: Day | None = None
    past: PastDay | None = None
    span: DaySpan | None = None


@pytest.fixture
def in_japan(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the first of March 2024 in Japan."""
    monkeypatch.setattr(arguments, "today", lambda: date(2024, 3, 1))


def told(args: type[SpiderArgs], **given_arguments: Any) -> str:
    with pytest.raises(ArgumentError) as raised:
        args.parse(given_arguments)
    return str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["", "today", "2024-02-30", "2023-02-29", "2024-2-1", "20240201", "2024-W05-4", "2024/02/01", "01.02.2024",
     "2024-02-01T00:00", "２０２４-02-01", "2024-02-01..2024-02-02", "0000-01-01", "-2024-01-01", "10000-01-01"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["day", "past"])
def test_what_is_no_day_is_quoted_in_a_sentence(in_japan: None, name: str, text: str) -> None:
    assert told(Days, **{name: text}) == f"spider argument {name}: {text!r} is no day; give one such as 2026-01-31"


@pytest.mark.parametrize("text", ["2024-02-29", " 2024-02-29 ", "2024-02-29\n"])
def test_a_day_is_read(in_japan: None, text: str) -> None:
    args = Days.parse({"day": text, "past": text, "span": text})
    assert (args.day, args.past, args.span) == (date(2024, 2, 29), date(2024, 2, 29), [date(2024, 2, 29)])


@pytest.mark.parametrize("text", ["2024-03-02", "9999-12-31"])
def test_a_day_that_is_still_to_come_in_japan_has_no_works_yet(in_japan: None, text: str) -> None:
    assert Days.parse({"day": text, "past": "2024-03-01"}).past == date(2024, 3, 1)
    sentence = f"{text} is in the future: in Japan it is 2024-03-01"
    assert told(Days, past=text) == f"spider argument past: {sentence}"
    assert told(Days, span=text) == f"spider argument span: {sentence}"
    assert told(Days, span=f"2024-02-01..{text}") == f"spider argument span: {sentence}"


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [("2024-02-28..2024-03-01", "2024-02-28", "2024-03-01", 3), ("2024-03-01..2024-03-01", "2024-03-01", "2024-03-01", 1),
     (" 2023-12-31 .. 2024-01-01 ", "2023-12-31", "2024-01-01", 2), ("2023-03-01..2024-02-29", "2023-03-01", "2024-02-29", 366)],
)  # fmt: skip
def test_a_span_is_every_day_from_the_first_to_the_last(
    in_japan: None, text: str, first: str, last: str, count: int
) -> None:
    days = Days.parse({"span": text}).span
    assert days is not None
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == (first, last, count)
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2024-02-02..2024-02-01", "'2024-02-02..2024-02-01' ends before it begins; give the earlier day first"),
        ("..2024-02-01", "'' is no day; give one such as 2026-01-31"),
        ("2024-02-01..", "'' is no day; give one such as 2026-01-31"),
        ("2024-02-01...2024-02-02", "'.2024-02-02' is no day; give one such as 2026-01-31"),
        ("2024-02-01,2024-02-02", "'2024-02-01,2024-02-02' is no day; give one such as 2026-01-31"),
    ],
)
def test_what_is_no_span_is_refused(in_japan: None, text: str, sentence: str) -> None:
    assert told(Days, span=text) == f"spider argument span: {sentence}"


def test_today_is_the_day_in_japan() -> None:
    before = datetime.now(UTC) + timedelta(hours=9)
    day = arguments.today()
    assert before.date() <= day <= (datetime.now(UTC) + timedelta(hours=9)).date()


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
def test_what_is_no_flag_is_quoted_in_a_sentence(text: str) -> None:
    assert told(Simple, flag=text) == f"spider argument flag: {text!r} is neither true nor false"


COUNTS = ["min_bookmarks", "max_bookmarks", "min_views", "min_pages", "max_pages", "min_width", "min_height", "count", "offset"]  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_may_be_zero_and_not_less(name: str) -> None:
    assert getattr(Simple.parse({name: " 0"}), name) == 0
    assert getattr(Simple.parse({name: "9" * 18}), name) == int("9" * 18)
    for text in ("-1", "", "1.5", "many", "9" * 19):
        assert told(Simple, **{name: text}) == f"spider argument {name}: {text!r} is no whole number of 0 or more"


@pytest.mark.parametrize(
    ("text", "word"), [("猫 犬", "猫 犬"), (" 猫\n", "猫"), ("a,b", "a,b"), ("0", "0"), ("None", "None")]
)
def test_a_word_is_taken_as_it_is_without_blanks_around_it(text: str, word: str) -> None:
    assert Simple.parse({"word": text}).word == word


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u3000"])
def test_an_empty_word_is_refused(text: str) -> None:
    assert told(Simple, word=text) == "spider argument word: is empty; give a word"


@pytest.mark.parametrize("text", ["cut \ud83d", "\udcff"])
def test_a_word_that_is_no_text_is_refused_in_one_line(text: str) -> None:
    assert told(Simple, word=text).startswith("spider argument word: ")
    assert "\n" not in told(Simple, words=f"a,{text}")


@pytest.mark.parametrize(
    ("text", "words"), [("猫", ["猫"]), (" 猫 , 犬,猫,", ["猫", "犬"]), (["a", "b,c"], ["a", "b,c"]), ("a b", ["a b"])]
)
def test_words_are_taken_each_once_in_the_order_given(text: Any, words: list[str]) -> None:
    args = Simple.parse({"words": text, "tags": text, "exclude_tags": text})
    assert args.words == args.tags == args.exclude_tags == words


@pytest.mark.parametrize(("text", "ratings"), [("0", [0]), ("2,1", [2, 1]), (" 0, 1 ,2,0", [0, 1, 2]), (1, [1])])
def test_ratings_are_some_of_three(text: Any, ratings: list[int]) -> None:
    assert Simple.parse({"x_restrict": text}).x_restrict == ratings


@pytest.mark.parametrize("text", ["", "3", "0,3", "r18", "00", "-1", "１", "0;1"])
def test_what_is_no_rating_is_quoted_in_a_sentence(text: str) -> None:
    assert told(Simple, x_restrict=text) == f"spider argument x_restrict: {text!r} is not some of 0, 1, 2"


def test_the_filter_by_ai_is_a_list_of_three_words() -> None:
    assert Simple.parse({"ai": "no, unknown"}).ai == [AiFilter.NO, AiFilter.UNKNOWN]
    assert told(Simple, ai="maybe") == "spider argument ai: 'maybe' is not one of yes, no, unknown"
    assert told(Simple, ai=",") == "spider argument ai: nothing is given; give some of yes, no, unknown"


def test_no_filter_is_set_unless_it_is_given() -> None:
    args = WorksArgs.parse({})
    given_fields = args.model_dump(exclude={"job", "files", "ugoira", "comments", "users", "new_only"})
    assert set(given_fields.values()) == {None}
    assert (args.comments, args.users, args.new_only, args.ugoira) == (False, False, False, "zip")
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
def test_types_are_asked_for_as_endpoints_know_them(text: str, illusts: list[str], contents: list[str]) -> None:
    args = TypedWorksArgs.parse({"type": text})
    assert args.wanted_types == args.type == text.split(",")
    assert (args.illust_types, args.content_types) == (illusts, contents)


def test_novels_are_collected_only_when_asked_for() -> None:
    assert TypedWorksArgs.parse({}).type == ["illust", "manga", "ugoira"]
    sentence = "spider argument type: 'ugoria' is not one of illust, manga, ugoira, novel"
    assert told(TypedWorksArgs, type="ugoria") == sentence


class One(SpiderArgs):
    illusts: IllustIdList | None = None
    novels: NovelIdList | None = None
    _one = SpiderArgs.require_one("illusts", "novels")


def test_one_of_some_arguments_is_asked_for() -> None:
    assert told(One) == "give -a illusts=... or -a novels=..."
    assert told(One, job="daily") == "give -a illusts=... or -a novels=..."
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
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_texts_are_arguments_or_an_error_in_one_line(name: str, data: st.DataObject) -> None:
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

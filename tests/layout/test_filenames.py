from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.items import Illust, Series
from pixiv_crawler.layout.filenames import FilePathTemplate
from pixiv_crawler.layout.paths import replaced_path
from tests.layout.item_factories import folded, illust, path_of, url

DEFAULT = "{user_id}/{illust_id}_p{page}{ext}"
ORDINARY = [
    DEFAULT,
    "{user_name}/{title}_{illust_id}_p{page}{ext}",
    "{user_id}/{illust_id}/{page:03}{ext}",
    "{user_id}/{illust_id} {title}/{page}{ext}",
    "{user_id} {user_name}/{name}",
    "{name}",
    "{illust_id}_{title}_p{page}{ext}",
    "{type}/{create_date:%Y-%m}/{x_restrict}-{ai}/{title} ({illust_id} p{page} of {page_count}){ext}",
    "{series_id} {series_title}/{title}.{illust_id}.{page}{ext}",
    "v2/{title}p{illust_id}p{page}p{ext}",
    "{user_id}_{illust_id}_{title}_{user_account}_{page:04d}{ext}",
    "COM {title}/com{illust_id}.{page}{ext}",
]
# Short texts that imitate delimiters and numbers, and arbitrary text.
TRICKY = st.text(alphabet="019_p.- ()éÉe\u0301\u0327=\u0338/COMcom¹１ß\u200d", max_size=12) | st.text(max_size=300)
ID = st.integers(0, 120) | st.integers(0, 2**63)
PAGE = st.integers(0, 12) | st.integers(0, 9999)


works = st.builds(
    illust,
    ID,
    title=TRICKY,
    name=TRICKY,
    series=st.none() | st.builds(Series, id=ID, title=TRICKY),
    ai=st.sampled_from([None, 0, 1, 2]),
)
names = st.sampled_from(
    [
        "{}_p{}.jpg",
        "{}_p{}",
        "{}-0a5f_p{}.PNG",
        "{}_p{}_master1200.jpg",
        "{}_ugoira{}.gif",
        "x.p{}{}",
        "{}.p{}",
        "",
        "a/",
    ]
)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        (DEFAULT, "11/123_p2.jpg"),
        ("{user_name}/{title}_{illust_id}_p{page}{ext}", "Name/Title_123_p2.jpg"),
        ("{user_id}/{illust_id}/{page:03}{ext}", "11/123/002.jpg"),
        ("{user_account}/{user_id} {user_name}/{name}", "acc_11/11 Name/123_p2.JPG"),
        ("{type}{x_restrict}/{create_date}/{name}", "manga1/2026-11-23/123_p2.JPG"),
        ("{create_date:%Y-%m}/{create_date:%d %H時}/{name}", "2026-11/23 00時/123_p2.JPG"),
        ("{series_id} {series_title}/{ai}/{name}", "7 Saga/2/123_p2.JPG"),
        ("{title:.3}/{illust_id} {page}-{page_count}{ext}", "Tit/123 2-3.jpg"),
        ("{{x}}/{name}", "{x}/123_p2.JPG"),
        ("e{page}\u0301/{name}", "e2\u0301/123_p2.JPG"),
        ("e{title:.1}\u0301/{name}", "eT\u0301/123_p2.JPG"),
        ("CON/ a. /{name}", "_CON/a/123_p2.JPG"),
    ],
)
def test_a_template_is_filled_with_the_values_of_work_page_and_url(template: str, path: str) -> None:
    work = illust(series=Series(id=7, title="Saga"), ai=2)
    assert path_of(template, work, 2, "123_p2.JPG") == path


def test_missing_values_have_a_placeholder() -> None:
    work = illust(ai=0)
    work.create_date = "soon"
    assert (
        path_of("{ai}/{series_id} {series_title}/{create_date:%Y}/{name}", work)
        == "unknown/none none/unknown/123_p0.jpg"
    )


@pytest.mark.parametrize(
    ("name", "ext"),
    [
        ("123_p0.jpg", ".jpg"),
        ("123_p0.PnG?x=1.zip", ".png"),
        ("123_p0.gif#y.a", ".gif"),
        ("123_p0", ""),
        ("x.y/z", ""),
        ("123.toolong", ""),
        ("123.日本", ""),
        ("123.p3", ""),
        ("123.", ""),
        ("123.jpg%00", ""),
    ],
)
def test_the_extension_is_that_of_the_url_path_in_lower_case(name: str, ext: str) -> None:
    assert path_of(DEFAULT, illust(), name=name) == f"11/123_p0{ext}"


@pytest.mark.parametrize(
    ("name", "page", "path"),
    [
        ("123_p4.png", 4, "123_p4.png"),
        ("123-0aF9_p4.png", 4, "123-0aF9_p4.png"),
        ("123_p4_master1200.jpg", 4, "123_p4_master1200.jpg"),
        ("123_ugoira600x600.zip", 0, "123_ugoira600x600.zip"),
        ("123_ugoira4.png", 4, "123_ugoira4.png"),
        ("123_square1200.jpg", 0, "123_square1200.jpg"),
        ("limit_unknown_360.png", 4, "123_p4.png"),
        ("124_p4.png", 4, "123_p4.png"),
        ("123_p5.png", 4, "123_p4.png"),
        ("123_p4%2F..%2Fx.png", 4, "123_p4.png"),
        ("123_p4_" + "x" * 200 + ".png", 4, "123_p4.png"),
    ],
)
def test_name_is_pixivs_name_if_that_identifies_work_and_page(name: str, page: int, path: str) -> None:
    assert path_of("{name}", illust(), page, name) == path


SLASHES = "/\\⁄∕∖⧵⧸⧹⟋⟍╱╲﹨／＼"


@pytest.mark.parametrize(
    "char", [*SLASHES, *'<>:"|?*', "\0", "\n", "\x7f", "\u202e", "\u200b", "\ud800", "\ue000", "\u2028"]
)
def test_separators_and_invalid_and_invisible_characters_are_replaced(char: str) -> None:
    assert path_of("{title}/{name}", illust(title=f"a{char}b")) == "a_b/123_p0.jpg"


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("", "_"),
        (".", "_"),
        ("..", "_"),
        ("../..", ".._"),
        (" a. .", "a"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("aux .b", "_aux .b"),
        ("Com¹", "_Com¹"),
        ("conin$", "_conin$"),
        ("COM10", "COM10"),
        ("e\u0301", "é"),
        ("夜" * 100, "夜" * 85),
        ("a" + "\u0301x" * 200, "á" + "x\u0301" * 84 + "x"),
    ],
)
def test_a_component_is_a_valid_name_on_every_system(title: str, part: str) -> None:
    assert path_of("{title}/{name}", illust(title=title)) == f"{part}/123_p0.jpg"


def test_a_long_title_is_truncated_but_not_the_ids_and_the_extension() -> None:
    path = path_of("{title}_{series_title}_{illust_id}_p{page}{ext}", illust(title="夜" * 300))
    assert path.endswith("夜_none_123_p0.jpg")
    assert 252 < len(path.encode()) <= 255


def test_a_users_folder_does_not_depend_on_the_titles_of_the_works() -> None:
    template = "{user_name}/{title}/{user_name}/{title}/{user_name}/{title}/{name}"
    short, long = (path_of(template, illust(title=title, name="u" * 300)) for title in ("a", "a" * 300))
    assert short.split("/")[0] == long.split("/")[0]
    assert len(long) < 1000


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "an empty or dots-only"),
        ("/{name}", "an empty or dots-only"),
        ("a//{name}", "an empty or dots-only"),
        ("{name}/", "an empty or dots-only"),
        ("../{name}", "dots-only path component"),
        ("a/../{name}", "dots-only path component"),
        ("./{name}", "dots-only path component"),
        ("C:/{name}", "characters in 'C:'"),
        ("a\\{name}", "characters"),
        ("a\0{name}", "characters"),
        ("{name", "brace"),
        ("name}", "brace"),
        ("{}", "unknown field {}: the fields are user_id, .*series_title"),
        ("{0}", "unknown field {0}"),
        ("{id}/{name}", "unknown field {id}"),
        ("{title.__class__}/{name}", "unknown field {title.__class__}"),
        ("{title[0]}/{name}", "unknown field"),
        ("{title!r}/{name}", "format !r"),
        ("{title:>9}/{name}", "format :>9"),
        ("{page:x}/{name}", "format :x"),
        ("{page:3}/{name}", "format :3"),
        ("{page:{title}}/{name}", "format :{title}"),
        ("{name:.2}", r"format :\.2"),
        ("{create_date:%Y/%m}/{name}", "format :%Y/%m"),
        ("{create_date:%Q}/{name}", "format :%Q"),
        ("x" * 255 + "{title}/{name}", "255 bytes"),
        ("夜" * 80 + "_{illust_id}/{page}{ext}", "261 bytes"),
        ("a/" * 600 + "{name}", "bytes"),
        ("{user_id}/{page}{ext}", "lacks {illust_id}"),
        ("{illust_id}{ext}", "lacks {page}"),
        ("{illust_id}_{page}", "lacks {ext}"),
        ("{illust_id}_{page}.{ext}", "has a dot before {ext}, which begins with one: remove the dot"),
        ("{illust_id}_{page}<rank?.>{ext}", "has a dot before {ext} for files with {rank}, which begins with one"),
    ],
)
def test_an_invalid_template_is_rejected_in_one_sentence_that_quotes_it(template: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as caught:
        FilePathTemplate(template)
    assert str(caught.value).startswith(f"PIXIV_FILE_PATH {template!r} ")
    assert ": " in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{title}{illust_id}p{page}{ext}",
        "{illust_id}{title}/{page}{ext}",
        "{illust_id}{page}{ext}",
        "{illust_id}{ext}{page}",
        "{illust_id}/{page}{x_restrict}{ext}",
        "{illust_id}/1{page}{ext}",
        "{illust_id}/{page}0{ext}",
        "{illust_id}/{page}{ext}1",
        "{title}_{illust_id}_{title}_p{page}{ext}",
        "{title}_{illust_id}{ext}{title}/{page}",
        "{title}_{page}_2_{title}/{illust_id}{ext}",
        "{user_id}{illust_id}/{page}{ext}",
        "{title}-{name}",
        "{name}{title}",
        "{name}1",
        "{ai}_{illust_id}_{title}/{page}{ext}",
    ],
)
def test_a_template_with_which_two_pages_could_share_a_path_is_rejected(template: str) -> None:
    with pytest.raises(SettingError, match="share a path"):
        FilePathTemplate(template)


def test_a_template_with_a_long_literal_is_checked_quickly() -> None:
    with pytest.raises(SettingError, match="share a path"):
        FilePathTemplate("_" * 200 + "{title}{illust_id}_{page}{ext}")


@given(st.sampled_from(ORDINARY), works, works, PAGE, PAGE, names, names)
@example(ORDINARY[8], illust(1, title="5"), illust(2, title="5.1"), 2, 7, "x.7", "x")
@pytest.mark.e2e
def test_two_pages_never_share_a_path(
    template: str, one: Illust, other: Illust, page: int, other_page: int, name: str, other_name: str
) -> None:
    assume((one.id, page) != (other.id, other_page))
    paths = FilePathTemplate(template)
    first = paths.path(one, page, url(name.format(one.id, page)))
    second = paths.path(other, other_page, url(other_name.format(other.id, other_page)))
    assert folded(first) != folded(second)


TOKENS = ["{title}", "{title}", "{ext}", "{x_restrict}", "/", "_", "_", ".", "p", "1", " ", "e", "\u0301"]
TITLES = ["", "1", "_", "1_", "_1", "p1", "1p", "1.", ".1p", " ", "1_2", "\u03011", "1e"]
PAGES = [(illust_id, page) for illust_id in (0, 1, 2, 11, 12) for page in (0, 1, 2, 11)]


@given(st.lists(st.sampled_from(TOKENS), max_size=6), st.data())
@pytest.mark.e2e
def test_no_accepted_template_lets_two_pages_share_a_path(others: list[str], data: st.DataObject) -> None:
    required = data.draw(st.sampled_from([["{illust_id}", "{page}", "{ext}"], ["{name}"]]))
    try:
        paths = FilePathTemplate("".join(data.draw(st.permutations(others + required))))
    except SettingError:
        return
    owners: dict[tuple[str, ...], tuple[int, int]] = {}
    for (illust_id, page), title, name in product(PAGES, TITLES, ["{}_p{}.p", "{}-1_p{}", "{}_ugoira{}.p"]):
        path = folded(paths.path(illust(illust_id, title=title), page, url(name.format(illust_id, page))))
        assert owners.setdefault(path, (illust_id, page)) == (illust_id, page)


@given(st.sampled_from(ORDINARY), works, PAGE, st.text())
@pytest.mark.e2e
def test_every_path_is_valid_on_every_system(template: str, work: Illust, page: int, name: str) -> None:
    path = FilePathTemplate(template).path(work, page, url(name))
    parts = path.split("/")
    assert len(parts) == len(template.split("/"))
    assert len(path.encode()) < 1000
    assert path == unicodedata.normalize("NFC", path)
    for part in parts:
        assert 0 < len(part.encode()) <= 255
        assert part.lstrip(" ").rstrip(". ") == part
        assert not set(part) & set('<>:"|?*' + SLASHES)
        assert not [char for char in part if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]


@given(st.text(), st.text())
def test_any_text_is_a_template_or_a_setting_error(start: str, end: str) -> None:
    for template in (start, f"{start}{{illust_id}}{end}/{{page}}{{ext}}"):
        with suppress(SettingError):
            assert FilePathTemplate(template).path(illust(), 0, url("123_p0.jpg"))


@given(title=st.text(max_size=20), mark=st.sampled_from([".old", ".0123456789abcdef.old.jpg", ".OLD.jpg", ".old.old"]))
def test_no_template_produces_the_name_of_a_replaced_file(title: str, mark: str) -> None:
    """Not even for titles or templates that resemble one."""
    template = FilePathTemplate("{illust_id}_{page}/{title}{ext}")
    for file_url in ("https://i.pximg.net/a.jpg", "https://i.pximg.net/a"):
        path = template.path(illust(title=title + mark), 0, file_url)
        assert not re.search(r"\.old(\.([a-z]{1,5}|mp4))?\Z", path, re.IGNORECASE)
    literal = FilePathTemplate("{illust_id}_p{page}.old{ext}").path(illust(), 0, "https://i.pximg.net/a.jpg")
    assert replaced_path(literal, "0" * 64) != literal
    assert not literal.endswith(".old.jpg")

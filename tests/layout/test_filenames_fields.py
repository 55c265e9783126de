"""Values of fields, conditions, animations, novels, and the layouts of other programs."""

from __future__ import annotations

import pytest

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.items import Illust, Novel, Series, User
from pixiv_crawler.layout.filenames import FilePathTemplate, NovelPathTemplate
from tests.layout.item_factories import illust, novel, path_of, ranked, tags, url, user

NOVEL_DEFAULT = "novels/{user_id}/{novel_id}{ext}"
# The layouts of other programs; docs/files.md shows them.
PIXIV_API = "<page_count?{illust_id}/{name}|{illust_id}{ext}>"
GALLERY_DL = "pixiv/{user_id} {user_account}/{illust_id}_p{page}{ext}"
PIXIVUTIL2 = "{user_name} ({user_id})/{illust_id}_p{page} - {title}{ext}"
GALLERY_DL_NOVEL = "pixiv-novel/{user_id} {user_account}/{novel_id}_p0{ext}"


@pytest.mark.parametrize(
    ("template", "work", "path"),
    [
        ("{rank:03} {name}", illust(rank=7), "007 123_p0.jpg"),
        ("{rank:03} {name}", illust(), "000 123_p0.jpg"),
        ("{rank} {name}", illust(source=ranked(7, "/v1/user/illusts")), "0 123_p0.jpg"),
        ("{rank} {name}", illust(source=ranked(7, "/v1/novel/ranking")), "7 123_p0.jpg"),
        ("{tags}/{name}", illust(tags=tags("a", "b/c", "夜")), "a b_c 夜/123_p0.jpg"),
        ("{tags:2}/{name}", illust(tags=tags("a", "b/c", "夜")), "a b_c/123_p0.jpg"),
        ("{tags:9}/{name}", illust(tags=tags("a")), "a/123_p0.jpg"),
        ("{tags}/{name}", illust(), "none/123_p0.jpg"),
        ("{tags}/{name}", illust(tags=tags("a" * 200, "b" * 200)), f"{'a' * 200} {'b' * 54}/123_p0.jpg"),
        ("{spider}/{job}/{name}", illust(), "rankings/2026-11-23/123_p0.jpg"),
    ],
)
def test_a_template_is_filled_with_rank_tags_spider_and_job(template: str, work: Illust, path: str) -> None:
    paths = FilePathTemplate(template, spider="rankings", job="2026-11-23")
    assert paths.path(work, 0, url("123_p0.jpg")) == path


@pytest.mark.parametrize(
    ("page", "count", "names"),
    [
        (0, 1, ["1", "01", "0", "1"]),
        (8, 9, ["9", "09", "8", "9"]),
        (8, 10, ["9", "09", "08", "09"]),
        (9, 10, ["10", "10", "09", "10"]),
        (9, 200, ["10", "10", "009", "010"]),
        (11, 3, ["12", "12", "11", "12"]),
    ],
)
def test_pages_are_counted_from_1_and_padded_to_the_digits_of_their_number(
    page: int, count: int, names: list[str]
) -> None:
    fields = ["page1", "page1:02", "page_padded", "page1_padded"]
    templates = [f"{{illust_id}}_{{{field}}}{{ext}}" for field in fields]
    assert [path_of(template, illust(page_count=count), page) for template in templates] == [
        f"123_{name}.jpg" for name in names
    ]


def test_the_upload_date_is_that_of_the_url() -> None:
    work = illust(create_date="2020-01-01T00:00:00+09:00")
    assert path_of("{upload_date:%Y-%m}/{name}", work) == "2026-11/123_p0.jpg"
    assert FilePathTemplate("{upload_date}/<upload_date?a|b>/{name}").path(work, 0, "https://x/1.jpg") == (
        "unknown/b/123_p0.jpg"
    )


@pytest.mark.parametrize(
    ("condition", "work", "text"),
    [
        ("<rank?{rank:02}|unranked>", illust(rank=5), "05"),
        ("<rank?{rank:02}|unranked>", illust(), "unranked"),
        ("<series_title?{series_title}|single>", illust(series=Series(id=7, title="Saga")), "Saga"),
        ("<series_title?{series_title}|single>", illust(series=Series(id=7, title="")), "single"),
        ("<series_id?{series_id}|single>", illust(series=Series(id=7, title="")), "7"),
        ("<series_id?{series_id}|single>", illust(), "single"),
        ("<tags?{tags:1}|untagged>", illust(tags=tags("a", "b")), "a"),
        ("<tags?{tags:1}|untagged>", illust(), "untagged"),
        ("<ai?AI|hand>", illust(ai=2), "AI"),
        ("<ai?AI|hand>", illust(ai=1), "hand"),
        ("<ai?AI|hand>", illust(ai=0), "hand"),
        ("<ai?AI|hand>", illust(), "hand"),
        ("<x_restrict?R-18|all>", illust(x_restrict=2), "R-18"),
        ("<x_restrict?R-18|all>", illust(x_restrict=0), "all"),
        ("<page_count?album|one>", illust(page_count=2), "album"),
        ("<page_count?album|one>", illust(page_count=1), "one"),
        ("<page_count?album|one>", illust(page_count=0), "one"),
        ("<page?next|first>", illust(), "first"),
        ("<user_id?{user_id}|gone>", illust(user=user(user_id=0)), "gone"),
        ("<create_date?{create_date:%Y}|sometime>", illust(create_date="soon"), "sometime"),
        ("<create_date?{create_date:%Y}|sometime>", illust(), "2026"),
        ("<title?{title}|untitled>", illust(title=""), "untitled"),
        ("<job?a|b>", illust(), "b"),
        ("<ai?a|><x_restrict?b><ai?|c>{{}}", illust(ai=2), "ab{}"),
        ("<ai?a|><x_restrict?b><ai?|c>{{}}", illust(x_restrict=0), "c{}"),
    ],
)
def test_a_condition_selects_one_of_its_texts(condition: str, work: Illust, text: str) -> None:
    assert path_of(condition + "/{name}", work) == f"{text}/123_p0.jpg"


def test_a_page_after_the_first_is_one_of_several_regardless_of_page_count() -> None:
    template = "{illust_id}<page_count?_{page}>{ext}"
    assert path_of(template, illust(page_count=1), 2) == "123_2.jpg"
    assert path_of(template, illust(page_count=1), 0) == "123.jpg"


def test_a_condition_may_add_a_folder() -> None:
    template = "{user_id}/<series_title?{series_id} {series_title}/>{name}"
    assert path_of(template, illust(series=Series(id=7, title="Saga"))) == "11/7 Saga/123_p0.jpg"
    assert path_of(template, illust()) == "11/123_p0.jpg"


@pytest.mark.parametrize(
    "template",
    [
        "{user_id}/{illust_id}<page_count?_p{page}>{ext}",
        "{illust_id}<page?_p{page}>{ext}",
        "{user_id}/<page_count?{illust_id}/{page}|{illust_id}>{ext}",
        "<rank?{rank:03} >{illust_id}_p{page}{ext}",
        "<rank?{rank:03}/>{name}",
        "<series_title?{series_title}/><ai?AI/><x_restrict?R-18/><rank?{rank}/><tags?{tags:1}/><title?{title}/>{name}",
        "{title}p{illust_id}.mp{page}{ext}",
        PIXIV_API,
        GALLERY_DL,
        PIXIVUTIL2,
    ],
)
def test_a_template_with_which_no_two_pages_can_share_a_path_is_accepted(template: str) -> None:
    assert path_of(template, illust(), 0)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<rank?{rank}/{name}", "a < or > that is not part of a condition"),
        ("<title>/{name}", "a < or > that is not part of a condition"),
        ("<rank?a<ai?b>c>/{name}", "a nested condition"),
        ("<rnak?{rank}/>{name}", r"the unknown field {rnak}: the fields are user_id, .*, rank, spider, job\."),
        ("<rank?{rnak}/>{name}", "the unknown field {rnak}"),
        ("<rank:03?{rank}/>{name}", "the unknown field {rank:03}"),
        ("<rank?a|b|c>/{name}", "characters in 'b|c'"),
        ("a?b/{name}", "characters"),
        ("<rank?{rank>/{name}", "an unmatched brace"),
        ("<rank?{rank}>/{name}", "an empty or dots-only path component for files without {rank}: "),
        ("<rank?a|..>/{name}", "dots-only path component for files without {rank}: "),
        ("<page_count?{illust_id}_{page}|{title}>{ext}", "lacks {illust_id} for files without {page_count}, so"),
        ("<page_count?{illust_id}|{name}>{ext}", "lacks {page} for files with {page_count}, so"),
        ("<ai?{illust_id}_{page}|{illust_id}>{ext}", "lacks {page} for files without {ai}, so"),
        ("<ai?{name}|{illust_id}_{page}>", "lacks {ext} for files without {ai}, so"),
        (
            "{illust_id}_{page}{ext}<ai?{title}>",
            "share a path for files with {ai}, because it does not end with {ext}: ",
        ),
        ("{illust_id}_{page}{ext}.bak", "does not end with {ext}: "),
        (
            "<ai?{title}>{illust_id}_{title}_{page}{ext}",
            "a path for files with {ai}, because {illust_id} cannot be distinguished",
        ),
        ("<rank?{rank}_>{name}", "because the position of {illust_id} depends on a condition: "),
        ("{illust_id}<rank?_{page}|_{rank}_{page}_{user_id}>{ext}", "the position of {page} depends on a condition"),
        ("<ai?{name}|{page}_{illust_id}{ext}>", "the position of {illust_id} depends on a condition"),
        ("{illust_id}<page?_{page}> {title}{ext}", "the position of {page} depends on a condition"),
        ("{illust_id}<page?_{page}|_1>{ext}", "the position of {page} depends on a condition"),
        ("{illust_id}<page?_{page}>{ext}{ext}", "share a path"),
        ("<ai?><rank?><page?><title?><tags?><series_id?><x_restrict?>{name}", "conditions on 7 fields: use at most 6"),
        ("{illust_id}<page?_{page}|_{rank}>{ext}", "the position of {page} depends on a condition"),
        ("{illust_id}<rank?_{page}>{ext}", "lacks {page} for files without {rank}, so"),
        ("<page?{illust_id}_{page}{ext}|{name}>", "the position of {page} depends on a condition"),
        ("{title}²{illust_id}_{page}{ext}", "because {illust_id} cannot be distinguished"),
        ("{rank:3}/{name}", "format :3"),
        ("{tags:.3}/{name}", "format :.3"),
        ("{tags:0}/{name}", "format :0"),
        ("{create_date:%Y?}/{name}", "format :%Y?"),
        ("{novel_id}/{name}", "unknown field {novel_id}"),
        ("{illust_id}_<rank?{page}|{page1}>{ext}", "counts pages from 0 and from 1"),
        ("{illust_id}_<rank?{page_padded}|{page1_padded}>{ext}", "use only {page} or only {page1}"),
        ("{page_padded:03}_{name}", "the format :03, which {page_padded} does not support"),
    ],
)
def test_a_template_with_an_invalid_condition_is_rejected_in_one_sentence(template: str, words: str) -> None:
    with pytest.raises(SettingError, match=words.replace("|", r"\|").replace("?", r"\?")) as caught:
        FilePathTemplate(template)
    assert str(caught.value).startswith(f"PIXIV_FILE_PATH {template!r} ")
    assert ": " in str(caught.value)


def test_smaller_sizes_are_in_folders_that_no_original_can_have() -> None:
    """Even if a series has the name of a size."""
    template = "<series_title?{series_title}/>{name}"
    for title in ("large", "Large", "ｌarge", "medium", "square_medium"):
        assert path_of(template, illust(series=Series(id=7, title=title))) == f"_{title}/123_p0.jpg"
    assert path_of("{series_title}/{name}", illust(series=Series(id=7, title="large"))) == "large/123_p0.jpg"


@pytest.mark.parametrize("title", ["123_p0.jpg", "123_p0.JPG", "123_p0.jpg.json", "123_p0.zip", "123_p0.ｊpg"])
def test_a_folder_named_after_a_title_never_collides_with_a_file(title: str) -> None:
    template = "<series_title?{series_title}/>{name}"
    assert path_of(template, illust(series=Series(id=7, title=title))) == f"{title}_/123_p0.jpg"
    long = path_of(template, illust(series=Series(id=7, title="x" * 251 + ".jpg")))
    assert long == f"{'x' * 251}.jp/123_p0.jpg", "as long as a name may be"
    assert path_of("{series_title}/{name}", illust(series=Series(id=7, title=title))) == f"{title}/123_p0.jpg"


def test_the_names_of_a_user_come_from_the_caller() -> None:
    paths = FilePathTemplate("{user_name}/{user_account}/{name}", names=lambda user: (f"first of {user.id}", "first"))
    assert paths.path(illust(name="now"), 0, url("123_p0.jpg")) == "first of 11/first/123_p0.jpg"


def test_names_that_the_template_does_not_use_are_not_requested() -> None:
    def names(user: User) -> tuple[str, str]:
        raise AssertionError(user)

    assert FilePathTemplate("{user_id}/{name}", names=names).path(illust(), 0, url("123_p0.jpg"))


DEFAULT = "{illust_id}_p{page}{ext}"


@pytest.mark.parametrize(
    ("template", "page", "name", "ext", "path"),
    [
        (DEFAULT, 0, "123_ugoira600x600.zip", ".zip", "123_p0.zip"),
        (DEFAULT, 0, "123_ugoira600x600.zip", ".mp4", "123_p0.mp4"),
        (DEFAULT, 0, "123_ugoira600x600.zip", ".webm", "123_p0.webm"),
        (DEFAULT, 4, "123_ugoira4.jpg", ".png", "123_p4.png"),
        (DEFAULT, 4, "123_ugoira4.jpg", ".PNG", "123_p4.png"),
        (DEFAULT, 0, "123_p0.mp4", None, "123_p0.mp4"),
        ("{name}", 0, "123_ugoira600x600.zip", ".zip", "123_ugoira600x600.zip"),
        ("{name}", 0, "123_ugoira600x600.zip", ".mp4", "123_ugoira600x600.mp4"),
        ("{name}", 4, "123_ugoira4.jpg", None, "123_ugoira4.jpg"),
        ("{name}", 4, "123_ugoira4.JPG", ".png", "123_ugoira4.png"),
        ("{name}", 4, "x.jpg", ".png", "123_p4.png"),
        ("{name}", 4, "123_p4", ".png", "123_p4.png"),
        ("{name}", 4, f"123_p4_{'x' * 109}.a", ".webp", "123_p4.webp"),
        (PIXIV_API, 0, "123_ugoira600x600.zip", ".zip", "123.zip"),
        (PIXIV_API, 0, "123_ugoira600x600.zip", ".webp", "123.webp"),
        (PIXIV_API, 0, "123_ugoira0.jpg", ".jpg", "123/123_ugoira0.jpg"),
        (PIXIV_API, 4, "123_ugoira4.jpg", ".jpg", "123/123_ugoira4.jpg"),
    ],
)
def test_the_archive_the_frames_and_the_video_of_an_animation_have_their_own_paths(
    template: str, page: int, name: str, ext: str | None, path: str
) -> None:
    assert path_of(template, illust(frames=9), page, name, ext) == path


def test_a_number_that_looks_like_the_extension_mp4_gets_a_suffix() -> None:
    template = "{illust_id}/{title}p{page}{ext}"
    assert path_of(template, illust(title="1p7.m"), 4, "x") == "123/1p7.mp4_"
    assert path_of(template, illust(title="1"), 7, "x", ".mp4") == "123/1p7.mp4"
    assert path_of("{title}/{name}", illust(title="x.mp4")) == "x.mp4/123_p0.jpg"


@pytest.mark.parametrize(
    ("template", "item", "ext", "path"),
    [
        (NOVEL_DEFAULT, novel(), ".txt", "novels/11/45.txt"),
        (NOVEL_DEFAULT, novel(), ".epub", "novels/11/45.epub"),
        ("{user_name}/{user_account}/{title:.3} {novel_id}{ext}", novel(), ".txt", "Name/acc_11/Tit 45.txt"),
        ("{spider}{job}/{text_length}-{x_restrict}/{novel_id}{ext}", novel(), ".txt", "sj/9000-0/45.txt"),
        (
            "{create_date:%Y}/{ai}/{tags:1}/{novel_id}{ext}",
            novel(tags=tags("a", "b")),
            ".txt",
            "2026/unknown/a/45.txt",
        ),
        ("{rank:03} {novel_id}{ext}", novel(source=ranked(7, "/v1/novel/ranking")), ".txt", "007 45.txt"),
        ("<series_title?{series_id} {series_title}/>{novel_id}{ext}", novel(), ".txt", "45.txt"),
        (
            "<series_title?{series_id} {series_title}/>{novel_id}{ext}",
            novel(series=Series(id=7, title="Saga")),
            ".txt",
            "7 Saga/45.txt",
        ),
        ("<ai?AI|hand>/{novel_id}{ext}", novel(novel_ai_type=2), ".txt", "AI/45.txt"),
        (GALLERY_DL_NOVEL, novel(), ".txt", "pixiv-novel/11 acc_11/45_p0.txt"),
    ],
)
def test_a_novel_template_is_filled_with_the_values_of_the_novel(
    template: str, item: Novel, ext: str, path: str
) -> None:
    assert NovelPathTemplate(template, spider="s", job="j").path(item, ext) == path


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{illust_id}{ext}", "the unknown field {illust_id}: the fields are user_id, .*novel_id, .*job"),
        ("{novel_id}_{page}{ext}", "the unknown field {page}"),
        ("{name}", "the unknown field {name}"),
        ("{title}{ext}", r"lacks {novel_id}, so two files could share a path: add it\."),
        ("{novel_id}", r"lacks {ext}, so two files could share a path: add it\."),
        ("{title}{novel_id}{ext}", r"cannot be distinguished from its neighbours: put it first"),
        ("{novel_id}{ext} {title}", r"does not end with {ext}: put it there"),
        ("../{novel_id}{ext}", "dots-only path component"),
        ("{novel_id}.{ext}", "has a dot before {ext}"),
    ],
)
def test_an_invalid_novel_template_is_rejected_with_the_name_of_its_setting(template: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as caught:
        NovelPathTemplate(template)
    assert str(caught.value).startswith(f"PIXIV_NOVEL_PATH {template!r} ")


ONE = illust(page_count=1, title="A B")
SEVERAL = illust(page_count=3, title="A B")


@pytest.mark.parametrize(
    ("template", "work", "page", "name", "path"),
    [
        (PIXIV_API, ONE, 0, "123_p0.png", "123.png"),
        (PIXIV_API, SEVERAL, 0, "123_p0.png", "123/123_p0.png"),
        (PIXIV_API, SEVERAL, 2, "123_p2.jpg", "123/123_p2.jpg"),
        (GALLERY_DL, ONE, 0, "123_p0.png", "pixiv/11 acc_11/123_p0.png"),
        (GALLERY_DL, SEVERAL, 2, "123_p2.jpg", "pixiv/11 acc_11/123_p2.jpg"),
        (GALLERY_DL, illust(frames=9), 0, "123_ugoira600x600.zip", "pixiv/11 acc_11/123_p0.zip"),
        (GALLERY_DL, illust(frames=9), 4, "123_ugoira4.jpg", "pixiv/11 acc_11/123_p4.jpg"),
        (PIXIVUTIL2, ONE, 0, "123_p0.png", "Name (11)/123_p0 - A B.png"),
        (PIXIVUTIL2, SEVERAL, 2, "123_p2.jpg", "Name (11)/123_p2 - A B.jpg"),
    ],
)
def test_the_layouts_of_other_programs_can_be_reproduced(
    template: str, work: Illust, page: int, name: str, path: str
) -> None:
    assert path_of(template, work, page, name) == path

"""No accepted template lets two files share a path."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.items import Illust, Novel, Series
from pixiv_crawler.layout.filenames import FilePathTemplate, NovelPathTemplate
from tests.layout.item_factories import folded, illust, novel, ranked, tags, url

# Imitates numbers, separators, extensions and folders, also on file systems that ignore case or normal forms.
TITLES = [
    "",
    "1",
    "_1",
    "1_2",
    "x/1",
    "1.jpg",
    "_p1",
    "_ugoira1.",
    "1_１",
    "㏕",
    "large",
    "1_1.mp4",
    ".m",
    "x.m",
    ".mp４",
]
SMALL = [0, 1, 2, 4]
EXAMPLES = 200
NAMES = [
    "{}_p{}.p",
    "{}-1_p{}",
    "{}_ugoira{}.p",
    "{}_ugoira{}.mp4",
    "{}_p{}.mp4",
    "{}_ugoira600x600.zip",
    "x",
    "1.mp4",
]
EXTENSIONS = [".jpg", ".png", ".mp4", ".zip", ".webm", ".old"]


def templates(id_field: str, cores: list[str], conditions: list[str], end: str) -> st.SearchStrategy[str]:
    """Mostly templates that are almost valid: for others, only the rejection could be tested."""
    filler = st.sampled_from(
        ["", "", "", "_", " ", "/", "{title}", "{title}_", "_{title}", "{rank}_", "_{rank}", "²", "p1"]
    )
    core = st.sampled_from(cores)
    text = st.builds("{}{}{}".format, filler, core | st.just(""), filler)
    condition = st.builds("<{}?{}|{}>".format, st.sampled_from(conditions), text, text)
    one = st.builds("{}{}{}".format, filler, core, filler)
    several = st.builds("{}{}{}".format, text | st.just(id_field), condition, text | st.just(""))
    return st.builds("{}{}".format, one | several | several | several, st.sampled_from([end, end, ""]))


ILLUST_TEMPLATES = templates(
    "{illust_id}",
    [
        "{illust_id}",
        "{page}",
        "_{page}",
        "{illust_id}_{page}",
        "{illust_id}_{page1}",
        "{illust_id}_{page_padded}",
        "{page}_{illust_id}",
        "{illust_id}/{page}",
        "{illust_id}.mp{page}",
        "{illust_id}/{title}p{page}",
        "{name}",
        "{rank}",
        "{ext}",
    ],
    ["page", "page", "page_count", "page_count", "rank", "title", "ext", "series_title"],
    "{ext}",
)
NOVEL_TEMPLATES = templates(
    "{novel_id}", ["{novel_id}", "_{novel_id}", "{rank}", ".mp{novel_id}", "{ext}"], ["rank", "title", "ext"], "{ext}"
)


def illusts(draw: random.Random) -> Iterator[tuple[Illust, int]]:
    for _ in range(400):
        work = illust(
            draw.choice(SMALL),
            title=draw.choice(TITLES),
            series=draw.choice([None, Series(id=1, title=draw.choice(TITLES))]),
            rank=draw.choice([0, *SMALL]),
            page_count=draw.choice([1, *SMALL]),
        )
        yield work, draw.choice(SMALL)


BRANCHES = [
    "",
    "{illust_id}",
    "{illust_id}_",
    "{illust_id}_{page}",
    "{illust_id}_{page1}",
    "{illust_id}_{page1_padded}",
    "{illust_id}_{rank}",
    "{illust_id}-{rank}_{page}",
    "{illust_id}_{page}_{rank}",
    "{rank}_{illust_id}_{page}",
    "{title}_{illust_id}_{page}",
    "{title}²{illust_id}_{page}",
    "{title}{illust_id}_{page}",
    "{illust_id}_{title}",
    "{illust_id}_{page}_{title}",
    "{illust_id}.mp{page}",
    "{illust_id}/{page}",
    "{illust_id}/{title}p{page}",
    "{title}/{illust_id}_{page}",
    "{illust_id}_{page}_{ext}",
    "{page}_{illust_id}",
    "{name}",
]


@pytest.mark.parametrize("condition", ["page", "page_count", "rank"])
@pytest.mark.e2e
def test_no_accepted_pair_of_branches_lets_two_pages_share_a_path(condition: str) -> None:
    works = [
        (illust(illust_id, title=title, rank=rank, page_count=count), page)
        for illust_id, title, rank, (count, page) in product(
            [1, 2, 12], ["", "1", "_1", ".m", "1_2.mp4"], [0, 1, 4], [(1, 0), (3, 0), (1, 4), (3, 1), (3, 4)]
        )
    ]
    accepted = 0
    for met, other, end in product(BRANCHES, BRANCHES, ["{ext}", ""]):
        try:
            paths = FilePathTemplate(f"<{condition}?{met}|{other}>{end}")
        except SettingError:
            continue
        accepted += 1
        owners: dict[tuple[str, ...], tuple[int, int]] = {}
        for (work, page), (name, ext) in product(works, [("{}_p{}.jpg", None), ("{}-1_p{}", ""), ("x", ".mp4")]):
            path = folded(paths.path(work, page, url(name.format(work.id, page)), ext))
            assert owners.setdefault(path, (work.id, page)) == (work.id, page), (met, other, end)
    assert accepted > 15


@given(ILLUST_TEMPLATES, st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES)
@pytest.mark.e2e
def test_no_accepted_template_lets_two_files_share_a_path(template: str, draw: random.Random) -> None:
    try:
        paths = FilePathTemplate(template)
    except SettingError:
        return
    owners: dict[tuple[str, ...], tuple[int, int]] = {}
    for work, page in illusts(draw):
        file_url = url(draw.choice(NAMES).format(work.id, page))
        path = paths.path(work, page, file_url, draw.choice([None, "", "", *EXTENSIONS]))
        assert owners.setdefault(folded(path), (work.id, page)) == (work.id, page)
    of_one_page = [paths.path(work, page, file_url, ext) for ext in EXTENSIONS]
    assert len(set(map(folded, of_one_page))) == len(EXTENSIONS)
    assert [path[-4:] for path in of_one_page[:4]] == EXTENSIONS[:4]
    assert not owners.keys() & {("large", *path) for path in owners}


def novels(draw: random.Random) -> Iterator[Novel]:
    for _ in range(100):
        rank = draw.choice(SMALL)
        yield novel(draw.choice(SMALL), title=draw.choice(TITLES), source=ranked(rank) if rank else None)


@given(NOVEL_TEMPLATES, st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES // 2)
@pytest.mark.e2e
def test_no_accepted_template_lets_two_novels_share_a_path(template: str, draw: random.Random) -> None:
    try:
        paths = NovelPathTemplate(template)
    except SettingError:
        return
    owners: dict[tuple[str, ...], int] = {}
    for one in novels(draw):
        path = paths.path(one, draw.choice(["", ".txt", ".epub", ".mp4"]))
        assert owners.setdefault(folded(path), one.id) == one.id


@pytest.mark.e2e
def test_the_search_for_shared_paths_covers_every_kind_of_template() -> None:
    """With and without conditions, with one length and with several; otherwise it would prove nothing."""
    met: set[tuple[bool, bool]] = set()

    @given(ILLUST_TEMPLATES)
    @settings(max_examples=400, database=None, derandomize=True)
    def search(template: str) -> None:
        try:
            FilePathTemplate(template)
        except SettingError:
            return
        met.add(("<" in template, "/" in template))

    search()
    assert len(met) == 4


TEXTS = st.text(max_size=300)


@given(
    st.sampled_from(
        [
            "<series_title?{series_title}/>{title} {illust_id}<page?_{page}|_{page}>{ext}",
            "{user_name}/{tags}/{title}_{tags}_{illust_id}_p{page}{ext}",
            "<page_count?{title} {illust_id}/{name}|{title} {illust_id}{ext}>",
        ]
    ),
    st.integers(0, 2**63),
    TEXTS,
    st.lists(TEXTS, max_size=3),
    st.sampled_from([".jpg", ".mp4", ".webp"]),
)
@pytest.mark.e2e
def test_the_id_and_the_extension_are_never_truncated(
    template: str, illust_id: int, title: str, names: list[str], ext: str
) -> None:
    work = illust(illust_id, title=title, name=title, series=Series(id=1, title=title), tags=tags(*names))
    path = FilePathTemplate(template).path(work, 2, url("x"), ext)
    assert str(illust_id) in path
    assert path.endswith(ext)
    assert all(0 < len(part.encode()) <= 255 for part in path.split("/"))

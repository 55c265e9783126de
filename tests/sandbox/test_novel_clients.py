"""Two unmodified clients of the real Pixiv read novels and comments of the simulated one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pixivpy3 import AppPixivAPI, PixivError

from pixiv_crawler.sandbox import Sandbox

from .gallery_dl_runner import run_gallery_dl

ACCOUNT, RICH, NOVELIST, LIGHTHOUSE = 1001, 2188232, 1010, 900013
# With covers, comments and the metadata of each file.
WHOLE: dict[str, Any] = {
    "covers": True,
    "comments": True,
    "postprocessors": [{"name": "metadata", "event": "file"}],
}

# pixivpy calls datetime.utcnow, which is deprecated in newer versions of Python.
pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")]


@pytest.mark.parametrize(
    ("call", "query", "count"),
    [
        ("user_novels", {"user_id": NOVELIST}, 65),
        ("novel_series", {"series_id": LIGHTHOUSE}, 35),
        ("novel_new", {}, 92),
        ("novel_follow", {}, 21),
        ("novel_recommended", {"include_ranking_novels": True}, 60),
        ("search_novel", {"word": "の", "search_target": "text"}, 88),
        ("user_bookmarks_novel", {"user_id": ACCOUNT}, 40),
    ],
)
def test_pixivpy_reads_listings_to_their_end(
    pixivpy: AppPixivAPI, call: str, query: dict[str, Any] | None, count: int
) -> None:
    found: list[int] = []
    while query is not None:
        response = getattr(pixivpy, call)(**query)
        found += [novel.id for novel in response.novels]
        query = pixivpy.parse_qs(response.next_url)
    assert len(set(found)) == len(found)
    assert len(found) == count


def test_pixivpy_reads_the_text_of_every_novel(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    for novel in sandbox.world.novels_of(RICH):
        assert pixivpy.novel_detail(novel.id).novel.title == novel.title
        shown = pixivpy.webview_novel(novel.id)
        assert (shown.id, shown.text) == (str(novel.id), novel.text)
        assert bool(shown.illusts) is (novel.spec.embeds == "resolved")


def test_pixivpy_reads_the_comments_on_a_novel(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    novel = max(sandbox.world.novels_of(RICH), key=lambda novel: novel.total_comments)
    found: list[int] = []
    query: dict[str, Any] | None = {"novel_id": novel.id, "include_total_comments": True}
    while query is not None:
        response = pixivpy.novel_comments(**query)
        found += [comment.id for comment in response.comments]
        query = pixivpy.parse_qs(response.next_url)
    assert len(set(found)) == len(found) == response.total_comments == novel.total_comments


def test_pixivpy_still_requests_the_retired_comments_endpoint(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    with pytest.raises(PixivError, match="parse_json"):
        pixivpy.illust_comments(sandbox.world.works(RICH)[0].id)
    request = sandbox.requests[-1]
    assert (request.path, request.status) == ("/v1/illust/comments", 404)


def novel_texts(files: list[Path]) -> dict[int, str]:
    found = {}
    for path in files:
        if match := re.fullmatch(r"(\d+)_p0\.txt", path.name):
            found[int(match[1])] = path.read_bytes().decode()
    return found


@pytest.mark.parametrize(
    ("url", "count"),
    [
        (f"https://www.pixiv.net/users/{RICH}/novels", 17),
        (f"https://www.pixiv.net/novel/series/{LIGHTHOUSE}", 35),
        (f"https://www.pixiv.net/users/{ACCOUNT}/bookmarks/novels", 39),
    ],
)
def test_gallery_dl_reads_listings_of_novels_with_texts_and_covers(
    sandbox: Sandbox, tmp_path: Path, url: str, count: int
) -> None:
    # One cover is a default one without an original, which gallery-dl reports by its exit code.
    files, log = run_gallery_dl(sandbox, tmp_path, url, exit_code=4 if str(RICH) in url else 0, **WHOLE)
    texts, names = novel_texts(files), {path.name for path in files}
    assert len(texts) == count
    for novel_id, text in texts.items():
        novel = sandbox.world.novel_catalogue.novel(novel_id)
        assert novel is not None
        assert text == novel.text
        has_cover = not {f"{novel_id}_p1.jpg", f"{novel_id}_p1.png"}.isdisjoint(names)
        assert has_cover is novel.spec.has_cover
    # The bookmarks include one novel that Pixiv withholds.
    assert log.count("Unable to download novel") == (1 if "bookmarks" in url else 0)


def test_gallery_dl_reads_one_novel_with_its_comments(sandbox: Sandbox, tmp_path: Path) -> None:
    novel = next(novel for novel in sandbox.world.novels_of(RICH) if novel.spec.replies)
    files, _ = run_gallery_dl(sandbox, tmp_path, f"https://www.pixiv.net/novel/show.php?id={novel.id}", **WHOLE)
    assert novel_texts(files) == {novel.id: novel.text}
    (metadata,) = (path for path in files if path.name == f"{novel.id}_p0.txt.json")
    known = json.loads(metadata.read_bytes())
    assert len(known["comments"]) == known["total_comments"] == novel.total_comments


def test_gallery_dl_reads_the_comments_on_an_illust(sandbox: Sandbox, tmp_path: Path) -> None:
    work = next(work for work in sandbox.world.works(RICH) if work.total_comments == 75)
    files, _ = run_gallery_dl(sandbox, tmp_path, f"https://www.pixiv.net/artworks/{work.id}", **WHOLE)
    (metadata,) = (path for path in files if path.suffix == ".json")
    assert len({comment["id"] for comment in json.loads(metadata.read_bytes())["comments"]}) == 75
    assert any(request.path == "/v3/illust/comments" for request in sandbox.requests)

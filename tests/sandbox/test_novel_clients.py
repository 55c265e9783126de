"""Two clients that know the real Pixiv read novels and comments of the simulated one, unmodified."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pixivpy3 import AppPixivAPI, PixivError

from pixiv_crawler.sandbox import Sandbox

from .redirected import SandboxAdapter

ACCOUNT, RICH, NOVELIST, LIGHTHOUSE = 1001, 2188232, 1010, 900013

# pixivpy asks datetime.utcnow, which newer Pythons advise against.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def pixivpy(sandbox: Sandbox) -> AppPixivAPI:
    api = AppPixivAPI()
    for scheme in ("https://", "http://"):
        api.requests.mount(scheme, SandboxAdapter(sandbox.url))
    api.auth(refresh_token=sandbox.refresh_token)
    return api


@pytest.mark.parametrize(
    ("call", "query", "count"),
    [
        ("user_novels", {"user_id": NOVELIST}, 65),
        ("novel_series", {"series_id": LIGHTHOUSE}, 35),
        ("novel_new", {}, 85),
        ("novel_follow", {}, 21),
        ("novel_recommended", {"include_ranking_novels": True}, 60),
        ("search_novel", {"word": "の", "search_target": "text"}, 82),
        ("user_bookmarks_novel", {"user_id": ACCOUNT}, 40),
    ],
)
def test_pixivpy_reads_listings_to_their_end(
    pixivpy: AppPixivAPI, call: str, query: dict[str, Any] | None, count: int
) -> None:
    found: list[int] = []
    while query is not None:
        answer = getattr(pixivpy, call)(**query)
        found += [novel.id for novel in answer.novels]
        query = pixivpy.parse_qs(answer.next_url)
    assert len(set(found)) == len(found)
    assert len(found) == count


def test_pixivpy_reads_the_text_of_every_novel(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    for novel in sandbox.world.novels_of(RICH):
        assert pixivpy.novel_detail(novel.id).novel.title == novel.title
        shown = pixivpy.webview_novel(novel.id)
        assert (shown.id, shown.text) == (str(novel.id), novel.text)
        assert bool(shown.illusts) is (novel.sketch.embeds == "resolved")


def test_pixivpy_reads_the_comments_on_a_novel(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    novel = max(sandbox.world.novels_of(RICH), key=lambda novel: novel.total_comments)
    found: list[int] = []
    query: dict[str, Any] | None = {"novel_id": novel.id, "include_total_comments": True}
    while query is not None:
        answer = pixivpy.novel_comments(**query)
        found += [comment.id for comment in answer.comments]
        query = pixivpy.parse_qs(answer.next_url)
    assert len(set(found)) == len(found) == answer.total_comments == novel.total_comments


def test_pixivpy_still_asks_for_the_comments_that_are_dead(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    with pytest.raises(PixivError, match="parse_json"):
        pixivpy.illust_comments(sandbox.world.works(RICH)[0].id)
    request = sandbox.requests[-1]
    assert (request.path, request.status) == ("/v1/illust/comments", 404)


def run_gallery_dl(sandbox: Sandbox, folder: Path, address: str, exit_code: int = 0) -> tuple[dict[str, Path], str]:
    """The files it has written, and what it has logged."""
    options = {
        "refresh-token": sandbox.refresh_token,
        # The way around placeholders and to uploaded images leads to the web site, which is not simulated.
        "sanity": False,
        "embeds": False,
        "covers": True,
        "comments": True,
        "sleep-request": 0,
        "retries": 0,
        "postprocessors": [{"name": "metadata", "event": "file"}],
    }
    configuration = folder / "gallery-dl.json"
    known = {"base-directory": str(folder / "files"), "pixiv": options, "pixiv-novel": options}
    cache = {"file": str(folder / "cache.sqlite3")}
    configuration.write_text(
        json.dumps({"extractor": known, "cache": cache, "downloader": {"retries": 0}}), encoding="utf-8"
    )
    script = Path(__file__).with_name("gallery_dl_job.py")
    done = subprocess.run(
        [sys.executable, str(script), str(configuration), address, sandbox.url],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == exit_code, done.stderr
    return {path.name: path for path in (folder / "files").rglob("*") if path.is_file()}, done.stderr


def novel_texts(files: dict[str, Path]) -> dict[int, str]:
    found = {}
    for name, path in files.items():
        if match := re.fullmatch(r"(\d+)_p0\.txt", name):
            found[int(match[1])] = path.read_bytes().decode()
    return found


@pytest.mark.parametrize(
    ("address", "count"),
    [
        (f"https://www.pixiv.net/users/{RICH}/novels", 17),
        (f"https://www.pixiv.net/novel/series/{LIGHTHOUSE}", 35),
        (f"https://www.pixiv.net/users/{ACCOUNT}/bookmarks/novels", 39),
    ],
)
def test_gallery_dl_reads_listings_of_novels_with_texts_and_covers(
    sandbox: Sandbox, tmp_path: Path, address: str, count: int
) -> None:
    # One cover is Pixiv's own: gallery-dl looks for its original in vain, and says so by its exit code.
    files, log = run_gallery_dl(sandbox, tmp_path, address, exit_code=4 if str(RICH) in address else 0)
    texts = novel_texts(files)
    assert len(texts) == count
    for novel_id, text in texts.items():
        novel = sandbox.world.shelf.novel(novel_id)
        assert novel is not None
        assert text == novel.text
        has_cover = not {f"{novel_id}_p1.jpg", f"{novel_id}_p1.png"}.isdisjoint(files)
        assert has_cover is novel.sketch.has_cover
    # The bookmarks hold one novel that Pixiv withholds.
    assert log.count("Unable to download novel") == (1 if "bookmarks" in address else 0)


def test_gallery_dl_reads_one_novel_with_its_comments(sandbox: Sandbox, tmp_path: Path) -> None:
    novel = next(novel for novel in sandbox.world.novels_of(RICH) if novel.sketch.replies)
    files, _ = run_gallery_dl(sandbox, tmp_path, f"https://www.pixiv.net/novel/show.php?id={novel.id}")
    assert novel_texts(files) == {novel.id: novel.text}
    (metadata,) = (path for name, path in files.items() if name == f"{novel.id}_p0.txt.json")
    known = json.loads(metadata.read_bytes())
    assert len(known["comments"]) == known["total_comments"] == novel.total_comments


def test_gallery_dl_reads_the_comments_on_an_illust(sandbox: Sandbox, tmp_path: Path) -> None:
    work = next(work for work in sandbox.world.works(RICH) if work.total_comments == 75)
    files, _ = run_gallery_dl(sandbox, tmp_path, f"https://www.pixiv.net/artworks/{work.id}")
    (metadata,) = (path for name, path in files.items() if name.endswith(".json"))
    assert len({comment["id"] for comment in json.loads(metadata.read_bytes())["comments"]}) == 75
    assert any(request.path == "/v3/illust/comments" for request in sandbox.requests)

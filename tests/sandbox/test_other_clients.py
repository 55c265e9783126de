"""Two clients that know the real Pixiv, unmodified, are content with the simulated one."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pixivpy3 import AppPixivAPI

from pixiv_crawler.sandbox import Sandbox

from .client import Client, urls_in
from .redirected import SandboxAdapter

RICH = 2188232

# pixivpy asks datetime.utcnow, which newer Pythons advise against.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def pixivpy(sandbox: Sandbox) -> AppPixivAPI:
    api = AppPixivAPI()
    for scheme in ("https://", "http://"):
        api.requests.mount(scheme, SandboxAdapter(sandbox.url))
    api.auth(refresh_token=sandbox.refresh_token)
    return api


def test_pixivpy_renews_its_token(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    first = pixivpy.access_token
    answer = pixivpy.auth()
    assert pixivpy.refresh_token == sandbox.refresh_token
    assert pixivpy.access_token == answer.response.access_token != first
    assert pixivpy.user_id == answer.user.id


def test_pixivpy_reads_every_work_of_a_user(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    found: list[int] = []
    query: dict[str, Any] | None = {"user_id": RICH}
    while query:
        # It would ask for type=illust where the query does not say.
        answer = pixivpy.user_illusts(**{"type": None} | query)
        found += [work.id for work in answer.illusts]
        query = pixivpy.parse_qs(answer.next_url)
    assert found == [work.id for work in sandbox.world.works(RICH)]


def test_pixivpy_reads_details(pixivpy: AppPixivAPI, sandbox: Sandbox) -> None:
    user = pixivpy.user_detail(RICH)
    assert user.profile.total_illusts + user.profile.total_manga == 74
    for work in sandbox.world.works(RICH)[::10]:
        assert pixivpy.illust_detail(work.id).illust.title == work.title
    ugoira = next(work for work in sandbox.world.works(RICH) if work.type == "ugoira")
    frames = pixivpy.ugoira_metadata(ugoira.id).ugoira_metadata.frames
    assert [frame.delay for frame in frames] == list(ugoira.delays)


def test_pixivpy_downloads_an_image(pixivpy: AppPixivAPI, client: Client, tmp_path: Path) -> None:
    work = pixivpy.user_illusts(1008).illusts[0]
    url = work.meta_single_page.original_image_url
    assert pixivpy.download(url, path=str(tmp_path))
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == client.file(url).body
    Image.open(file).load()


@pytest.mark.parametrize("error", ["expired", "missing"])
def test_pixivpy_gets_errors_as_pixiv_words_them(pixivpy: AppPixivAPI, sandbox: Sandbox, error: str) -> None:
    if error == "expired":
        sandbox.expire_tokens()
        assert "invalid_grant" in pixivpy.illust_detail(1).error.message
    else:
        assert pixivpy.illust_detail(1).error.user_message.startswith("The artwork has been deleted")


def run_gallery_dl(sandbox: Sandbox, folder: Path, address: str) -> tuple[list[Path], str]:
    """The files it has downloaded, and what it has logged."""
    options = {
        "base-directory": str(folder / "files"),
        "cache": {"file": str(folder / "cache.sqlite3")},
        "pixiv": {
            "refresh-token": sandbox.refresh_token,
            # The way around placeholders leads to the web site, which is not simulated.
            "sanity": False,
            "sleep-request": 0,
            "retries": 0,
        },
    }
    configuration = folder / "gallery-dl.json"
    configuration.write_text(
        json.dumps({"extractor": options, "cache": options["cache"], "downloader": {"retries": 0}}), encoding="utf-8"
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
    assert done.returncode == 0, done.stderr
    return [path for path in (folder / "files").rglob("*") if path.is_file()], done.stderr


def test_gallery_dl_downloads_every_file_of_a_user(client: Client, tmp_path: Path) -> None:
    files, log = run_gallery_dl(client.sandbox, tmp_path, f"https://www.pixiv.net/users/{RICH}/artworks")
    assert "[error]" not in log
    downloaded = {path.name: path.read_bytes() for path in files}
    assert downloaded == expected_files(client)
    for name, body in downloaded.items():
        if not name.endswith(".zip"):
            Image.open(BytesIO(body)).load()


def expected_files(client: Client) -> dict[str, bytes]:
    """By gallery-dl's names: originals, and the large zip of a ugoira."""
    expected = {}
    for work in client.works(RICH):
        if work["type"] == "ugoira":
            metadata = client.api("/v1/ugoira/metadata", illust_id=work["id"]).json["ugoira_metadata"]
            urls = [metadata["zip_urls"]["medium"].replace("600x600", "1920x1080")]
        else:
            pages = work["meta_pages"] or work["meta_single_page"]
            urls = [url for url in urls_in(pages) if "/img-original/" in url]
        for number, url in enumerate(urls):
            expected[f"{work['id']}_p{number}.{url.rpartition('.')[2]}"] = client.file(url).body
    return expected


def test_gallery_dl_reads_one_work(client: Client, tmp_path: Path) -> None:
    work = client.works(1008)[0]
    (file,), _ = run_gallery_dl(client.sandbox, tmp_path, f"https://www.pixiv.net/artworks/{work['id']}")
    assert file.read_bytes() == client.file(work["meta_single_page"]["original_image_url"]).body
    assert any(request.path == "/v1/illust/detail" for request in client.sandbox.requests)


def test_gallery_dl_knows_a_placeholder_when_it_sees_one(client: Client, tmp_path: Path) -> None:
    files, log = run_gallery_dl(client.sandbox, tmp_path, "https://www.pixiv.net/users/1002/artworks")
    assert len(files) == 8
    assert log.count("'limit_sanity_level' warning") == 2
    assert log.count("'My pixiv' locked") == 1


def test_gallery_dl_says_that_a_user_is_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="NotFoundError"):
        run_gallery_dl(sandbox, tmp_path, "https://www.pixiv.net/users/1004/artworks")

"""Serving a gallery: who gets what, and that nothing else can be reached."""

from __future__ import annotations

import http.client
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.outputs.gallery.serving import GalleryServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GalleryServer]:
    data = tmp_path_factory.mktemp("served")
    for folder in ("gallery/data", "files/7", "filesystem"):
        (data / folder).mkdir(parents=True)
    (data / "secret.txt").write_text("secret")
    (data / "filesystem" / "x.png").write_text("secret")
    for name in (
        ".lock",
        "state.db",
        "data/notes.txt",
        "data/.s-0123456789ab.js.12.part",
        "data/s-0123456789ab.js/x.js",
    ):
        (data / "gallery" / name).parent.mkdir(parents=True, exist_ok=True)
        (data / "gallery" / name).write_text("secret")
    (data / "gallery" / "index.html").write_text("<p>page")
    (data / "gallery" / "data.js").write_text("script")
    (data / "gallery" / "files.js").write_text("window.FILES = '../files/';")
    (data / "files" / "7" / "1 #1_猫.png").write_bytes(bytes(range(100)))
    (data / "files" / "7" / "n1.html").write_text("<script>")
    (data / "files" / "link.txt").symlink_to(data / "secret.txt")
    (data / "files" / "loop").symlink_to(data / "files" / "loop")
    (data / "gallery" / "thumbs").mkdir()
    (data / "gallery" / "thumbs" / "i7-0123456789ab.webp").write_bytes(b"RIFF")
    with serving(data / "gallery", data / "files") as server:
        yield server


@contextmanager
def serving(gallery: Path, files: Path) -> Iterator[GalleryServer]:
    with GalleryServer(gallery, files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def get(
    server: GalleryServer, path: str, *, with_cookie: bool = True, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body; the path is sent as it is."""
    cookie = {"Cookie": f"other=1; gallery-{server.server_port}={server.token}"} if with_cookie else {}
    with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)) as connection:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()} | cookie
        )
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()


def test_the_url_has_a_token_that_is_exchanged_for_a_cookie(server: GalleryServer) -> None:
    url = urlsplit(server.url)
    assert (url.hostname, url.port, len(server.token)) == ("127.0.0.1", server.server_port, 43)
    status, headers, _ = get(server, f"{url.path}?{url.query}", with_cookie=False)
    assert (status, headers["Location"]) == (303, "/gallery/index.html")
    assert headers["Set-Cookie"] == f"gallery-{server.server_port}={server.token}; HttpOnly; SameSite=Lax; Path=/"
    status, headers, body = get(server, "/gallery/index.html")
    assert (status, headers["Content-Type"], body) == (200, "text/html; charset=utf-8", b"<p>page")


@pytest.mark.parametrize(
    "path", ["/", "/?token=wrong", "/?token=", "/gallery/index.html", "/files/7/n1.html", "/nothing"]
)
@pytest.mark.parametrize(
    "cookie", ["", "gallery=x", "gallery-{port}=wrong", "gallery-{port}=", "\x80;=", "gallery-1={token}"]
)
def test_without_the_token_nothing_is_served(server: GalleryServer, path: str, cookie: str) -> None:
    sent = cookie.format(port=server.server_port, token=server.token)
    status, _, body = get(server, path, with_cookie=False, Cookie=sent)
    assert status == 403
    assert b"token" in body
    assert server.token.encode() not in body


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt", "/gallery/../secret.txt", "/files/../secret.txt", "/files/%2e%2e/secret.txt", "/files/..%2fsecret.txt",
        "/files/7/../../secret.txt", "/files/..%5csecret.txt", "/files//etc/hostname", "/files/%2fetc%2fhostname",
        "/files/link.txt", "/files/loop", "/gallery/.lock", "/gallery", "/gallery/", "/files/7", "/../secret.txt", "/files/%00", "/filesystem/x.png",
        "/gallery/state.db", "/gallery/data/notes.txt", "/gallery/data/.s-0123456789ab.js.12.part", "/gallery/thumbs",
        "/gallery/data/s-0123456789ab.js/x.js", "/gallery/data/s-0123456789ab.js", "/gallery/page.py", "/gallery/C:x",
        "//secret.txt", "/files/../filesystem/x.png", "/gallery/%ff", "/files/7/" + "a" * 5000,
    ],
)  # fmt: skip
def test_nothing_but_the_page_and_the_files_of_works_can_be_reached(
    server: GalleryServer, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, _, body = get(server, path)
    assert status == 404
    assert b"secret" not in body
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("path", "range_", "status"),
    [
        ("http://[", "", 400),
        ("http://[::1]/gallery/index.html", "", 200),
        ("/files/7/n1.html", f"bytes=0-{'9' * 5000}", 206),
        ("/files/7/n1.html", f"bytes={'9' * 5000}-", 416),
        ("/files/7/n1.html", f"bytes={'9' * 5000}-{'9' * 5000}", 416),
        ("/files/7/n1.html", f"bytes={2**70}-", 416),
        ("/files/7/n1.html", "bytes=5-1", 416),
        ("/files/7/n1.html", "bytes=x", 200),
    ],
)
def test_an_odd_request_has_a_status_and_no_traceback(
    server: GalleryServer, path: str, range_: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    # With a host of its own, http.client does not read the path.
    assert get(server, path, Range=range_, Host="localhost")[0] == status
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "time", ["x", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 -0000"]
)
def test_an_odd_time_is_ignored(server: GalleryServer, time: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert get(server, "/gallery/index.html", If_Modified_Since=time)[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs a second user, which Windows has no call for")
def test_a_file_that_cannot_be_read_is_not_found(capfd: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:  # root can read it otherwise, and others the folder of the tests
        files = Path(folder)
        files.chmod(0o755)
        (files / "1.png").touch(0o000)
        with serving(files, files) as server:
            user = os.geteuid()
            try:
                os.seteuid(user or 65534)
                status = get(server, "/files/1.png")[0]
            finally:
                os.seteuid(user)
    assert (status, capfd.readouterr()) == (404, ("", ""))


def test_the_page_consists_of_its_scripts_styles_and_thumbnails(server: GalleryServer) -> None:
    assert get(server, "/gallery/thumbs/i7-0123456789ab.webp")[2] == b"RIFF"
    assert get(server, "/gallery/data.js")[2] == b"script"


def test_the_page_is_told_where_its_files_are(server: GalleryServer) -> None:
    assert get(server, "/gallery/files.js")[2] == b'window.FILES = "/files/";\n'


def test_a_file_is_served_whole_in_part_and_only_if_it_has_changed(server: GalleryServer) -> None:
    path = "/files/7/1%20%231_%E7%8C%AB.png"
    status, headers, body = get(server, path)
    assert (status, headers["Content-Type"], body) == (200, "image/png", bytes(range(100)))
    status, part, body = get(server, path, Range="bytes=10-19")
    assert (status, part["Content-Range"], body) == (206, "bytes 10-19/100", bytes(range(10, 20)))
    assert get(server, path, Range="bytes=90-")[2] == bytes(range(90, 100))
    assert get(server, path, Range="bytes=100-")[0] == 416
    assert get(server, path, If_Modified_Since=headers["Last-Modified"])[::2] == (304, b"")
    status, head, body = get(server, path, method="HEAD")
    assert (status, head["Content-Length"], body) == (200, "100", b"")


def test_a_page_among_the_files_cannot_run_scripts(server: GalleryServer) -> None:
    _, headers, _ = get(server, "/files/7/n1.html")
    assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_host_of_another_computer_or_a_used_port_is_rejected(server: GalleryServer, tmp_path: Path) -> None:
    for host, port in (("203.0.113.9", 0), ("127.0.0.1", server.server_port), ("no such host", 0)):
        with pytest.raises(SettingError, match="pass another --host or --port"):
            GalleryServer(tmp_path, tmp_path, host, port)
    with GalleryServer(tmp_path, tmp_path, "0.0.0.0") as everywhere:
        assert "0.0.0.0" not in everywhere.url

"""Proxies: which one is used for a request, and that everything goes through it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scrapy.settings import Settings

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.http.proxies import Proxies, Proxy
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler
from tests.in_process import scrapy_in_process
from tests.proxy_server import ProxyServer
from tests.tls import TlsServer

pytestmark = pytest.mark.promise("proxy")

LOGIN = ("me", "p@ss:word/1")
VARIABLES = {f"{name}_proxy" for name in ("http", "https", "all", "no")}
# Nobody has this name, so that a direct connection is not possible.
ELSEWHERE = "http://pixiv.invalid"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without proxies."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


# --- Which proxy -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("proxy:8080", "http://proxy:8080"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("me:word@proxy:8080", "http://me:word@proxy:8080"),
        ("http://proxy", "http://proxy:80"),
        ("https://proxy/", "https://proxy:443"),
        ("socks5://proxy", "socks5://proxy:1080"),
        ("SOCKS5H://me:p%40ss@[::1]:9050/", "socks5h://me:p%40ss@[::1]:9050"),
        ("socks4a://me@proxy", "socks4a://me:@proxy:1080"),
    ],
)
def test_a_proxy_is_a_url_or_host_and_port(value: str, url: str) -> None:
    assert Proxy.parse(value, "all_proxy").url == url


@pytest.mark.parametrize(
    "value",
    [
        "ftp://proxy:1", "socks://proxy:1", "socks6://me:hunter2@proxy:1", "proxy:0", "proxy:65536", "proxy:port", "http://",
        "http://:8080", "socks5h://me:hunter2@:1", "me:hunt/er2@proxy:1", "http://proxy:1/path", "http://proxy:1?x", "two words:1",
        "http://me:12#hunter2@proxy",
    ],
)  # fmt: skip
def test_an_unusable_proxy_is_rejected_before_anything_is_sent(crawl: Crawler, sandbox: Sandbox, value: str) -> None:
    with pytest.raises(SettingError, match=r"all_proxy '.*' is not a valid proxy: set it to a URL"):
        Proxy.parse(value, "all_proxy")
    done = crawl(user_id=1008, env=crawl.login | {"all_proxy": value})
    assert (done.status, sandbox.requests) == (1, [])
    assert done.log.splitlines()[-1].startswith("Error: all_proxy '")
    assert "hunt" not in done.log


def test_socks_4_has_no_passwords() -> None:
    with pytest.raises(SettingError, match="all_proxy has a password, which SOCKS 4 does not support") as raised:
        Proxy.parse("socks4a://me:hunter2@proxy", "all_proxy")
    assert "hunter2" not in str(raised.value)


def test_the_proxy_of_a_scheme_comes_before_all_proxy_and_no_proxy_before_both(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("all_proxy", "socks5h://one")
    environment.setenv("HTTPS_PROXY", "two:2")
    environment.setenv("no_proxy", "localhost,.pximg.net,host.example:81")
    proxies = Proxies.from_settings(Settings())
    found = {
        url: str(proxies.find(url))
        for url in (
            "http://host.example/",
            "http://host.example:81/",
            "https://host.example/",
            "https://i.pximg.net/x",
            "http://localhost:1/",
        )
    }
    assert list(found.values()) == ["socks5h://one:1080", "None", "http://two:2", "None", "None"]
    assert Proxies.from_settings(Settings({"HTTPPROXY_ENABLED": False})).find("http://host.example/") is None


def test_proxies_are_described_without_passwords(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("all_proxy", "socks5h://me:hunter2@proxy:1")
    environment.setenv("no_proxy", "i.pximg.net")
    urls = ["https://app-api.pixiv.net", "https://oauth.secure.pixiv.net/auth/token", "https://i.pximg.net"]
    assert Proxies.from_settings(Settings()).describe(urls) == [
        "Requests to app-api.pixiv.net, oauth.secure.pixiv.net go through the proxy socks5h://me:***@proxy:1",
        "Requests to i.pximg.net go directly, without a proxy",
    ]
    environment.delenv("all_proxy")
    assert Proxies.from_settings(Settings()).describe(urls) == []


# --- Crawls ------------------------------------------------------------------------------------------------------------


def crawl_elsewhere(crawl: Crawler, variable: str, value: str, host: str = ELSEWHERE, **env: str) -> Crawl:
    """A crawl with login, API requests and files; its servers have a name that only the proxy knows."""
    settings = {"PIXIV_API_URL": host, "PIXIV_OAUTH_URL": f"{host}/auth/token", "PIXIV_IMAGE_URL": host}
    return crawl(user_id=1008, max_works=3, settings=settings, env=crawl.login | {variable: value} | env)


@pytest.mark.parametrize("scheme", ["socks5h", "socks4a", "http", ""])
@pytest.mark.parametrize("variable", ["all_proxy", "HTTP_PROXY"])
def test_login_api_requests_and_files_go_through_the_proxy_which_resolves_their_host(
    sandbox: Sandbox, crawl: Crawler, scheme: str, variable: str
) -> None:
    login = None if scheme == "socks4a" else LOGIN
    with ProxyServer(urlsplit(sandbox.url).port or 0, login) as proxy:
        user = "me" if scheme == "socks4a" else "me:p%40ss%3Aword%2F1"
        value = f"{scheme and f'{scheme}://'}{user}@127.0.0.1:{proxy.port}"
        done = crawl_elsewhere(crawl, variable, value)
    assert done.status == 0, done.log
    assert {request.kind for request in sandbox.requests} == {"oauth", "api", "file"}
    assert set(proxy.hosts) == {"pixiv.invalid"}
    assert proxy.users == {"me"}
    assert proxy.bytes_down > sum(path.stat().st_size for path in done.files.values()) > 0
    assert (
        f"Requests to pixiv.invalid go through the proxy {scheme or 'http'}://me:***@127.0.0.1:{proxy.port}"
        in done.log
    )
    assert "ss:word" not in done.log
    assert "p%40ss" not in done.log


@pytest.mark.parametrize("scheme", ["socks5", "socks4"])
def test_with_the_other_schemes_this_machine_resolves_the_host(sandbox: Sandbox, crawl: Crawler, scheme: str) -> None:
    with ProxyServer(urlsplit(sandbox.url).port or 0) as proxy:
        value = f"{scheme}://127.0.0.1:{proxy.port}"
        assert crawl_elsewhere(crawl, "all_proxy", value, "http://localhost:1").status == 0
        assert set(proxy.hosts) == {"127.0.0.1"}
        failed = crawl_elsewhere(crawl, "all_proxy", value)
    assert failed.status == 2
    assert "pixiv.invalid" not in proxy.hosts
    assert "SOCKS proxy" not in failed.log  # which is not to blame


def test_hosts_in_no_proxy_are_connected_to_directly(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl_elsewhere(crawl, "all_proxy", "socks5h://127.0.0.1:1", sandbox.url, no_proxy="127.0.0.1")
    assert done.status == 0, done.log
    assert "go directly, without a proxy" in done.log


def test_the_simulated_pixiv_of_a_crawl_needs_no_proxy(crawl: Crawler) -> None:
    done = crawl(
        user_id=1008, max_works=1, files="none", settings={"PIXIV_SANDBOX": 1}, env={"all_proxy": "nonsense://"}
    )
    assert done.status == 0, done.log


@pytest.mark.parametrize(("scheme", "problem"), [("socks5h", "SOCKS proxy 127.0.0.1:1"), ("http", "127.0.0.1:1")])
def test_a_proxy_that_is_down_is_an_error_and_never_a_direct_connection(
    sandbox: Sandbox, crawl: Crawler, scheme: str, problem: str
) -> None:
    done = crawl_elsewhere(crawl, "all_proxy", f"{scheme}://127.0.0.1:1", sandbox.url)
    assert (done.status, done.report["finish_reason"]) == (2, "login_failed")
    assert sandbox.requests == []
    assert problem in done.log
    assert "Traceback" not in done.log


@pytest.mark.parametrize("scheme", ["socks5h", "http"])
def test_a_proxy_that_refuses_the_login_is_an_error(sandbox: Sandbox, crawl: Crawler, scheme: str) -> None:
    with ProxyServer(urlsplit(sandbox.url).port or 0, LOGIN) as proxy:
        done = crawl_elsewhere(crawl, "all_proxy", f"{scheme}://me:wrong@127.0.0.1:{proxy.port}", sandbox.url)
    assert (done.status, done.report["finish_reason"]) == (2, "login_failed")
    assert (sandbox.requests, proxy.hosts) == ([], [])
    assert "wrong" not in done.log


@pytest.mark.parametrize("scheme", ["socks5h", "socks5", "http"])
def test_encryption_reaches_from_here_to_the_server_and_its_certificate_is_verified(
    tmp_path: Path, crawl: Crawler, scheme: str
) -> None:
    with TlsServer(tmp_path) as server, ProxyServer(urlsplit(server.url).port or 0) as proxy:
        value = f"{scheme}://127.0.0.1:{proxy.port}"
        done = crawl_elsewhere(crawl, "https_proxy", value, server.url)
        assert "is not trusted" in done.log
        assert server.received == []
        trusted = crawl_elsewhere(crawl, "https_proxy", value, server.url, SSL_CERT_FILE=str(server.certificate))
        assert trusted.status == 2
    assert server.received[0].startswith(b"POST /auth/token")
    assert len(proxy.hosts) == server.connections


@pytest.mark.parametrize("scheme", ["socks5h", "http"])
def test_the_login_command_uses_the_proxy(sandbox: Sandbox, tmp_path: Path, scheme: str) -> None:
    with ProxyServer(urlsplit(sandbox.url).port or 0) as proxy:
        settings = {"PIXIV_OAUTH_URL": f"{ELSEWHERE}/auth/token", "PIXIV_TOKEN_FILE": tmp_path / "token.json"}
        words = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        env = {"PIXIV_REFRESH_TOKEN": sandbox.refresh_token, "all_proxy": f"{scheme}://127.0.0.1:{proxy.port}"}
        done = scrapy_in_process("login", *words, "--check", env=env)
    assert done.returncode == 0, done.stderr
    assert proxy.hosts == ["pixiv.invalid"]
    down = scrapy_in_process("login", *words, "--check", env=env | {"all_proxy": f"{scheme}://127.0.0.1:1"})
    assert (down.returncode, len(sandbox.requests)) == (2, 1)

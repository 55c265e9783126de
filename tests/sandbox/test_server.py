from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox, SandboxError, User, WorkSpec

from .client import Client

LISTING = "/v1/user/illusts"


def test_a_sandbox_listens_on_loopback_only_and_on_a_free_port(sandbox: Sandbox) -> None:
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert sandbox.oauth_url == f"{sandbox.url}/auth/token"


def test_a_port_in_use_is_an_error_of_one_sentence(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(SandboxError, match=f"cannot listen on 127.0.0.1:{port} .* use another port"):
        Sandbox(port=port).start()


def test_an_invalid_port_is_an_error() -> None:
    with pytest.raises(SandboxError, match="is not a valid port"):
        Sandbox(port=70_000).start()


def test_a_sandbox_has_no_url_before_it_starts() -> None:
    with pytest.raises(SandboxError, match="before it is started"):
        Sandbox().url  # noqa: B018  the property is what is tested


def test_a_stopped_sandbox_closes_its_port_and_leaves_no_thread() -> None:
    before = sandbox_threads()
    sandbox = Sandbox()
    sandbox.start()
    address = ("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    sandbox.stop()
    sandbox.stop()
    assert sandbox_threads() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def sandbox_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "sandbox"}


def test_a_slow_response_does_not_delay_the_end() -> None:
    sandbox = Sandbox()
    sandbox.start()
    client = Client(sandbox)
    client.renew()
    sandbox.add_fault(Fault("slow", seconds=30))
    with ThreadPoolExecutor() as pool:
        response = pool.submit(client.request, "GET", "/common/images/no_profile.png")
        while not sandbox.peak("file"):
            time.sleep(0.01)
        started = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - started < 5
        assert response.exception(timeout=5) is not None


def test_every_request_is_logged_with_its_content(client: Client) -> None:
    client.api(LISTING, {"X-Test": "yes"}, user_id=1003)
    client.request("GET", "/common/images/no_profile.png", {"Authorization": "Bearer leaked"})
    token, listing, file = client.sandbox.requests
    assert (token.kind, token.method, token.path, token.status) == ("oauth", "POST", "/auth/token", 200)
    assert "grant_type=refresh_token" in token.body
    assert (listing.kind, listing.path, listing.query) == ("api", LISTING, {"user_id": "1003"})
    assert listing.headers["x-test"] == "yes"
    assert (file.kind, file.headers["authorization"]) == ("file", "Bearer leaked")
    assert token.started <= token.finished <= listing.started <= listing.finished <= file.started


def test_rejected_requests_are_logged_too(client: Client) -> None:
    client.request("GET", "/elsewhere?a=%E7%8C%AB")
    (request,) = client.sandbox.requests
    assert (request.path, request.query, request.status, request.kind) == ("/elsewhere", {"a": "猫"}, 404, "api")


def test_latency_is_added_to_every_response() -> None:
    with Sandbox(latency_seconds=0.2) as sandbox:
        started = time.monotonic()
        Client(sandbox).request("GET", "/common/images/no_profile.png")
        assert time.monotonic() - started >= 0.2
        (request,) = sandbox.requests
        assert request.finished - request.started >= 0.2


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_peak_is_the_highest_number_of_concurrent_requests_of_a_kind(at_once: int) -> None:
    with Sandbox(latency_seconds=0.2) as sandbox, ThreadPoolExecutor(at_once) as pool:
        client = Client(sandbox)
        replies = [pool.submit(client.request, "GET", "/common/images/no_profile.png") for _ in range(at_once * 2)]
        assert {reply.result().status for reply in replies} == {200}
        assert (sandbox.peak("file"), sandbox.peak("api"), sandbox.peak("oauth")) == (at_once, 0, 0)


@pytest.mark.e2e
def test_threads_can_read_and_change_a_sandbox_concurrently(client: Client) -> None:
    sandbox = client.sandbox
    client.renew()

    def work(number: int) -> None:
        sandbox.add_user(User(5000 + number, "n", "a", (WorkSpec(),) * 3))
        sandbox.add_fault(Fault("server_error_500", f"/never/{number}"))
        assert len(Client(sandbox).works(5000 + number)) == 3
        assert len(sandbox.requests) > 0
        sandbox.clear_faults()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(64)))
    assert len(sandbox.requests) == 1 + 64 * 2


def test_many_sandboxes_can_run_at_once() -> None:
    with Sandbox() as first, Sandbox() as second:
        assert first.url != second.url
        assert Client(second).renew(first.refresh_token).status == 400


def test_a_missing_folder_of_samples_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"nowhere does not exist"):
        Sandbox(samples=tmp_path / "nowhere").start()

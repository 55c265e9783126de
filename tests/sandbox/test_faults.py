from __future__ import annotations

import gzip
import json
import socket
import time
from http.client import IncompleteRead, RemoteDisconnected
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from PIL import Image

from pixiv_crawler.sandbox import Fault, SandboxError
from pixiv_crawler.sandbox.server.faults import KINDS

from .client import Client, Reply

LISTING = "/v1/user/illusts"
FILE = "/img-original/"


def listing(client: Client, user_id: int = 1008) -> Reply:
    return client.api(LISTING, user_id=user_id)


@pytest.fixture
def url(client: Client) -> str:
    """An original."""
    return str(listing(client).json["illusts"][0]["meta_single_page"]["original_image_url"])


@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_has_its_own_error(client: Client, status: int) -> None:
    client.sandbox.add_fault(Fault(f"rate_limit_{status}", LISTING))
    reply = listing(client)
    assert (reply.status, reply.message) == (status, "Rate Limit")
    assert "retry-after" not in reply.headers
    assert listing(client).status == 200


def test_a_rate_limit_can_have_a_retry_after(client: Client) -> None:
    client.sandbox.add_fault(Fault("rate_limit_429", LISTING, seconds=1.5))
    assert listing(client).headers["retry-after"] == "2"


def test_an_expired_token_is_an_invalid_grant(client: Client) -> None:
    client.sandbox.add_fault(Fault("token_expired", LISTING))
    reply = listing(client)
    assert reply.status == 400
    assert reply.message.endswith("invalid_grant")


@pytest.mark.parametrize(
    ("kind", "status"), [("html_403", 403), ("html_503", 503), ("html_200", 200), ("html_file", 200)]
)
def test_an_html_page_can_replace_json(client: Client, kind: str, status: int) -> None:
    client.sandbox.add_fault(Fault(kind, LISTING))
    reply = listing(client)
    assert reply.status == status
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")


def test_a_server_error_is_json(client: Client) -> None:
    client.sandbox.add_fault(Fault("server_error_500", LISTING))
    reply = listing(client)
    assert (reply.status, reply.message) == (500, "Internal Server Error")


def test_json_can_be_truncated(client: Client) -> None:
    complete = listing(client).body
    client.sandbox.add_fault(Fault("cut_json", LISTING))
    reply = listing(client)
    assert reply.status == 200
    assert complete.startswith(reply.body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


@pytest.mark.parametrize(("kind", "status"), [("empty_body", 200), ("empty_404", 404)])
def test_a_response_can_be_empty(client: Client, kind: str, status: int) -> None:
    client.sandbox.add_fault(Fault(kind, LISTING))
    reply = listing(client)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (status, b"", "0")
    assert reply.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(("kind", "entries"), [("null_entries", None), ("not_json_list", "not a list")])
def test_entries_can_have_another_type_than_a_list(client: Client, kind: str, entries: object) -> None:
    complete = listing(client).json
    client.sandbox.add_fault(Fault(kind, LISTING))
    assert listing(client).json == complete | {"illusts": entries}


def test_the_second_entry_can_be_invalid(client: Client) -> None:
    complete = listing(client).json
    client.sandbox.add_fault(Fault("bad_entry", LISTING))
    complete["illusts"][1]["total_view"] = "many"
    assert listing(client).json == complete


def test_works_can_have_an_unknown_field(client: Client) -> None:
    client.sandbox.add_fault(Fault("new_field", times=None))
    works = listing(client).json["illusts"]
    assert all("brand_new_field" in work for work in works)
    assert "brand_new_field" in client.api("/v1/illust/detail", illust_id=works[0]["id"]).json["illust"]


def test_a_work_can_be_reported_as_missing(client: Client) -> None:
    client.sandbox.add_fault(Fault("not_found_404", "/v1/illust/detail"))
    work_id = client.sandbox.world.works(1008)[0].id
    reply = client.api("/v1/illust/detail", {"Accept-Language": "en"}, illust_id=work_id)
    assert reply.status == 404
    assert reply.user_message == "The artwork has been deleted or the artwork ID does not exist."


def test_the_content_type_can_be_wrong(client: Client, url: str) -> None:
    client.sandbox.add_fault(Fault("wrong_content_type", times=2))
    assert listing(client).headers["content-type"].startswith("text/plain")
    reply = client.file(url)
    assert reply.headers["content-type"].startswith("text/plain")
    Image.open(BytesIO(reply.body)).load()


def test_a_redirect_leads_to_another_host_name(client: Client) -> None:
    client.sandbox.add_fault(Fault("redirect", LISTING))
    reply = listing(client)
    port = client.sandbox.url.rpartition(":")[2]
    assert (reply.status, reply.headers["location"]) == (302, f"http://localhost:{port}/elsewhere")


def test_a_response_can_be_slow(client: Client) -> None:
    client.renew()
    client.sandbox.add_fault(Fault("slow", LISTING, seconds=0.3))
    started = time.monotonic()
    assert listing(client).status == 200
    assert time.monotonic() - started >= 0.3


def test_the_connection_can_close_without_a_response(client: Client) -> None:
    client.sandbox.add_fault(Fault("reset", LISTING))
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        listing(client)
    assert client.sandbox.requests[-1].status == 0
    assert listing(client).status == 200


def test_a_file_can_be_cut_in_half(client: Client, url: str) -> None:
    complete = client.file(url).body
    client.sandbox.add_fault(Fault("truncated", FILE))
    reply = client.file(url)
    assert reply.status == 200
    assert reply.body == complete[: len(complete) // 2]
    assert reply.headers["content-length"] == str(len(reply.body))


def test_a_file_can_be_shorter_than_its_content_length(client: Client, url: str) -> None:
    complete = client.file(url).body
    client.sandbox.add_fault(Fault("short_body", FILE))
    with pytest.raises(IncompleteRead) as caught:
        client.file(url)
    assert caught.value.partial == complete[: len(complete) // 2]
    assert client.file(url).body == complete


@pytest.mark.parametrize(("kind", "body"), [("empty_file", b""), ("html_file", b"<!DOCTYPE html>")])
def test_a_file_can_be_something_else(client: Client, url: str, kind: str, body: bytes) -> None:
    client.sandbox.add_fault(Fault(kind, FILE))
    reply = client.file(url)
    assert reply.status == 200
    assert reply.body.startswith(body)
    assert bool(reply.body) is bool(body)


def test_the_token_url_can_respond_without_a_token(client: Client) -> None:
    client.sandbox.add_fault(Fault("garbage_token", "/auth/token"))
    reply = client.renew()
    assert reply.status == 200
    assert "access_token" not in reply.json
    assert "access_token" not in reply.json["response"]


def test_the_token_url_can_be_behind_a_challenge(client: Client) -> None:
    client.sandbox.add_fault(Fault("html_403", "/auth/token"))
    assert client.renew().status == 403
    assert client.renew().status == 200


def test_a_fault_can_start_late_and_end(client: Client) -> None:
    client.sandbox.add_fault(Fault("server_error_500", LISTING, times=2, after=1))
    assert [listing(client).status for _ in range(4)] == [200, 500, 500, 200]


def test_faults_of_one_path_occur_one_after_another(client: Client) -> None:
    client.sandbox.add_fault(Fault("server_error_500", LISTING))
    client.sandbox.add_fault(Fault("html_503", LISTING))
    assert [listing(client).status for _ in range(3)] == [500, 503, 200]


def test_a_fault_can_last_until_it_is_cleared(client: Client) -> None:
    client.sandbox.add_fault(Fault("server_error_500", LISTING, times=None))
    assert [listing(client).status for _ in range(5)] == [500] * 5
    client.sandbox.clear_faults()
    assert listing(client).status == 200


@pytest.mark.e2e
def test_a_fault_affects_its_path_only(client: Client, url: str) -> None:
    client.sandbox.add_fault(Fault("server_error_500", FILE, times=None))
    assert listing(client).status == 200
    assert client.file(url).status == 500


def test_a_fault_affects_its_share_of_the_requests_and_always_the_same_ones(client: Client) -> None:
    rounds = []
    for _ in range(2):
        client.sandbox.clear_faults()
        client.sandbox.add_fault(Fault("server_error_500", LISTING, times=None, share=0.3))
        rounds.append([listing(client).status for _ in range(60)])
    assert rounds[0] == rounds[1]
    assert 8 <= rounds[0].count(500) <= 28


def test_a_fault_can_be_limited_to_a_part_of_the_url(client: Client, url: str) -> None:
    client.sandbox.add_fault(Fault("server_error_500", LISTING, where="user_id=1006", times=None))
    assert [listing(client, user_id).status for user_id in (1006, 1008, 1006)] == [500, 200, 500]
    client.sandbox.add_fault(Fault("empty_404", where=url.rpartition("/")[2]))
    assert [client.file(url).status, client.file(url).status] == [404, 200]


@pytest.mark.e2e
def test_mixed_faults_affect_their_share_in_any_order_of_requests(client: Client) -> None:
    kinds = ("server_error_500", "empty_404", "html_403")
    rounds = []
    for is_disturbed in (False, True):
        client.sandbox.clear_faults()
        client.sandbox.mix_faults([Fault(kind, LISTING) for kind in kinds], 0.6)
        statuses = []
        for _ in range(60):
            statuses.append(listing(client).status)
            if is_disturbed:
                listing(client, 1006)
        rounds.append(statuses)
    assert rounds[0] == rounds[1]
    assert all(rounds[0].count(status) >= 5 for status in (200, 404, 403, 500))


def test_the_request_log_names_the_fault_of_each_request(client: Client) -> None:
    client.sandbox.add_fault(Fault("html_503", LISTING))
    assert [listing(client).status, listing(client).status] == [503, 200]
    assert [request.fault for request in client.sandbox.requests if request.path == LISTING] == ["html_503", ""]


def test_the_request_log_contains_requests_whose_client_disconnected(client: Client) -> None:
    client.renew()
    client.sandbox.add_fault(Fault("slow", LISTING, seconds=30))
    url = urlsplit(client.sandbox.url)
    with socket.create_connection((url.hostname, url.port)) as connection:
        connection.sendall(f"GET {LISTING}?user_id=1008 HTTP/1.1\r\nHost: sandbox\r\n\r\n".encode())
        time.sleep(0.2)
    deadline = time.monotonic() + 10
    while (last := client.sandbox.requests[-1]).path != LISTING and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (last.fault, last.status) == ("slow", 0)


def test_a_request_that_a_fault_rejects_uses_no_token(client: Client) -> None:
    client.sandbox.add_fault(Fault("rate_limit_403", LISTING))
    assert client.request("GET", LISTING).message == "Rate Limit"


def test_the_error_about_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(
        SandboxError, match=r"'flood' is not a kind of fault: use one of bad_entry, .*wrong_content_type\."
    ):
        Fault("flood")


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.e2e
def test_no_fault_breaks_the_sandbox_itself(client: Client, url: str, kind: str) -> None:
    client.sandbox.add_fault(Fault(kind, times=3))
    for ask in (listing, Client.renew):
        try:
            ask(client)
        except (OSError, RemoteDisconnected, IncompleteRead):
            continue
    try:
        reply = client.file(url)
        assert reply.status != 500 or kind == "server_error_500"
    except (OSError, RemoteDisconnected, IncompleteRead):
        pass
    assert client.file(url).status == listing(client).status == 200


def file_url(client: Client) -> str:
    client.sandbox.world.add_user(50, works=1, file_bytes=100_000)
    work = client.api("/v1/user/illusts", user_id=50).json["illusts"][0]
    return str(work["meta_single_page"]["original_image_url"])


@pytest.mark.parametrize("kind", ["reset_after", "stall_after"])
def test_a_body_can_end_after_a_number_of_bytes(client: Client, kind: str) -> None:
    url = file_url(client)
    client.sandbox.add_fault(Fault(kind, "/img-original/", body_bytes=30_000, seconds=0.1))
    with pytest.raises(IncompleteRead) as error:
        client.file(url)
    assert len(error.value.partial) == 30_000


def test_ranges_can_be_ignored_shifted_or_of_another_file(client: Client) -> None:
    url = file_url(client)
    complete = client.file(url)
    for kind in ("ignored_range", "moved_range", "changed_range"):
        client.sandbox.add_fault(Fault(kind, "/img-original/"))
    ignored, moved, changed = (client.file(url, Range="bytes=1000-") for _ in range(3))
    assert (ignored.status, ignored.body) == (200, complete.body)
    assert moved.headers["content-range"].startswith("bytes 999-")
    assert changed.status == 206
    assert changed.headers["etag"] != complete.headers["etag"]


def test_a_file_can_be_compressed(client: Client) -> None:
    url = file_url(client)
    complete = client.file(url).body
    client.sandbox.add_fault(Fault("packed_file", "/img-original/"))
    reply = client.file(url)
    assert reply.headers["content-encoding"] == "gzip"
    assert gzip.decompress(reply.body) == complete

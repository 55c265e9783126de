from __future__ import annotations

import errno
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from pixiv_crawler.api.oauth import Account, Grant
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.http.token_store import (
    Login,
    find_login,
    fingerprint,
    latest_login,
    login_file,
    read_login,
    write_login,
)
from tests.crawling import PROJECT

LOGIN = Login("refresh-A", "access-A", 2_000_000_000.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "pixiv_crawler" / "token.json"


@pytest.fixture(autouse=True)
def _no_token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIXIV_REFRESH_TOKEN", raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_stored_login_is_read_back(path: Path) -> None:
    write_login(path, LOGIN)
    assert read_login(path) == LOGIN
    assert json.loads(path.read_bytes())["refresh_token"] == "refresh-A"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_access_file_and_folder_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_login(path, LOGIN)
    finally:
        os.umask(before)
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_storing_a_login_restricts_the_file_but_not_an_existing_folder(tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    tmp_path.chmod(0o755)
    path.write_text("{}")
    path.chmod(0o644)
    write_login(path, LOGIN)
    assert (mode(path), mode(tmp_path)) == (0o600, 0o755)


def test_no_temporary_file_remains_in_the_folder(path: Path) -> None:
    for _ in range(3):
        write_login(path, LOGIN)
    assert list(path.parent.iterdir()) == [path]


def test_a_login_that_cannot_be_stored_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "token.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_login(tmp_path / "token.json", LOGIN)
    assert list(tmp_path.iterdir()) == [tmp_path / "token.json"]


def test_a_folder_that_is_a_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Not a directory|exists"):
        write_login(tmp_path / "file" / "token.json", LOGIN)


WRITER = """
import itertools, sys
from pathlib import Path
from pixiv_crawler.http.token_store import Login, write_login
path = Path(sys.argv[1])
for number in itertools.count():
    write_login(path, Login(f"refresh-{number}" * 500, f"access-{number}" * 500))
    if number == 0:
        print("ready", flush=True)
"""


@pytest.mark.kill
def test_the_file_is_always_complete_although_its_writer_is_killed(path: Path) -> None:
    rng = random.Random("kill")
    numbers = set()
    for _ in range(15):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], cwd=PROJECT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(rng.random() * 0.1)
            writer.send_signal(signal.SIGKILL)
        login = read_login(path)
        assert login is not None
        number = login.refresh_token.removeprefix("refresh-").partition("refresh-")[0]
        assert login.refresh_token == f"refresh-{number}" * 500
        assert login.access_token == f"access-{number}" * 500
        numbers.add(number)
    assert len(numbers) > 1, "the writers were killed while they wrote"
    assert all(mode(file) == 0o600 for file in path.parent.iterdir())


def test_a_reader_never_sees_an_incomplete_login(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, path], cwd=PROJECT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        seen: set[str] = set()
        enough = time.monotonic() + 20
        while len(seen) < 5 and time.monotonic() < enough:
            login = read_login(path)
            assert login is not None
            seen.add(login.refresh_token)
        writer.kill()
    assert len(seen) == 5
    assert all(token == token[: len(token) // 500] * 500 for token in seen)


def test_without_a_file_there_is_no_login(path: Path) -> None:
    assert read_login(path) is None
    assert find_login("", path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"null", b"[]", b'"refresh-A"', b"refresh-A", b'{"refresh_token": 5}', b'{"refresh_token": null}',
     b'{"refresh_token": "a", "expires_at": "soon"}', b'{"refresh_token": "a"', b'{"refresh_token": "\xff"}',
     b"\x00" * 100, b"[" * 100_000, b'{"refresh_token":' * 100_000],
)  # fmt: skip
def test_an_invalid_file_is_rejected_in_one_sentence_and_not_changed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token.json"
    path.write_bytes(content)
    with pytest.raises(SettingError) as raised:
        find_login("refresh-A", path)
    assert str(raised.value) == (
        f"the token file {path} does not contain a login; delete it, or set PIXIV_TOKEN_FILE to another file"
    )
    assert path.read_bytes() == content


def test_a_folder_instead_of_the_file_is_rejected_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        SettingError, match=r"^the token file .* cannot be read \(.*\); set PIXIV_TOKEN_FILE to another file$"
    ):
        read_login(tmp_path)


def test_a_file_with_only_a_refresh_token_is_a_login(tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    path.write_text('{"refresh_token": "refresh-A", "a_later_version": {}}')
    login = read_login(path)
    assert login == Login("refresh-A")
    assert login.seconds_left < 0


@pytest.mark.parametrize(
    ("configured", "environment", "stored", "token"),
    [
        ("setting", "environment", "file", "setting"),
        ("", "environment", "file", "environment"),
        ("", "", "file", "file"),
        (" \n", "  ", "file", "file"),
        (" setting\n", "environment", "", "setting"),
        ("", "\tenvironment \n", "", "environment"),
    ],
)
def test_the_setting_takes_precedence_over_the_environment_and_both_over_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, configured: str, environment: str, stored: str, token: str
) -> None:
    monkeypatch.setenv("PIXIV_REFRESH_TOKEN", environment)
    if stored:
        write_login(path, Login(stored, "access"))
    login = find_login(configured, path)
    assert login is not None
    assert login.refresh_token == token
    assert login.access_token == ("access" if token == "file" else "")


@pytest.mark.parametrize("configured", ["refresh-A", "  refresh-A\n", ""])
def test_the_access_token_of_the_same_refresh_token_is_reused(path: Path, configured: str) -> None:
    write_login(path, LOGIN)
    assert find_login(configured, path) == LOGIN


def test_a_replaced_token_finds_the_one_that_replaced_it(path: Path) -> None:
    replaced = Login("refresh-A").renewed(Grant("access-B", "refresh-B"))
    write_login(path, replaced)
    assert find_login("refresh-A", path) == replaced
    assert find_login("refresh-B", path) == replaced
    assert find_login("refresh-C", path) == Login("refresh-C")


def test_a_renewal_with_the_same_refresh_token_keeps_earlier_replacements(path: Path) -> None:
    replaced = Login("refresh-A").renewed(Grant("access-B", "refresh-B"))
    again = replaced.renewed(Grant("access-C", "refresh-B"))
    write_login(path, again)
    assert again.access_token == "access-C"
    assert find_login("refresh-A", path) == again


def test_a_token_that_was_never_replaced_is_found_only_by_itself(path: Path) -> None:
    login = Login("refresh-A").renewed(Grant("access", "refresh-A"))
    write_login(path, login)
    assert find_login("refresh-A", path) == login
    for other in ("refresh-B", fingerprint("refresh-A"), fingerprint("")):
        assert find_login(other, path) == Login(other)


def test_an_access_token_is_valid_as_long_as_pixiv_says() -> None:
    login = Login("refresh-A").renewed(Grant("access", "refresh-A", expires_in=1800))
    assert 1790 < login.seconds_left <= 1800
    assert Login("refresh-A").seconds_left < 0


def test_a_replaced_token_is_not_stored(path: Path) -> None:
    write_login(path, Login("refresh-A").renewed(Grant("access-B", "refresh-B")))
    assert b"refresh-A" not in path.read_bytes()
    assert fingerprint("refresh-A") == sha256(b"refresh-A").hexdigest()


# --- Accounts and replacements ------------------------------------------------------------------------------------------

ACCOUNT = Account(id="11", name="絵描き", account="painter", is_premium=True, x_restrict=1)


def test_the_account_of_a_login_is_stored_with_it_and_renewed_with_it(path: Path) -> None:
    login = LOGIN.renewed(Grant("access-B", "refresh-A", 3600, ACCOUNT))
    write_login(path, login)
    stored = read_login(path)
    assert stored == login
    assert stored is not None
    assert stored.account == ACCOUNT
    assert stored.renewed(Grant("access-C", "refresh-A")).account is None


def test_a_login_stored_without_an_account_is_read(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('{"refresh_token": "refresh-A"}', "utf-8")
    assert read_login(path) == Login("refresh-A")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_token_that_was_replaced_several_times_finds_its_login(path: Path, count: int) -> None:
    login = LOGIN
    for number in range(count):
        login = login.renewed(Grant("access", f"refresh-{number}"))
    write_login(path, login)
    assert login.replaces == tuple(fingerprint(token) for token in ["refresh-A", "refresh-0", "refresh-1"][:count])
    assert find_login("refresh-A", path) == login
    assert latest_login(LOGIN, path) == login
    assert login_file("refresh-A", path) == path


def test_a_renewal_without_a_new_refresh_token_replaces_nothing() -> None:
    assert LOGIN.renewed(Grant("access-B", "refresh-A")).replaces == ()


def test_the_token_of_another_account_has_a_separate_file(path: Path) -> None:
    assert login_file("refresh-B", path) == path
    write_login(path, LOGIN)
    other = login_file(" refresh-B ", path)
    assert other.parent == path.parent
    assert other != path
    assert other.suffix == ".json"
    assert "refresh-B" not in other.name
    assert login_file("", path) == login_file("refresh-A", path) == path
    assert login_file("refresh-C", path) != other


def test_a_login_without_a_replacement_is_the_latest(path: Path) -> None:
    assert latest_login(LOGIN, path) is LOGIN
    write_login(path, Login("refresh-B"))
    assert latest_login(LOGIN, path) is LOGIN
    path.write_text("broken", "utf-8")
    assert latest_login(LOGIN, path) is LOGIN


# --- Mounted secrets -------------------------------------------------------------------------------------------------


def test_a_login_is_stored_through_a_symbolic_link(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "secrets" / "token.json")
    write_login(path, LOGIN)
    assert path.is_symlink()
    assert read_login(tmp_path / "secrets" / "token.json") == LOGIN
    assert mode(tmp_path / "secrets" / "token.json") == 0o600


@pytest.mark.parametrize("error", [errno.EACCES, errno.EROFS, errno.EBUSY])
def test_a_file_in_a_folder_that_cannot_be_changed_is_written_in_place(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    write_login(path, Login("another-token-that-is-longer", "access", 1.0))
    inode = path.stat().st_ino

    def refused(*args: object, **options: object) -> None:
        raise OSError(error, os.strerror(error))

    # Tests may run as root, for whom every folder is writable.
    monkeypatch.setattr("pixiv_crawler.http.token_store.write_atomically", refused)
    write_login(path, LOGIN)
    assert (read_login(path), path.stat().st_ino) == (LOGIN, inode)

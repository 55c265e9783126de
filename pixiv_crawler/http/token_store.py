"""The file that keeps a login between runs."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from pixiv_crawler.api.errors import BROKEN_JSON
from pixiv_crawler.api.oauth import Account, Grant
from pixiv_crawler.console.redaction import know
from pixiv_crawler.exceptions import SettingError


class Login(msgspec.Struct, frozen=True):
    """A refresh token, and the access token that it last gave."""

    refresh_token: str
    access_token: str = ""
    expires_at: float = 0.0
    """When the access token ends, in seconds since 1970 (UTC)."""
    account: Account | None = None
    """Whose login it is."""
    replaces: tuple[str, ...] = ()
    """SHA-256 of each refresh token that this one took the place of, the first one first."""

    def __post_init__(self) -> None:
        know(self.refresh_token, self.access_token)

    def __repr__(self) -> str:
        return f"Login(expires_at={self.expires_at}, account={self.account})"

    @property
    def seconds_left(self) -> float:
        """How long the access token lives; 0 or less when there is none or it is over."""
        return self.expires_at - time.time()

    def renewed(self, grant: Grant) -> Login:
        """The login after a renewal."""
        is_same = grant.refresh_token == self.refresh_token
        replaces = self.replaces if is_same else (*self.replaces, fingerprint(self.refresh_token))
        expires_at = time.time() + grant.expires_in
        return Login(grant.refresh_token, grant.access_token, expires_at, grant.user, replaces)


def fingerprint(token: str) -> str:
    """Tells tokens apart without telling them."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_login(path: Path) -> Login | None:
    """The stored login; None when the file is not there.

    Raises:
        SettingError: the file cannot be read or holds something else; it is left as it is.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Login)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingError(f"the token file {path} cannot be read ({error.strerror}); set PIXIV_TOKEN_FILE") from error
    except BROKEN_JSON as error:
        raise SettingError(
            f"the token file {path} holds no login; delete it, or set PIXIV_TOKEN_FILE to another file"
        ) from error


def find_login(configured: str, token_file: Path) -> Login | None:
    """The login to use: of the setting, else of the environment, else of the token file.

    What the token file knows of the same refresh token counts: its access token, or the token that replaced it.
    """
    token = configured.strip() or os.environ.get("PIXIV_REFRESH_TOKEN", "").strip()
    stored = read_login(token_file)
    if not token or (stored and token == stored.refresh_token) or (stored and fingerprint(token) in stored.replaces):
        return stored
    return Login(token)


def login_file(configured: str, token_file: Path) -> Path:
    """Where the login of a run is kept: a token given for this run does not take the place of another stored login."""
    stored, token = read_login(token_file), configured.strip() or os.environ.get("PIXIV_REFRESH_TOKEN", "").strip()
    if not token or stored is None or token == stored.refresh_token or fingerprint(token) in stored.replaces:
        return token_file
    return token_file.with_name(f"{token_file.stem}-{fingerprint(token)[:16]}{token_file.suffix}")


def newest(login: Login, path: Path) -> Login:
    """The stored login when it took the place of that one, else that one itself."""
    try:
        stored = read_login(path)
    except SettingError:
        return login
    return stored if stored and fingerprint(login.refresh_token) in stored.replaces else login


def shared(login: Login, path: Path) -> Login | None:
    """The stored login when it is that one, renewed by another run perhaps; None when it is another's."""
    with suppress(SettingError):
        stored = read_login(path)
        if stored and (
            stored.refresh_token == login.refresh_token or fingerprint(login.refresh_token) in stored.replaces
        ):
            return stored
    return None


def write_login(path: Path, login: Login) -> None:
    """Stores a login whole or not at all, for its owner's eyes only.

    Raises:
        OSError: the file cannot be written.
    """
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as part:
        try:
            part.write(msgspec.json.encode(login))
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(path)  # created with mode 0600
        except BaseException:
            with suppress(OSError):
                Path(part.name).unlink()
            raise

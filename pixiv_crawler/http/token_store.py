"""The file that stores a login between runs."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from pixiv_crawler.api.classification import BROKEN_JSON
from pixiv_crawler.api.oauth import Account, Grant
from pixiv_crawler.console.redaction import register_secrets
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout.atomic_write import make_folder, sync_to_disk, write_atomically
from pixiv_crawler.layout.regular_files import read_regular, regular_only

logger = logging.getLogger(__name__)

# A mounted file, such as a container's secret, can be written to, but nothing can be created next to it or renamed to
# it.
_FIXED_FOLDER = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY}


class Login(msgspec.Struct, frozen=True):
    """A refresh token, and the last access token obtained with it."""

    refresh_token: str
    access_token: str = ""
    expires_at: float = 0.0
    """When the access token expires, in seconds since 1970 (UTC)."""
    account: Account | None = None
    """The account that is logged in."""
    replaces: tuple[str, ...] = ()
    """SHA-256 of each refresh token that this one replaces, oldest first."""

    def __post_init__(self) -> None:
        register_secrets(self.refresh_token, self.access_token)

    def __repr__(self) -> str:
        return f"Login(expires_at={self.expires_at}, account={self.account})"

    @property
    def seconds_left(self) -> float:
        """Seconds until the access token expires; 0 or less if there is none or it has expired."""
        return self.expires_at - time.time()

    def continues(self, token: str) -> bool:
        """Whether it has a refresh token, or one that replaces it."""
        return token == self.refresh_token or fingerprint(token) in self.replaces

    def renewed(self, grant: Grant) -> Login:
        """The login after a renewal."""
        is_same = grant.refresh_token == self.refresh_token
        replaces = self.replaces if is_same else (*self.replaces, fingerprint(self.refresh_token))
        expires_at = time.time() + grant.expires_in
        return Login(grant.refresh_token, grant.access_token, expires_at, grant.user, replaces)


def _token(configured: str) -> str:
    return configured.strip() or os.environ.get("PIXIV_REFRESH_TOKEN", "").strip()


def fingerprint(token: str) -> str:
    """Identifies a token without revealing it."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_login(path: Path) -> Login | None:
    """The stored login; None if the file does not exist.

    Raises:
        SettingError: the file cannot be read or is not a token file; it is not changed.
    """
    try:
        return msgspec.json.decode(read_regular(path), type=Login)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingError(
            f"the token file {path} cannot be read ({error.strerror}); set PIXIV_TOKEN_FILE to another file"
        ) from error
    except BROKEN_JSON as error:
        raise SettingError(
            f"the token file {path} does not contain a login; delete it, or set PIXIV_TOKEN_FILE to another file"
        ) from error


def find_login(configured: str, token_file: Path) -> Login | None:
    """The login to use: from the setting, otherwise from the environment, otherwise from the token file.

    If the token file contains the same refresh token, or one that replaces it, the stored login is used.
    """
    token, stored = _token(configured), read_login(token_file)
    return stored if not token or (stored and stored.continues(token)) else Login(token)


def login_file(configured: str, token_file: Path) -> Path:
    """The file that stores the login of a run: a token passed to one run does not overwrite another stored login."""
    token, stored = _token(configured), read_login(token_file)
    if not token or stored is None or stored.continues(token):
        return token_file
    return token_file.with_name(f"{token_file.stem}-{fingerprint(token)[:16]}{token_file.suffix}")


def latest_login(login: Login, path: Path) -> Login:
    """The stored login if it replaces the given one, otherwise the given one."""
    try:
        stored = read_login(path)
    except SettingError:
        return login
    return stored if stored and fingerprint(login.refresh_token) in stored.replaces else login


def stored_version(login: Login, path: Path) -> Login | None:
    """The stored version of a login, possibly renewed by another run; None if another login is stored."""
    with suppress(SettingError):
        stored = read_login(path)
        if stored and stored.continues(login.refresh_token):
            return stored
    return None


def write_login(path: Path, login: Login) -> None:
    """Stores a login atomically, readable only by the owner; a symbolic link stays one.

    Raises:
        OSError: the file cannot be written.
    """
    target, content = Path(os.path.realpath(path)), msgspec.json.encode(login)
    make_folder(target.parent, 0o700)
    try:
        write_atomically(target, content, mode=0o600)
    except OSError as error:
        if error.errno not in _FIXED_FOLDER or not target.exists():
            raise
        logger.debug("The token file %s is written in place, because its folder is fixed (%s)", target, error)
        with open(target, "wb", opener=regular_only) as file:
            file.write(content)
        sync_to_disk(target)

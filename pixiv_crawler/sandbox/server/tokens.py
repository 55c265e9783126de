"""The tokens and codes that the sandbox has issued, and which of them are valid. Thread-safe."""

import base64
import hashlib
import time
from dataclasses import dataclass
from secrets import token_urlsafe
from threading import Lock

from ..routes.website import SESSION

CODE_SECONDS = 30.0


class CodeError(Exception):
    """A code of the login page that is not valid."""

    def __init__(self, *, is_expired: bool) -> None:
        super().__init__()
        self.is_expired = is_expired


@dataclass(slots=True)
class _Access:
    expires: float
    uses_left: int | None


class Tokens:
    def __init__(self, seconds: int, uses: int | None, *, rotate: bool) -> None:
        self.seconds = seconds
        self._uses = uses
        self._rotate = rotate
        self._lock = Lock()
        self._access: dict[str, _Access] = {}
        self._codes: dict[str, tuple[str, float]] = {}
        self._refresh: set[str] = set()
        self.newest_refresh = self._new_refresh()
        self.web_session = SESSION
        """The session of the website that is valid."""

    def use_access(self, token: str) -> bool:
        """Counts one API request; False: the token has expired or is unknown."""
        with self._lock:
            known = self._access.get(token)
            if known is None or known.expires <= time.monotonic() or known.uses_left == 0:
                return False
            if known.uses_left is not None:
                known.uses_left -= 1
            return True

    def renew(self, refresh_token: str) -> tuple[str, str] | None:
        """An access token and the refresh token to use from now on; None: this one is rejected."""
        with self._lock:
            if refresh_token not in self._refresh:
                return None
            if self._rotate:
                self._refresh.discard(refresh_token)
                refresh_token = self._new_refresh()
            return self._new_access(), refresh_token

    def issue_code(self, challenge: str, seconds: float) -> str:
        """A login code, as the login page issues it."""
        code = token_urlsafe(32)
        with self._lock:
            self._codes[code] = (challenge, time.monotonic() + seconds)
        return code

    def redeem(self, code: str, verifier: str) -> tuple[str, str]:
        """Both tokens for a code, once.

        Raises:
            CodeError: the code is expired, unknown, used, or was requested with another challenge.
        """
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        with self._lock:
            expected, expires = self._codes.get(code, ("", 0.0))
            if expires <= time.monotonic():
                raise CodeError(is_expired=True)
            self._codes[code] = ("", expires)  # used
            if expected != challenge:
                raise CodeError(is_expired=False)
            return self._new_access(), self._new_refresh()

    def expire(self) -> None:
        with self._lock:
            self._access.clear()

    def revoke(self) -> None:
        with self._lock:
            self._refresh.clear()

    def _new_access(self) -> str:
        token = token_urlsafe(32)
        self._access[token] = _Access(time.monotonic() + self.seconds, self._uses)
        return token

    def _new_refresh(self) -> str:
        self.newest_refresh = token_urlsafe(32)
        self._refresh.add(self.newest_refresh)
        return self.newest_refresh

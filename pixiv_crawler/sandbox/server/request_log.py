"""The requests that the sandbox received, with the status of each response, and how many were concurrent."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, Literal

from ..messages import Request

Kind = Literal["api", "web", "oauth", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest(Request):
    """A completed request; times are those of `time.monotonic`."""

    status: int
    """0: the connection was closed without a response."""
    started: float
    finished: float
    kind: Kind
    fault: str
    """The kind of the fault that affected the request; empty if none did."""


class RequestLog:
    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[SandboxRequest] = []
        self._in_progress: Counter[Kind] = Counter()
        self._peaks: Counter[Kind] = Counter()

    @contextmanager
    def in_progress(self, kind: Kind) -> Iterator[None]:
        """Counts a request of this kind as in progress."""
        with self._lock:
            self._in_progress[kind] += 1
            self._peaks[kind] = max(self._peaks[kind], self._in_progress[kind])
        try:
            yield
        finally:
            with self._lock:
                self._in_progress[kind] -= 1

    def write(self, request: Request, kind: Kind, status: int, started: float, fault: str) -> None:
        received: dict[str, Any] = {member.name: getattr(request, member.name) for member in fields(request)}
        seen = SandboxRequest(
            **received, status=status, started=started, finished=time.monotonic(), kind=kind, fault=fault
        )
        with self._lock:
            self._requests.append(seen)

    def requests(self) -> list[SandboxRequest]:
        with self._lock:
            return list(self._requests)

    def peak(self, kind: Kind) -> int:
        with self._lock:
            return self._peaks[kind]

"""What the sandbox was asked: every request with its answer's status, and how many there were at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from ..messages import Call

Kind = Literal["api", "oauth", "file"]


@dataclass(frozen=True, slots=True)
class SandboxRequest:
    """A request that was answered; header names are lower-case, times are those of `time.monotonic`."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    status: int
    """0: the connection was closed without an answer."""
    started: float
    finished: float
    kind: Kind
    fault: str
    """The kind of the fault that hit it; empty when none did."""


class Journal:
    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[SandboxRequest] = []
        self._present: Counter[Kind] = Counter()
        self._peaks: Counter[Kind] = Counter()

    @contextmanager
    def present(self, kind: Kind) -> Iterator[None]:
        """A request of this kind is being answered."""
        with self._lock:
            self._present[kind] += 1
            self._peaks[kind] = max(self._peaks[kind], self._present[kind])
        try:
            yield
        finally:
            with self._lock:
                self._present[kind] -= 1

    def write(self, call: Call, kind: Kind, status: int, started: float, fault: str) -> None:
        seen = SandboxRequest(
            call.method,
            call.path,
            call.query,
            call.headers,
            call.body,
            status,
            started,
            time.monotonic(),
            kind,
            fault,
        )
        with self._lock:
            self._requests.append(seen)

    def requests(self) -> list[SandboxRequest]:
        with self._lock:
            return list(self._requests)

    def peak(self, kind: Kind) -> int:
        with self._lock:
            return self._peaks[kind]

from __future__ import annotations

import pytest

from pixiv_crawler.sandbox import Sandbox

from .client import Client


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """Asks `sandbox`, and logs in when it has to."""
    return Client(sandbox)

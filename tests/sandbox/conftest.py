from __future__ import annotations

import pytest
from pixivpy3 import AppPixivAPI

from pixiv_crawler.sandbox import Sandbox

from .client import Client
from .sandbox_adapter import SandboxAdapter


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """A client of `sandbox`, which logs in when necessary."""
    return Client(sandbox)


@pytest.fixture
def pixivpy(sandbox: Sandbox) -> AppPixivAPI:
    """A third-party client, logged in to `sandbox`."""
    api = AppPixivAPI()
    for scheme in ("https://", "http://"):
        api.requests.mount(scheme, SandboxAdapter(sandbox.url))
    api.auth(refresh_token=sandbox.refresh_token)
    return api

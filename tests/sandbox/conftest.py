from __future__ import annotations

import pytest
from pixivpy3 import AppPixivAPI

from pixiv_crawler.sandbox import Sandbox

from .client import Client
from .redirected import SandboxAdapter


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """Asks `sandbox`, and logs in when it has to."""
    return Client(sandbox)


@pytest.fixture
def pixivpy(sandbox: Sandbox) -> AppPixivAPI:
    """A client that we did not write, logged in at `sandbox`."""
    api = AppPixivAPI()
    for scheme in ("https://", "http://"):
        api.requests.mount(scheme, SandboxAdapter(sandbox.url))
    api.auth(refresh_token=sandbox.refresh_token)
    return api

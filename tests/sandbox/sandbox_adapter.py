"""A transport for `requests` that redirects requests to Pixiv's hosts to a sandbox, and rejects all others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

HOSTS = {"app-api.pixiv.net", "oauth.secure.pixiv.net", "i.pximg.net", "s.pximg.net"}


class SandboxAdapter(HTTPAdapter):
    def __init__(self, sandbox_url: str) -> None:
        super().__init__()
        self._sandbox_url = sandbox_url

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        target = urlsplit(request.url or "")
        if target.hostname not in HOSTS:
            raise AssertionError(f"A client sent a request to {target.hostname}, which the sandbox does not simulate.")
        request.url = self._sandbox_url + target.path + (f"?{target.query}" if target.query else "")
        # A proxy of the environment must not interfere.
        return super().send(request, *args, **kwargs | {"proxies": {}})

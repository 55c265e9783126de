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
        asked = urlsplit(request.url or "")
        if asked.hostname not in HOSTS:
            raise AssertionError(f"A client wants to reach {asked.hostname}, which the sandbox does not simulate.")
        request.url = self._sandbox_url + asked.path + (f"?{asked.query}" if asked.query else "")
        # A proxy of the environment must not interfere.
        return super().send(request, *args, **kwargs | {"proxies": {}})

"""The whole of the simulated Pixiv behind one function: a call comes in, an answer goes out."""

from __future__ import annotations

from ..api_errors import TOKEN_EXPIRED, TOKEN_MISSING, UNKNOWN_ENDPOINT, WRONG_METHOD, RefusalError
from ..media.files import ROOTS
from ..messages import HTML_TYPE, Answer, Call
from ..routes.table import ROUTES
from ..world.world import World
from . import oauth
from .image_host import file_answer
from .request_log import Kind
from .samples import Samples
from .tokens import Tokens

# What the app asks before anybody has logged in.
_OPEN_PATHS = {"/v1/emoji"}
# What common front servers take of path and query; about 300 viewed works. Pixiv's own limit is not known.
_LONGEST_TARGET = 8_000


class Site:
    def __init__(self, world: World, tokens: Tokens, samples: Samples) -> None:
        self._world = world
        self._tokens = tokens
        self._samples = samples
        self._paths = {path for _, path in ROUTES} | samples.paths

    def kind(self, path: str) -> Kind:
        if path == oauth.AUTH_PATH:
            return "oauth"
        return "file" if path.startswith(ROOTS) else "api"

    def answer(self, call: Call) -> Answer:
        if len(call.target) > _LONGEST_TARGET:
            return Answer(414, b"<!DOCTYPE html><title>414 Request-URI Too Large</title>", HTML_TYPE)
        try:
            match self.kind(call.path), call.method, call.path:
                case "file", _, _:
                    return file_answer(self._world, self._samples, call)
                case _, "POST", oauth.AUTH_PATH:
                    return oauth.token(self._tokens, self._world.reader, call)
                case _, "GET", oauth.LOGIN_PATH:
                    return oauth.login_page(self._tokens, call)
                case _, _, oauth.AUTH_PATH | oauth.LOGIN_PATH:
                    raise RefusalError(405, WRONG_METHOD)
            return self._api_answer(call)
        except RefusalError as refusal:
            return refusal.answer(call.language)

    def _api_answer(self, call: Call) -> Answer:
        if call.path not in self._paths:
            raise RefusalError(404, UNKNOWN_ENDPOINT)
        if call.path not in _OPEN_PATHS:
            self._demand_token(call)
        recorded = self._samples.answer(call) if call.method == "GET" else None
        if recorded is not None:
            return Answer(body=recorded)
        route = ROUTES.get((call.method, call.path))
        if route is None:
            raise self._nothing_there(call)
        return route(self._world, call)

    def _demand_token(self, call: Call) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise RefusalError(400, TOKEN_MISSING)
        if not self._tokens.use_access(token):
            raise RefusalError(400, TOKEN_EXPIRED)

    def _nothing_there(self, call: Call) -> RefusalError:
        """The path is known, but neither a route nor a recording answers this call."""
        has_route = any(path == call.path for _, path in ROUTES)
        if has_route or call.method != "GET":
            return RefusalError(405, WRONG_METHOD)
        return RefusalError(404, UNKNOWN_ENDPOINT)

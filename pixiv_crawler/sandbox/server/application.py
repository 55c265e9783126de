"""The simulated Pixiv as one function from request to response."""

from ..api_errors import TOKEN_EXPIRED, TOKEN_MISSING, UNKNOWN_ENDPOINT, WRONG_METHOD, ApiError
from ..media.files import ROOTS
from ..messages import HTML_TYPE, Request, Response
from ..routes import ROUTES, website
from ..world.world import World
from . import oauth
from .image_host import file_response
from .request_log import Kind
from .samples import Samples
from .tokens import Tokens

# Paths that the app requests before a login.
_OPEN_PATHS = {"/v1/emoji"}
# What common reverse proxies accept as path and query: about 300 viewed works. Pixiv's own limit is unknown.
_LONGEST_TARGET = 8_000


class Application:
    def __init__(self, world: World, tokens: Tokens, samples: Samples) -> None:
        self._world = world
        self._tokens = tokens
        self._samples = samples
        self._paths = {path for _, path in ROUTES} | samples.paths

    def kind(self, path: str) -> Kind:
        if path == oauth.AUTH_PATH:
            return "oauth"
        if path.startswith(website.ROOT):
            return "web"
        return "file" if path.startswith(ROOTS) else "api"

    def response(self, request: Request) -> Response:
        if len(request.target) > _LONGEST_TARGET:
            return Response(414, b"<!DOCTYPE html><title>414 Request-URI Too Large</title>", HTML_TYPE)
        try:
            match self.kind(request.path), request.method, request.path:
                case "web", _, _:
                    return website.website_page(self._world, request, self._tokens.web_session)
                case "file", _, _:
                    return file_response(self._world, self._samples, request)
                case _, "POST", oauth.AUTH_PATH:
                    return oauth.token(self._tokens, self._world.account, request)
                case _, "GET", oauth.LOGIN_PATH:
                    return oauth.login_page(self._tokens, request)
                case _, _, oauth.AUTH_PATH | oauth.LOGIN_PATH:
                    raise ApiError(405, WRONG_METHOD)
            return self._api_response(request)
        except ApiError as error:
            return error.response(request.language)

    def _api_response(self, request: Request) -> Response:
        if request.path not in self._paths:
            raise ApiError(404, UNKNOWN_ENDPOINT)
        if request.path not in _OPEN_PATHS:
            self._require_token(request)
        recorded = self._samples.response(request) if request.method == "GET" else None
        if recorded is not None:
            return Response(body=recorded)
        route = ROUTES.get((request.method, request.path))
        if route is None:
            raise self._no_route(request)
        return route(self._world, request)

    def _require_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ApiError(400, TOKEN_MISSING)
        if not self._tokens.use_access(token):
            raise ApiError(400, TOKEN_EXPIRED)

    def _no_route(self, request: Request) -> ApiError:
        """The error if the path is known but neither a route nor a recording matches the request."""
        has_route = any(path == request.path for _, path in ROUTES)
        if has_route or request.method != "GET":
            return ApiError(405, WRONG_METHOD)
        return ApiError(404, UNKNOWN_ENDPOINT)

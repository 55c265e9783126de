"""API calls and image addresses as Scrapy requests: slots, priorities, and our keys in `request.meta`.

What rides on a request is plain JSON and holds no token: the download handler signs at the last moment.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import FormRequest, Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import ApiFault, ErrorKind, classify
from pixiv_crawler.exceptions import CertificateError

# Download slots: each has its own pace (settings.py), whatever hosts the addresses name.
API_SLOT = "pixiv-api"
FILE_SLOT = "pixiv-files"
OAUTH_SLOT = "pixiv-oauth"

CALL = "pixiv_call"
"""meta: the API call that a request makes, as plain JSON; only such requests are signed."""
TOKEN_GENERATION = "pixiv_token_generation"  # noqa: S105 - a key, not a secret
"""meta: which access token signed the request; the first of a crawl is 1."""
REQUEST_ID = "pixiv_request_id"
"""meta: which of the run's requests this is, for the journal."""
RENEWALS = "pixiv_renewals"
"""meta: how often the call was repeated under a new token."""
REPEATS = "pixiv_repeats"
"""meta: how often the call was repeated after an error of a moment."""
DOWNLOAD_TO = "pixiv_download_to"
"""meta: the place of the part into which the download handler writes the body of an answer (see parts.py)."""
RECEIVED = "pixiv_received"
"""meta: `{part, sha256, size, is_resumed}` of a body that was written to `DOWNLOAD_TO`."""

# How it shows that no answer came, or not all of it.
_NO_ANSWER = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    OSError,
)

# i.pximg.net answers 403 without a Pixiv address here.
REFERER = "https://app-api.pixiv.net/"

# Bytes of an answer of the API, which is held in memory several times over. A listing has 0.3 MB, the longest novel 2 MB.
API_MAXSIZE = 32 * 1024 * 1024
# Seconds that a file may take in all: 256 MiB at 75 kB/s. A stalled one is given up after DOWNLOAD_TIMEOUT.
FILE_TIMEOUT = 3600


def api_request(
    call: ApiCall,
    api_url: str,
    *,
    callback: Callable[..., Any] = NO_CALLBACK,
    errback: Callable[..., Any] | None = None,
    cb_kwargs: dict[str, Any] | None = None,
    priority: int = 0,
) -> Request:
    """A request for an API call. Never filtered as a duplicate: a call that is asked twice is meant twice."""
    is_post = call.method == "POST"
    return Request(
        f"{api_url}{call.path}" if is_post else f"{api_url}{call.path}?{call.query}",
        method=call.method,
        headers={"Content-Type": "application/x-www-form-urlencoded"} if is_post else None,
        body=call.query if is_post else b"",
        callback=callback,
        errback=errback,
        cb_kwargs=cb_kwargs,
        priority=priority,
        dont_filter=True,
        meta={
            "download_slot": API_SLOT,
            "download_maxsize": API_MAXSIZE,
            CALL: call.to_dict(),
            # Errors of API calls are handled by our own middleware, with waits that grow.
            "dont_retry": True,
            "dont_redirect": True,
            "autothrottle_dont_adjust_delay": True,  # it would go below PIXIV_API_DELAY
            # What Pixiv says changes; a cache would also give the same error again and again.
            "dont_cache": True,
        },
    )


def request_dict(request: Request) -> dict[str, Any]:
    """A request for an API call as plain JSON, from which `request_from_dict` makes it again."""
    callback: Any = request.callback
    errback: Any = request.errback
    return {
        "call": request.meta[CALL],
        "callback": callback.__name__,
        "errback": errback.__name__,
        "cb_kwargs": request.cb_kwargs,
        "priority": request.priority,
    }


def request_from_dict(found: dict[str, Any], spider: Any, request_id: int) -> Request:
    """A request for an API call as it was, of the same spider."""
    request = api_request(
        ApiCall(**found["call"]),
        spider.settings["PIXIV_API_URL"],
        callback=getattr(spider, found["callback"]),
        errback=getattr(spider, found["errback"]),
        cb_kwargs=found["cb_kwargs"],
        priority=found["priority"],
    )
    request.meta[REQUEST_ID] = request_id
    return request


def file_request(url: str, download_to: Path, image_url: str = "") -> Request:
    """A request for a file of Pixiv's image hosts, whose body goes to `download_to`.

    `image_url` is asked in place of those hosts when it is given (PIXIV_IMAGE_URL).
    """
    if image_url and (urlsplit(url).hostname or "").endswith(".pximg.net"):
        url = image_url + urlsplit(url)._replace(scheme="", netloc="").geturl()
    return Request(
        url,
        headers={"Referer": REFERER, "Accept-Encoding": "identity"},
        callback=NO_CALLBACK,
        dont_filter=True,
        meta={
            "download_slot": FILE_SLOT,
            DOWNLOAD_TO: str(download_to),
            "download_timeout": FILE_TIMEOUT,
            "dont_redirect": True,
            "dont_cache": True,
        },
    )


def oauth_request(oauth_url: str, form: dict[str, str], headers: dict[str, str]) -> Request:
    """A request for tokens. It is sent at once and never scheduled, so its form is never stored."""
    return FormRequest(
        oauth_url,
        formdata=form,
        headers=headers,
        callback=NO_CALLBACK,
        meta={
            "download_slot": OAUTH_SLOT,
            "download_maxsize": API_MAXSIZE,
            "handle_httpstatus_all": True,
            "dont_retry": True,
            "dont_redirect": True,
            "dont_cache": True,
        },
    )


def api_call(request: Request) -> ApiCall | None:
    """The API call that a request makes; None for files and tokens."""
    call = request.meta.get(CALL)
    return ApiCall(**call) if call else None


def api_fault(request: Request, response: Response) -> ApiFault | None:
    """What is wrong with the answer of an API call; None when it is one to work with."""
    call = api_call(request)
    if call and call.is_page and response.status == 200 and b"novel" in response.body:
        return None
    headers = _lower_headers(response.headers)
    return classify(response.status, headers, response.body, call.key if call else "")


def kind_of_exception(error: Exception) -> ErrorKind | None:
    """What is wrong when a request gave an exception in place of an answer; None when the error is our own."""
    if isinstance(error, CertificateError):
        return ErrorKind.CERTIFICATE
    if isinstance(error, DownloadCancelledError):
        return ErrorKind.TOO_LARGE
    return ErrorKind.NO_RESPONSE if isinstance(error, _NO_ANSWER) else None


def _lower_headers(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1").lower(): values[-1].decode("latin-1") for name, values in headers.items() if values}

"""Creates Scrapy requests from API calls and image URLs: slots, priorities, and our keys in `request.meta`.

The data attached to a request is plain JSON and contains no token: the download handler signs at the last moment.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
from pixiv_crawler.api.classification import classify
from pixiv_crawler.api.errors import ApiFault, ErrorKind
from pixiv_crawler.api.image_urls import is_on_image_host, split_url
from pixiv_crawler.exceptions import CertificateError
from pixiv_crawler.http.servers import Servers

# Download slots: each has its own rate (settings.py), independently of the host in the URL.
API_SLOT = "pixiv-api"
WEB_SLOT = "pixiv-web"
FILE_SLOT = "pixiv-files"
OAUTH_SLOT = "pixiv-oauth"
PROBE_SLOT = "pixiv-probe"

CALL = "pixiv_call"
"""meta: the API call of a request, as plain JSON; only requests with this key are signed."""
TOKEN_GENERATION = "pixiv_token_generation"  # noqa: S105 - a key, not a secret
"""meta: number of the access token that signed the request; the first one of a crawl is 1."""
HAS_SESSION = "pixiv_has_session"
"""meta: whether a request to the website was sent with the session of an account."""
REQUEST_ID = "pixiv_request_id"
"""meta: ID of the request in the checkpoint of the run."""
RENEWALS = "pixiv_renewals"
"""meta: number of times the call was retried with a new token."""
REPEATS = "pixiv_repeats"
"""meta: number of times the call was retried after a transient error."""
IN_ENGLISH = "pixiv_in_english"
"""meta: true while a call is repeated in English, because its error message was not known; false once it is sent in the
language of the crawl again."""
FINAL_RETRY = "pixiv_final_retry"
"""meta: true for a call that failed before and is retried at the end of the crawl; not for the calls that follow from it."""
PROBE = "pixiv_probe"
"""meta: true if the call only shows whether the API works (see http/probe.py): it is not retried, and nothing uses its response."""
DOWNLOAD_TO = "pixiv_download_to"
"""meta: path prefix of the partial file to which the download handler writes the body (see files/partial.py)."""
RECEIVED = "pixiv_received"
"""meta: `{part, sha256, size, is_resumed}` of a body written to `DOWNLOAD_TO`; `part` is the path of the file."""

# Exceptions raised when there was no response, or an incomplete one.
_NO_RESPONSE = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    OSError,
)

# i.pximg.net returns 403 without a Pixiv URL here.
REFERER = "https://app-api.pixiv.net/"

# Maximum size of an API response, of which memory holds several copies. A listing has 0.3 MB, the longest novel 2 MB.
API_MAXSIZE = 32 * 1024 * 1024
# Maximum duration of a file download: 256 MiB at 75 kB/s. A stalled download fails after DOWNLOAD_TIMEOUT.
FILE_TIMEOUT = 3600


def api_request(
    call: ApiCall,
    base_url: str,
    *,
    callback: Callable[..., Any] = NO_CALLBACK,
    errback: Callable[..., Any] | None = None,
    cb_kwargs: dict[str, Any] | None = None,
    priority: int = 0,
) -> Request:
    """A request for a call of the App API or the website. Never filtered as a duplicate: a repeated call is intentional."""
    is_post = call.method == "POST"
    return Request(
        base_url + (call.path if is_post else call.target_of_get),
        method=call.method,
        headers={"Content-Type": "application/x-www-form-urlencoded"} if is_post else None,
        body=call.query if is_post else b"",
        callback=callback,
        errback=errback,
        cb_kwargs=cb_kwargs,
        priority=priority,
        dont_filter=True,
        meta={
            "download_slot": WEB_SLOT if call.api == "web" else API_SLOT,
            "download_maxsize": API_MAXSIZE,
            CALL: call.to_dict(),
            # Our own middleware handles errors of API calls, with increasing waits.
            "dont_retry": True,
            "dont_redirect": True,
            "autothrottle_dont_adjust_delay": True,  # it would fall below PIXIV_API_DELAY
            # Responses change over time, and a cache would return the same error again and again.
            "dont_cache": True,
        },
    )


def request_dict(request: Request) -> dict[str, Any]:
    """A request for an API call as plain JSON, to be restored with `request_from_dict`."""
    callback: Any = request.callback
    errback: Any = request.errback
    return {
        "call": request.meta[CALL],
        "callback": callback.__name__,
        "errback": errback.__name__,
        "cb_kwargs": request.cb_kwargs,
        "priority": request.priority,
    }


def request_from_dict(stored: dict[str, Any], spider: Any, request_id: int, servers: Servers) -> Request:
    """Restores a request for an API call from the output of `request_dict`."""
    call = ApiCall(**stored["call"])
    request = api_request(
        call,
        servers.base_of(call),
        callback=getattr(spider, stored["callback"]),
        errback=getattr(spider, stored["errback"]),
        cb_kwargs=stored["cb_kwargs"],
        priority=stored["priority"],
    )
    request.meta[REQUEST_ID] = request_id
    return request


def file_request(url: str, download_to: Path, image_url: str = "") -> Request:
    """A request for a file on Pixiv's image hosts; its body is written to `download_to`.

    `image_url` (PIXIV_IMAGE_URL) replaces these hosts if it is not empty.
    """
    if image_url and is_on_image_host(url):
        url = image_url + split_url(url)._replace(scheme="", netloc="").geturl()
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
    """A request for tokens. It is sent immediately and never scheduled, so its form is never stored."""
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
    """The call of a request to the App API or the website; None for files and tokens."""
    call = request.meta.get(CALL)
    return ApiCall(**call) if call else None


def app_call(request: Request) -> ApiCall | None:
    """The call of a request to the App API; None for all others."""
    call = api_call(request)
    return call if call and call.api == "app" else None


def web_call(request: Request) -> ApiCall | None:
    """The call of a request to the website; None for all others."""
    call = api_call(request)
    return call if call and call.api == "web" else None


def api_fault(request: Request, response: Response) -> ApiFault | None:
    """The error in the response to an API call; None if the response can be used."""
    call = api_call(request)
    if call and call.is_page and response.status == 200 and b"novel" in response.body:
        return None
    headers = lower_headers(response.headers)
    return classify(response.status, headers, response.body, call)


def kind_of_exception(error: Exception) -> ErrorKind | None:
    """The kind of error for an exception raised by a request; None if it is a bug in our code."""
    if isinstance(error, CertificateError):
        return ErrorKind.CERTIFICATE
    if isinstance(error, DownloadCancelledError):
        return ErrorKind.TOO_LARGE
    return ErrorKind.NO_RESPONSE if isinstance(error, _NO_RESPONSE) else None


def lower_headers(headers: Headers) -> dict[str, str]:
    """The headers with lower-case names; of a repeated one, the last."""
    return {name.decode("latin-1").lower(): values[-1].decode("latin-1") for name, values in headers.items() if values}

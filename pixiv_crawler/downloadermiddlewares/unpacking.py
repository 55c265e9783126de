"""Unpacks answers; one that cannot be unpacked is an answer without a body."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from pixiv_crawler.requests import API_SLOT, OAUTH_SLOT

logger = logging.getLogger(__name__)


class UnpackingMiddleware(HttpCompressionMiddleware):
    """Scrapy's own, which raises what no other middleware sees when a proxy has mangled a body.

    So an answer of the API, or about a token, counts as one with nothing in it, and is asked for again.
    """

    def process_response(  # type: ignore[override]  # Scrapy's third argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        try:
            return super().process_response(request, response)
        except IgnoreRequest:
            raise  # it unpacks to more than is taken, and would do so again
        except Exception as error:
            if request.meta.get("download_slot") not in (API_SLOT, OAUTH_SLOT):
                raise
            logger.info("%s cannot be unpacked (%s: %s)", request.url, type(error).__name__, error)
            headers: Any = response.headers.copy()
            headers.pop("Content-Encoding", None)
            return response.replace(body=b"", headers=headers)

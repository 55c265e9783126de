"""Decompresses responses; an API response with a corrupt body counts as one with an empty body and is retried."""

import logging

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from pixiv_crawler.http.requests import API_SLOT, OAUTH_SLOT, PROBE_SLOT

logger = logging.getLogger(__name__)


class DecompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's own middleware, whose exceptions reach no other middleware: a corrupt body would never be retried."""

    def process_response(  # type: ignore[override]  # Scrapy's third argument is deprecated
        self, request: Request, response: Response
    ) -> Request | Response:
        try:
            return super().process_response(request, response)
        except IgnoreRequest:
            raise  # the body exceeds DOWNLOAD_MAXSIZE, and would do so again
        except Exception as error:
            if request.meta.get("download_slot") not in (API_SLOT, OAUTH_SLOT, PROBE_SLOT):
                raise
            logger.info("%s cannot be decompressed (%s: %s)", request.url, type(error).__name__, error)
            del response.headers["Content-Encoding"]
            return response.replace(body=b"")

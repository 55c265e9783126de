"""Error responses in the styles of Pixiv."""

from __future__ import annotations

import json
from typing import Any

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.classification import classify
from pixiv_crawler.api.errors import ErrorKind

HTML = b"<!DOCTYPE html><title>Just a moment...</title>"


def body(*, user_message: str = "", message: str = "") -> dict[str, Any]:
    return {"error": {"user_message": user_message, "message": message, "reason": "", "user_message_details": {}}}


def readable(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def php(content: Any) -> bytes:
    """JSON as Pixiv's servers write it: compact, with non-ASCII characters, slashes and inner quotes escaped."""
    text = json.dumps(content, separators=(",", ":")).replace("/", r"\/")
    return text.replace(r"\"", r"\u0022").encode()


LISTING = ApiCall("/v1/user/illusts", {"user_id": 11}, entries_key="illusts")
DETAIL = ApiCall("/v1/illust/detail", {"illust_id": 1}, entry_key="illust")


def kind_of(status: int, content: bytes, call: ApiCall | None = None, **headers: str) -> ErrorKind | None:
    fault = classify(status, headers, content, call)
    return fault and fault.kind

"""The App API's error responses, as recorded."""

from __future__ import annotations

import json
from typing import NamedTuple

from .messages import Response, json_response

_OAUTH_PROCESS = "Error occurred at the OAuth process. Please check your Access Token to fix this. Error Message: "
TOKEN_EXPIRED = _OAUTH_PROCESS + "invalid_grant"
TOKEN_MISSING = _OAUTH_PROCESS + "invalid_request"
RATE_LIMIT = "Rate Limit"


class Text(NamedTuple):
    """A message for users, in the two languages that the sandbox supports."""

    ja: str
    en: str

    def in_language(self, language: str) -> str:
        return self.ja if language == "ja" else self.en


UNKNOWN_ENDPOINT = Text("指定されたエンドポイントは存在しません", "Specified end-point doesn't exist")
MISSING_WORK = Text(
    "該当作品は削除されたか、存在しない作品IDです。",
    "The artwork has been deleted or the artwork ID does not exist.",
)
LIMITED_WORK = Text(
    "作者によって公開範囲が制限されている作品です。",
    "The creator has limited who can view this content",
)
MISSING_SERIES = Text("該当シリーズは存在しません。", "This series does not exist.")
MISSING_USER = Text(
    "このユーザーはpixivを退会したか、存在しないユーザーIDです。",
    "User has left pixiv or the user ID does not exist.",
)
RESTRICTED_USER = Text("アクセスが制限されています。", "Your access is currently restricted.")
BEYOND_RANKING = Text(
    "存在しないランキングページを参照しています",
    "You are looking at a ranking page that doesn't exist",
)
WRONG_METHOD = Text("不正なリクエストです。", "Invalid request.")


class ApiError(Exception):
    """Raised by a route: the App API responds with an error.

    A `Text` becomes `user_message`, in the language of the request; a plain string becomes `message`, for programs.
    """

    def __init__(self, status: int, reason: Text | str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def response(self, language: str) -> Response:
        if isinstance(self.reason, Text):
            return error_response(self.status, user_message=self.reason.in_language(language))
        return error_response(self.status, message=self.reason)


def bad_parameter(name: str, *complaints: str) -> ApiError:
    """A parameter that Pixiv rejects: `message` is JSON inside a string."""
    return ApiError(400, json.dumps({name: complaints}, separators=(",", ":")))


def error_response(status: int, *, user_message: str = "", message: str = "") -> Response:
    error = {"user_message": user_message, "message": message, "reason": "", "user_message_details": {}}
    return json_response({"error": error}, status)

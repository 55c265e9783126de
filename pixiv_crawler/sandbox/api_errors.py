"""The App API's error responses, as recorded."""

import json
from typing import NamedTuple

from .messages import Response, json_response

_OAUTH_PROCESS = "Error occurred at the OAuth process. Please check your Access Token to fix this. Error Message: "
TOKEN_EXPIRED = _OAUTH_PROCESS + "invalid_grant"
TOKEN_MISSING = _OAUTH_PROCESS + "invalid_request"
RATE_LIMIT = "Rate Limit"


class Text(NamedTuple):
    """A message for users, in the languages of Pixiv."""

    ja: str
    en: str
    zh_cn: str
    zh_tw: str
    ko: str

    def in_language(self, language: str) -> str:
        return str(getattr(self, language.replace("-", "_")))


UNKNOWN_ENDPOINT = Text(
    "指定されたエンドポイントは存在しません",
    "Specified end-point doesn't exist",
    "您所指定的端点不存在",
    "指定的端點不存在",
    "지정된 엔드포인트는 존재하지 않습니다",
)
MISSING_WORK = Text(
    "該当作品は削除されたか、存在しない作品IDです。",
    "The artwork has been deleted or the artwork ID does not exist.",
    "该作品已被删除，或作品ID不存在。",
    "該作品已被刪除，或作品ID不存在。",
    "해당 작품은 삭제되었거나 존재하지 않는 작품 ID입니다.",
)
LIMITED_WORK = Text(
    "作者によって公開範囲が制限されている作品です。",
    "The creator has limited who can view this content",
    "尚无权限浏览该作品",
    "尚無權限瀏覽該作品",
    "이 작품을 볼 수 있는 권한이 없습니다",
)
MISSING_SERIES = Text(
    "該当シリーズは存在しません。",
    "This series does not exist.",
    "该系列不存在。",
    "該系列不存在。",
    "해당 시리즈는 존재하지 않습니다.",
)
MISSING_USER = Text(
    "このユーザーはpixivを退会したか、存在しないユーザーIDです。",
    "User has left pixiv or the user ID does not exist.",
    "抱歉，您当前所寻找的个用户已经离开了pixiv, 或者这ID不存在。",
    "該使用者已離開pixiv，或使用者ID不存在。",
    "이 사용자는 pixiv를 탈퇴했거나 존재하지 않는 사용자 ID입니다.",
)
RESTRICTED_USER = Text(
    "アクセスが制限されています。",
    "Your access is currently restricted.",
    "您的访问权限被限制了。",
    "您的存取權限已受到限制。",
    "접근이 제한되어 있습니다.",
)
BEYOND_RANKING = Text(
    "存在しないランキングページを参照しています",
    "You are looking at a ranking page that doesn't exist",
    "您所查看的排行榜页面不存在",
    "您所查看的排行榜頁面不存在",
    "존재하지 않는 랭킹 페이지입니다",
)
WRONG_METHOD = Text(
    "不正なリクエストです。",
    "Invalid request.",
    "无效的请求。",
    "無效的請求。",
    "잘못된 요청입니다.",
)
REFUSED = Text(
    "ご利用の環境からはアクセスできません。",
    "Something that nobody has seen before",
    "发生了前所未有的错误",
    "發生了前所未有的錯誤",
    "알 수 없는 오류가 발생했습니다",
)
"""A message that no client knows, such as that of a new kind of ban."""


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

"""The JSON of users, in the App API's shapes of 2026."""

from __future__ import annotations

from random import Random

from ..media import image_urls
from ..messages import JsonObject
from ..world.users import User

_WORKSPACE = ("pc", "monitor", "tool", "scanner", "tablet", "mouse", "printer", "desktop", "music", "desk", "chair")


def user(known: User, *, is_followed: bool | None = False) -> JsonObject:
    """A user as the works of a listing show them; without `is_followed` where that is None."""
    followed: JsonObject = {} if is_followed is None else {"is_followed": is_followed}
    return {
        "id": known.id,
        "name": known.name,
        "account": known.account,
        "profile_image_urls": {"medium": avatar_url(known)},
        **followed,
        "is_accept_request": False,
    }


def avatar_url(known: User) -> str:
    return image_urls.IMAGES + image_urls.avatar_path(known.id) if known.has_avatar else image_urls.NO_PROFILE


def nobody() -> JsonObject:
    """The user of a placeholder, and of a listing whose user is gone."""
    return {"id": 0, "name": "", "account": "", "profile_image_urls": {"medium": image_urls.NO_PROFILE}}


def user_of_listing(known: User | None, *, is_followed: bool = False) -> JsonObject:
    """The key `user` beside a listing's entries."""
    absent = nobody() | {"is_followed": False, "is_accept_request": False}
    shown = absent if known is None else user(known, is_followed=is_followed)
    return shown | {"is_access_blocking_user": False}


def user_detail(
    known: User, types: list[str], totals: JsonObject | None = None, *, is_followed: bool = False
) -> JsonObject:
    """`types` are those of all the user's works, `totals` what else is known of the profile: both are true."""
    shown = user(known, is_followed=is_followed)
    return {
        "user": shown | {"comment": known.comment, "is_access_blocking_user": False},
        "profile": _profile(known, types) | (totals or {}),
        "profile_publicity": {
            "gender": "public",
            "region": "public",
            "birth_day": "public",
            "birth_year": "private",
            "job": "public",
            "pawoo": False,
        },
        "workspace": dict.fromkeys(_WORKSPACE, "") | {"comment": "", "workspace_image_url": None},
    }


def _profile(known: User, types: list[str]) -> JsonObject:
    rng = Random(f"profile of {known.id}")
    series = {sketch.series for sketch in known.sketches if sketch.series}
    background = image_urls.IMAGES + image_urls.BACKGROUND + image_urls.background_path(known.id)
    return {
        "webpage": rng.choice((None, "https://example.com/atelier")),
        "gender": rng.choice(("", "male", "female")),
        "birth": "",
        "birth_day": rng.choice(("", "06-05")),
        "birth_year": 0,
        "region": "",
        "address_id": 0,
        "country_code": "",
        "job": "",
        "job_id": 0,
        "total_follow_users": rng.randrange(200),
        "total_mypixiv_users": rng.randrange(20),
        "total_illusts": len(types) - types.count("manga"),
        "total_manga": types.count("manga"),
        "total_novels": len(known.novels),
        "total_illust_bookmarks_public": 0,
        "total_illust_series": len(series),
        "total_novel_series": len({sketch.series for sketch in known.novels if sketch.series}),
        "background_image_url": background if known.background else None,
        "twitter_account": "",
        "twitter_url": None,
        "pawoo_url": None,
        "is_premium": False,
        "is_using_custom_profile_image": known.has_avatar,
    }

"""The JSON of users, in the App API's format of 2026."""

from random import Random

from ..media import image_urls
from ..messages import JsonObject
from ..world.users import User

_WORKSPACE = ("pc", "monitor", "tool", "scanner", "tablet", "mouse", "printer", "desktop", "music", "desk", "chair")


def user(known: User, *, is_followed: bool | None = False) -> JsonObject:
    """A user as part of a listed work; None omits `is_followed`."""
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


def anonymous_user() -> JsonObject:
    """The user of a placeholder, and of the listing of a user who no longer exists."""
    return {"id": 0, "name": "", "account": "", "profile_image_urls": {"medium": image_urls.NO_PROFILE}}


def user_of_listing(known: User | None, *, is_followed: bool = False) -> JsonObject:
    """The key `user` next to the entries of a listing."""
    absent = anonymous_user() | {"is_followed": False, "is_accept_request": False}
    shown = absent if known is None else user(known, is_followed=is_followed)
    return shown | {"is_access_blocking_user": False}


def user_detail(
    known: User, types: list[str], totals: JsonObject | None = None, *, is_followed: bool = False
) -> JsonObject:
    """`types` are the types of all works of the user, `totals` are further profile counts; all of them are correct."""
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
    series = {spec.series for spec in known.work_specs if spec.series}
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
        "total_novel_series": len({spec.series for spec in known.novels if spec.series}),
        "background_image_url": background if known.background else None,
        "twitter_account": "",
        "twitter_url": None,
        "pawoo_url": None,
        "is_premium": False,
        "is_using_custom_profile_image": known.has_avatar,
    }

"""URLs of the files of works and users on Pixiv's image hosts."""

from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from ..world.fixtures.comments import STAMP_IDS
from ..world.works import JST, Work

API_URL = "https://app-api.pixiv.net"
IMAGES = "https://i.pximg.net"
STATIC = "https://s.pximg.net"
NO_PROFILE = f"{STATIC}/common/images/no_profile.png"
SQUARE_MEDIUM = "/c/360x360_70"
MEDIUM = "/c/540x540_70"
LARGE = "/c/600x1200_90"
SQUARE_MEDIUM_WEBP = "/c/360x360_10_webp"
LARGE_WEBP = "/c/600x1200_90_webp"
BACKGROUND = "/c/1200x600_90_a2_g5"
SERIES_COVER = "/c/782x410_80_a2_g5"
SMALL_ZIP, LARGE_ZIP = "600x600", "1920x1080"
_STAMP_FOLDER = "stamp/generated-stamps"
# Pixiv numbers avatars in the order of upload: the number in a URL is not the user's ID.
AVATAR_NUMBERS_AHEAD = 3_141_592


def placeholder(limit: str) -> str:
    return f"{STATIC}/common/images/limit_{limit}_360.png"


@lru_cache(maxsize=1024)
def date_folder(moment: datetime) -> str:
    """`img/2026/07/01/20/05/05`: the upload time, in Japan."""
    return moment.astimezone(JST).strftime("img/%Y/%m/%d/%H/%M/%S")


def original_path(work: Work, page: int) -> str:
    """The original of a page, or of a ugoira frame."""
    mark, extension = ("ugoira", work.spec.extensions[0]) if work.delays else ("p", work.spec.extensions[page])
    return f"/img-original/{date_folder(work.uploaded)}/{work.id}_{mark}{page}.{extension}"


def thumbnail_path(work: Work, page: int, shape: str) -> str:
    """Without the variant prefix `/c/…`; `shape` is master1200 or square1200."""
    stem = str(work.id) if work.delays else f"{work.id}_p{page}"
    return f"/img-master/{date_folder(work.uploaded)}/{stem}_{shape}.jpg"


def zip_path(work: Work, size: str = SMALL_ZIP) -> str:
    return f"/img-zip-ugoira/{date_folder(work.uploaded)}/{work.id}_ugoira{size}.zip"


@lru_cache(maxsize=1024)
def avatar_path(user_id: int) -> str:
    """The avatar of 170 pixels."""
    rng = Random(f"avatar of {user_id}")
    folder, number = date_folder(_upload_time(rng)), user_id + AVATAR_NUMBERS_AHEAD
    return f"/user-profile/{folder}/{number}_{_hash(rng)}_170.{rng.choice(('jpg', 'png'))}"


def background_path(user_id: int) -> str:
    """Without the variant prefix `/c/…`; always a JPEG, whatever the original is."""
    rng = Random(f"background of {user_id}")
    return f"/background/{date_folder(_upload_time(rng))}/{user_id}_{_hash(rng)}_master1200.jpg"


def background_original_path(user_id: int, extension: str) -> str:
    return f"{background_path(user_id).removesuffix('_master1200.jpg')}.{extension}"


def series_cover_path(series_id: int) -> str:
    """Without the variant prefix `/c/…`."""
    rng = Random(f"cover of series {series_id}")
    return f"/illust-series-cover-original/{date_folder(_upload_time(rng))}/{series_id}_{_hash(rng)}.jpg"


def stamp_url(stamp_id: int) -> str:
    return f"{STATIC}/common/images/{_stamp_name(stamp_id)}"


def emoji_url(emoji_id: int) -> str:
    return f"{STATIC}/common/images/emoji/128x128/{emoji_id}_128x128.png"


def stamp_names() -> set[str]:
    """The files of all stamps, relative to the image folder of the static host."""
    return {_stamp_name(stamp_id) for stamp_id in STAMP_IDS}


def _stamp_name(stamp_id: int) -> str:
    return f"{_STAMP_FOLDER}/{stamp_id}_s.jpg"


def _upload_time(rng: Random) -> datetime:
    return datetime(2016, 1, 1, tzinfo=JST) + timedelta(seconds=rng.randrange(10 * 365 * 86_400))


def _hash(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"

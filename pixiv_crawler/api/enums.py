"""Values of fields and parameters of Pixiv's App API, as far as they are known: Pixiv may add others at any time."""

from enum import StrEnum


class WorkType(StrEnum):
    """The `type` of a work; novels have separate endpoints and no type in the API."""

    ILLUST = "illust"
    MANGA = "manga"
    UGOIRA = "ugoira"
    NOVEL = "novel"


ILLUST_TYPES = (WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA)
"""The types that Pixiv is known to send for illusts."""

RATINGS = (0, 1, 2)
"""The known values of `x_restrict`: all ages, R-18, R-18G."""


class WorkKind(StrEnum):
    """The two kinds of works, for endpoints that accept either."""

    ILLUST = "illust"
    NOVEL = "novel"


class WatchlistType(StrEnum):
    """The two watchlists: series of illusts and manga, and series of novels."""

    MANGA = "manga"
    NOVEL = "novel"


class TagOwner(StrEnum):
    """Whose tags a search in bookmarks lists: those of the bookmarks, or those of the bookmarked works."""

    BOOKMARK = "bookmark"
    WORK = "work"


class Restrict(StrEnum):
    """Which of two lists: the public one, or the private one, visible only to its owner."""

    PUBLIC = "public"
    PRIVATE = "private"


class FeedRestrict(StrEnum):
    """Whose new works a feed contains: users followed publicly, privately, or both."""

    ALL = "all"
    PUBLIC = "public"
    PRIVATE = "private"


class SearchTarget(StrEnum):
    """Where a search looks for the word."""

    PARTIAL_MATCH_FOR_TAGS = "partial_match_for_tags"
    EXACT_MATCH_FOR_TAGS = "exact_match_for_tags"
    TITLE_AND_CAPTION = "title_and_caption"
    KEYWORD = "keyword"
    TEXT = "text"
    """The text of novels."""


class SearchSort(StrEnum):
    """The order of a search; sorting by popularity requires a premium account."""

    DATE_DESC = "date_desc"
    DATE_ASC = "date_asc"
    POPULAR_DESC = "popular_desc"
    POPULAR_MALE_DESC = "popular_male_desc"
    POPULAR_FEMALE_DESC = "popular_female_desc"
    POPULAR_PREVIEW = "popular_preview"
    """Not a value of Pixiv: the 30 most popular works, which an endpoint of their own shows to every account."""


class SearchDuration(StrEnum):
    """How far back a search looks."""

    WITHIN_LAST_DAY = "within_last_day"
    WITHIN_LAST_WEEK = "within_last_week"
    WITHIN_LAST_MONTH = "within_last_month"


class IllustRankingMode(StrEnum):
    """Rankings of illusts; R-18 rankings require an account that displays R-18 works."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    DAY_MALE = "day_male"
    DAY_FEMALE = "day_female"
    WEEK_ORIGINAL = "week_original"
    WEEK_ROOKIE = "week_rookie"
    DAY_MANGA = "day_manga"
    WEEK_MANGA = "week_manga"
    MONTH_MANGA = "month_manga"
    WEEK_ROOKIE_MANGA = "week_rookie_manga"
    DAY_AI = "day_ai"
    DAY_R18 = "day_r18"
    WEEK_R18 = "week_r18"
    DAY_MALE_R18 = "day_male_r18"
    DAY_FEMALE_R18 = "day_female_r18"
    DAY_R18_AI = "day_r18_ai"
    WEEK_R18G = "week_r18g"
    DAY_R18_MANGA = "day_r18_manga"
    WEEK_R18_MANGA = "week_r18_manga"
    WEEK_R18G_MANGA = "week_r18g_manga"


class NovelRankingMode(StrEnum):
    """Rankings of novels."""

    DAY = "day"
    WEEK = "week"
    DAY_MALE = "day_male"
    DAY_FEMALE = "day_female"
    WEEK_ROOKIE = "week_rookie"
    DAY_AI = "day_ai"
    DAY_R18 = "day_r18"
    WEEK_R18 = "week_r18"
    DAY_R18_AI = "day_r18_ai"


class UnavailableReason(StrEnum):
    """Why Pixiv withholds a work or a user."""

    DELETED = "deleted"
    PRIVATE = "private"
    MYPIXIV = "mypixiv"
    SANITY_LEVEL = "sanity_level"
    R18_HIDDEN = "r18_hidden"
    USER_GONE = "user_gone"
    UNKNOWN = "unknown"

"""The JSON of comments, in the format of each of the three endpoint versions."""

from collections.abc import Sequence

from ..media.image_urls import stamp_url
from ..messages import JsonObject
from ..world.comments import Comment
from ..world.users import User
from . import user_json


def third_version(comment: Comment) -> JsonObject:
    stamp = (
        None if comment.stamp_id is None else {"stamp_id": comment.stamp_id, "stamp_url": stamp_url(comment.stamp_id)}
    )
    return second_version(comment) | {"stamp": stamp}


def second_version(comment: Comment) -> JsonObject:
    return _common(comment) | {"has_replies": comment.has_replies}


def first_version(comment: Comment, all_comments: Sequence[Comment]) -> JsonObject:
    """A reply contains its parent and is part of the same listing; otherwise `parent_comment` is an empty object."""
    parent = next((other for other in all_comments if other.id == comment.parent_id), None)
    return _common(comment) | {"parent_comment": {} if parent is None else _common(parent)}


def _common(comment: Comment) -> JsonObject:
    return {
        "id": comment.id,
        "comment": comment.text,
        "date": comment.date.isoformat(),
        "user": None if comment.user is None else _user(comment.user),
    }


def _user(known: User) -> JsonObject:
    """The user of a comment, without `is_followed`."""
    return {
        "id": known.id,
        "name": known.name,
        "account": known.account,
        "profile_image_urls": {"medium": user_json.avatar_url(known)},
    }

"""What requests for novels ask for."""

from __future__ import annotations

from ..api_errors import MISSING_WORK, RefusalError
from ..messages import Call
from ..world.fixtures.users import ACCOUNT
from ..world.novels import Novel
from ..world.world import World
from .parameters import required_id, values


def asked_user_id(call: Call) -> int:
    """The user asked for; the account's own where the request does not say."""
    return required_id(call, "user_id") if "user_id" in call.query else ACCOUNT.id


def asked_novel(world: World, call: Call, name: str = "novel_id") -> Novel:
    novel = world.shelf.novel(required_id(call, name))
    if novel is None:
        raise RefusalError(404, MISSING_WORK)
    return novel


def sent_tags(call: Call) -> tuple[str, ...]:
    """Of a form: clients repeat `tags[]`, or send one with blanks between."""
    return tuple(dict.fromkeys(tag for value in values(call, "tags") for tag in value.split()))

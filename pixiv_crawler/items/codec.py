"""Items as JSON, and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import msgspec
from itemadapter import ItemAdapter

from pixiv_crawler.items import Item

# Items that are none of ours may be of any type that Scrapy takes.
encode_item: Callable[[Any], bytes] = msgspec.json.Encoder(enc_hook=lambda item: ItemAdapter(item).asdict()).encode
"""An item as JSON, for `decode_item`."""


def decode_item(item: bytes) -> Any:
    """An item as it was; one that is none of ours is a dict."""
    found = msgspec.json.decode(item)
    type_ = _types().get(found.get("kind", ""))
    return msgspec.convert(found, type_) if type_ else found


@cache
def _types() -> dict[str, type[Any]]:
    """The types of items by their kind."""
    return {type_.__dataclass_fields__["kind"].default: type_ for type_ in get_args(Item)}

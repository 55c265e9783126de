"""Encodes items as JSON and decodes them."""

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import msgspec
from itemadapter import ItemAdapter

from pixiv_crawler.items import Item

# A user's own items may be of any type that Scrapy supports.
encode_item: Callable[[Any], bytes] = msgspec.json.Encoder(enc_hook=lambda item: ItemAdapter(item).asdict()).encode
"""Encodes an item for `decode_item`."""


def decode_item(item: bytes) -> Any:
    """Restores an encoded item; an item of an unknown kind becomes a dict."""
    found = msgspec.json.decode(item)
    type_ = _types().get(found.get("kind", ""))
    return msgspec.convert(found, type_) if type_ else found


@cache
def _types() -> dict[str, type[Any]]:
    """Item types by kind."""
    return {type_.__dataclass_fields__["kind"].default: type_ for type_ in get_args(Item)}

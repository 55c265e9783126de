"""An item keeps its key, whatever type a pipeline makes of it."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import asdict
from typing import Any

import pytest
import scrapy

from pixiv_crawler.items import Source, Unavailable
from pixiv_crawler.run.item_keys import ItemKey, kind_of

UNAVAILABLE = Unavailable(
    id=7,
    type="illust",
    reason="deleted",
    evidence={},
    source=Source(endpoint="/v1/user/illusts", params={"user_id": 11}, position=3),
)


class Own(scrapy.Item):
    id = scrapy.Field()
    kind = scrapy.Field()
    source = scrapy.Field()


@pytest.mark.parametrize(
    "item",
    [
        asdict(UNAVAILABLE),
        ChainMap({}, asdict(UNAVAILABLE)),
        Own(id=7, kind="unavailable", source=UNAVAILABLE.source),
    ],
    ids=["dict", "mapping", "Scrapy item"],
)
def test_an_item_has_the_same_key_as_a_dataclass_and_as_a_mapping(item: Any) -> None:
    key = ItemKey("unavailable", 7, "/v1/user/illusts {'user_id': 11}", 3)
    assert ItemKey.of(UNAVAILABLE) == ItemKey.of(item) == key


def test_an_item_of_another_package_has_the_name_of_its_type_as_its_kind() -> None:
    assert kind_of(Own(id=1)) == "Own"
    assert ItemKey.of({}) == ItemKey("dict", None, "", 0)

from __future__ import annotations

import inspect
import re

import pytest

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType

# Spelled out here, not taken from the package: path, query, key of the entries.
CALLS = [
    (endpoints.user_illusts(11), "/v1/user/illusts", "user_id=11&filter=for_ios", "illusts"),
    (endpoints.user_illusts(11, type=WorkType.MANGA), "/v1/user/illusts", "user_id=11&type=manga&filter=for_ios", "illusts"),
    (endpoints.user_detail(11), "/v1/user/detail", "user_id=11&filter=for_ios", ""),
    (endpoints.illust_detail(77), "/v1/illust/detail", "illust_id=77&filter=for_ios", ""),
    (endpoints.ugoira_metadata(77), "/v1/ugoira/metadata", "illust_id=77", ""),
]  # fmt: skip
FUNCTIONS = {
    name: function
    for name, function in inspect.getmembers(endpoints, inspect.isfunction)
    if function.__module__ == endpoints.__name__
}


@pytest.mark.parametrize(("call", "path", "query", "entries_key"), CALLS)
def test_an_endpoint_asks_for_what_pixiv_knows(call: ApiCall, path: str, query: str, entries_key: str) -> None:
    assert (call.path, call.query, call.entries_key) == (path, query, entries_key)


def test_no_endpoint_is_missing_in_the_table_above() -> None:
    paths = {re.sub(r"^/v\d+/", "", path).replace("/", "_").replace("-", "_") for _, path, _, _ in CALLS}
    assert paths == set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_an_endpoint_is_documented_with_its_method_and_path(name: str) -> None:
    documented = re.match(r"(GET|POST) /v\d+/(\S+):", FUNCTIONS[name].__doc__ or "")
    assert documented is not None
    assert documented[2].replace("/", "_").replace("-", "_") == name

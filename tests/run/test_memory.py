"""No collection of a crawl has an entry for each of its works; benchmarks/growth.py measures the peak of longer crawls."""

from __future__ import annotations

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler
from tests.memory_extension import FILE_NAME, WORKS

pytestmark = pytest.mark.promise("memory")


@pytest.mark.parametrize(
    "args", [{"files": "none", "users": "true"}, {"files": "square_medium"}], ids=["users", "files"]
)
def test_what_a_crawl_holds_does_not_grow_with_its_works(args: dict[str, str], crawl: Crawler) -> None:
    assert held(crawl, args) == ""


def test_what_a_crawl_holds_does_not_grow_with_its_failures(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("bad_parameter", "/v1/user/detail", times=None, share=0.5))
    sandbox.add_fault(Fault("not_found_404", "/c/", times=None))
    assert held(crawl, {"users": "true", "files": "square_medium"}) == ""


def held(crawl: Crawler, args: dict[str, str]) -> str:
    """The large collections of a crawl of works by as many users, at its end."""
    done = crawl(
        "new_works",
        max_works=WORKS,
        settings={"PIXIV_FILE_PATH": "{user_name} {user_id}/{illust_id}_p{page}{ext}", "RETRY_TIMES": 0},
        env=crawl.login | {"SCRAPY_SETTINGS_MODULE": "tests.memory_extension"},
        **args,
    )
    assert len(done.lines("illusts")) == WORKS, done.log
    return (done.run_folder / FILE_NAME).read_text("utf-8")

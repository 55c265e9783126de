"""Every spider does what its documentation shows; a new one is tested the moment it exists."""

from __future__ import annotations

import inspect
import re
import shlex
from typing import Any

import jsonschema
import msgspec
import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pixiv_crawler import settings as project_settings
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.schemas import schema_of
from tests.crawling import Crawler

SPIDERS = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))
WRITERS = {"edit_bookmarks"}


def example(name: str) -> dict[str, str]:
    """The arguments of a spider's example."""
    (line,) = re.findall(rf"Example: scrapy crawl {name}(.*)", inspect.getdoc(SPIDERS.load(name)) or "")
    words = [word for word in shlex.split(line) if word != "-a"]
    return dict(word.split("=", 1) for word in words)


def item_class(feed: str) -> Any:
    for uri, options in project_settings.FEEDS.items():
        if uri.endswith(f"/{feed}"):
            module, _, name = options["item_classes"][0].rpartition(".")
            return getattr(__import__(module, fromlist=[name]), name)
    raise AssertionError(f"no feed writes {feed}")


@pytest.mark.parametrize("name", SPIDERS.list())
def test_the_example_of_a_spider_gives_lines_that_fit_their_schemas(
    sandbox: Sandbox, crawl: Crawler, name: str
) -> None:
    done = crawl(name, **example(name))
    assert done.status == 0, done.log
    assert done.report["finish_reason"] == "finished"
    assert done.report["lost"] == []
    assert done.report["new_fields"] == []
    feeds = sorted(done.run_folder.glob("*.jsonl"))
    assert feeds
    for feed in feeds:
        cls = item_class(feed.name)
        validator = jsonschema.Draft202012Validator(schema_of(cls))
        for line in feed.read_bytes().splitlines():
            msgspec.json.decode(line, type=cls)
            validator.validate(msgspec.json.decode(line))
    assert "Traceback" not in done.log


@pytest.mark.parametrize("name", sorted(set(SPIDERS.list()) - WRITERS))
def test_no_other_spider_writes_to_pixiv(sandbox: Sandbox, crawl: Crawler, name: str) -> None:
    crawl(
        name,
        **(example(name) | {"files": "none"} if "files" in SPIDERS.load(name).Args.model_fields else example(name)),
    )
    assert {request.method for request in sandbox.requests if request.kind == "api"} == {"GET"}


@pytest.mark.parametrize("name", SPIDERS.list())
def test_a_spider_tells_its_arguments(name: str) -> None:
    from tests.crawling import scrapy

    done = scrapy("crawl", name, "-a", "help=1")
    assert done.returncode == 0
    for argument, field in SPIDERS.load(name).Args.model_fields.items():
        assert re.search(rf"^  {argument} \(", done.stdout, re.MULTILINE)
        assert (field.description or "x").split()[0] in done.stdout


@pytest.mark.parametrize("name", SPIDERS.list())
def test_an_unknown_argument_is_refused_with_the_known_ones(sandbox: Sandbox, crawl: Crawler, name: str) -> None:
    done = crawl(name, **(example(name) | {"nonsense": "1"}))
    assert done.status == 1
    assert (
        f"unknown spider argument 'nonsense'; known are: {', '.join(sorted(SPIDERS.load(name).Args.model_fields))}"
        in done.log
    )
    assert sandbox.requests == []

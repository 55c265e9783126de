"""The private names of Scrapy that this project uses; these tests fail if an upgrade changes one of them."""

from __future__ import annotations

import inspect
import re

import pytest
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.core.engine import ExecutionEngine
from scrapy.core.scraper import Scraper
from scrapy.pipelines.media import MediaPipeline

from pixiv_crawler.downloadhandlers import PixivDownloadHandler
from pixiv_crawler.pipelines.files import WorkFilesPipeline
from tests.in_process import PROJECT

PACKAGE = PROJECT / "pixiv_crawler"
# The module that accesses Scrapy's engine, and the one that imports a private module of Scrapy.
USERS = {"run/closing.py", "downloadhandlers.py"}


def _private_methods(subclass: type, base: type) -> set[str]:
    """The private methods of a base class that a subclass overrides or calls."""
    source = inspect.getsource(subclass)
    names = {
        name
        for name in re.findall(r"(?:self|super\(\))\.(_[a-z]\w*)|def (_[a-z]\w*)", source)
        for name in name
        if name
    }
    return {name for name in names if hasattr(base, name)}


@pytest.mark.parametrize(
    ("subclass", "base", "names"),
    [
        (WorkFilesPipeline, MediaPipeline, {"_process_request"}),
        (
            PixivDownloadHandler,
            AiohttpDownloadHandler,
            {
                "_build_base_response_args",
                "_cancel_maxsize",
                "_extract_headers",
                "_extract_proxy_url_with_creds",
                "_iter_body_chunks",
                "_make_request",
                "_read_response",
                "_request_headers",
            },
        ),
    ],
)
def test_the_private_methods_of_base_classes_are_known(subclass: type, base: type, names: set[str]) -> None:
    assert _private_methods(subclass, base) == names


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (MediaPipeline, "_process_request", ["self", "request", "info", "item"]),
        (AiohttpDownloadHandler, "_make_request", ["self", "request", "timeout"]),
        (AiohttpDownloadHandler, "_read_response", ["self", "response", "request"]),
        (AiohttpDownloadHandler, "_request_headers", ["request"]),
        (Scraper, "_check_if_closing", ["self"]),
    ],
)
def test_private_methods_have_the_parameters_that_we_pass(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_the_engine_has_the_private_attributes_that_closing_uses() -> None:
    source = inspect.getsource(ExecutionEngine)
    assert "self._slot" in source
    assert "self._slot.closing" in source
    assert "nextcall" in source


def test_no_other_module_uses_private_names_of_scrapy() -> None:
    private = re.compile(r"(?:engine|scraper|crawler)\._[a-z]\w*|scrapy\.[\w.]+\._\w+")
    users = {
        str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if private.search(path.read_text("utf-8"))
    }
    assert users == USERS

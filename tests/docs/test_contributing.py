"""CONTRIBUTING.md agrees with the code."""

from __future__ import annotations

import re

from pixiv_crawler import settings
from tests.code_blocks import blocks
from tests.crawling import PROJECT

PAGE = PROJECT / "CONTRIBUTING.md"
PACKAGE = PROJECT / "pixiv_crawler"


def test_the_diagram_contains_our_components_with_their_numbers() -> None:
    (diagram,) = (block.text for block in blocks(PAGE) if block.mark == "order")
    shown = {name: int(number) for number, name in re.findall(r"\b(\d+)  (\w+)", diagram)}
    components: dict[str, int] = {}
    for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES"):
        for path, number in getattr(settings, name).items():
            if path.startswith("pixiv_crawler.") and number is not None:
                components[path.rpartition(".")[2]] = number
    assert shown == components


def test_the_diagram_lists_each_kind_of_component_in_order() -> None:
    (diagram,) = (block.text for block in blocks(PAGE) if block.mark == "order")
    engine = diagram.index("engine")
    spider_side = [int(number) for number in re.findall(r"\b(\d+)  \w+Middleware", diagram[:engine])]
    downloader_side = [int(number) for number in re.findall(r"\b(\d+)  \w+Middleware", diagram[engine:])]
    pipelines = [int(number) for number in re.findall(r"\b(\d+)  \w+Pipeline", diagram)]
    assert spider_side == sorted(spider_side, reverse=True)
    assert downloader_side == sorted(downloader_side)
    assert pipelines == sorted(pipelines)


def test_the_tree_lists_every_module_of_the_package_in_at_most_25_lines() -> None:
    tree = blocks_without_language()[0]
    assert len(tree.splitlines()) <= 25
    modules = {path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    named = set(re.findall(r"\b(\w+)(?=/|\.py)", tree))
    assert {module.removesuffix(".py") for module in modules} - named == {"__init__"}


def test_the_tree_lists_only_existing_files() -> None:
    for line in blocks_without_language()[0].splitlines()[1:]:
        if found := re.match(r"  ((?:[\w.]+/? )+)", line):
            for name in found[1].split():
                assert (PACKAGE / name).exists(), name


def blocks_without_language() -> list[str]:
    return re.findall(r"^```\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

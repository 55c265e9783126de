"""scrapy config: prints the settings that are in effect, and where each value comes from."""

from __future__ import annotations

import argparse
import os

from scrapy.commands import ScrapyCommand
from scrapy.settings import SETTINGS_PRIORITIES

from pixiv_crawler import configuration
from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say


class Command(ScrapyCommand):
    """Exit status: 0."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Print the settings in effect, and where each value comes from"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        redaction.install()
        assert self.settings is not None
        rows = [(name, self._value(name), self._source(name)) for name in sorted(self.settings) if _is_ours(name)]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        say(*(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}" for name, value, source in rows))

    def _value(self, name: str) -> str:
        assert self.settings is not None
        value = str(self.settings[name]) or os.environ.get(name, "")
        return redaction.MASK if name in configuration.SECRETS and value else value or "(empty)"

    def _source(self, name: str) -> str:
        assert self.settings is not None
        is_given = self.settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]
        return "-s" if is_given else configuration.source_of(name)


def _is_ours(name: object) -> bool:
    return str(name).startswith(configuration.PREFIX)

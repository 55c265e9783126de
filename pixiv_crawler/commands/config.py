"""scrapy config: prints the settings that are in effect, and where each value comes from."""

import argparse
import os

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from pixiv_crawler import configuration
from pixiv_crawler.base_command import BaseCommand, check_all
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE
from pixiv_crawler.console.redaction import MASK
from pixiv_crawler.settings import config_file


class Command(BaseCommand):
    """Exit status: 0, or 1 if one of them is not valid."""

    summary = "Print the settings in effect, and where each value comes from"

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        names = sorted(str(name) for name in settings if str(name).startswith(configuration.PREFIX))
        rows = [(name, _value(settings, name), _source(settings, name)) for name in names]
        rows += [
            (f"spiders.{spider}.{name}", value, str(config_file.path))
            for spider in sorted(config_file.spiders)
            for name, value in config_file.arguments(spider).items()
        ]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        say(*(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}" for name, value, source in rows))
        check_all(settings)
        return COMPLETE


def _value(settings: BaseSettings, name: str) -> str:
    value = str(settings[name]) or os.environ.get(name, "")
    return MASK if name in configuration.SECRETS and value else value or "(empty)"


def _source(settings: BaseSettings, name: str) -> str:
    is_given = settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]
    return "-s" if is_given else configuration.source_of(name, config_file)

"""The frame of our commands of `scrapy`."""

import argparse
import sys
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from pixiv_crawler import configuration
from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import INVALID_USE, PROGRAM
from pixiv_crawler.exceptions import ArgumentError, PixivCrawlerError
from pixiv_crawler.layout import paths
from pixiv_crawler.lists import STANDARD_INPUT


class CheckedCommand(ScrapyCommand):
    """A command that does nothing if a setting that it is given does not exist: its default could do harm."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            self.check(args, opts, self.settings)
        except PixivCrawlerError as error:
            self.report_error(f"Error: {error}")
            sys.exit(INVALID_USE)

    def check(self, _args: list[str], _opts: argparse.Namespace, settings: BaseSettings) -> None:
        """Checks the command line and the configuration.

        Raises:
            PixivCrawlerError: one of them is not valid.
        """
        check_configuration(settings)

    def report_error(self, sentence: str) -> None:
        fail(sentence)


class BaseCommand(CheckedCommand):
    """A command in a project without a crawl; an error ends it with one sentence."""

    requires_project = True
    requires_crawler_process = False
    summary: ClassVar[str]
    usage: ClassVar[str] = ""

    def syntax(self) -> str:
        return self.usage

    def short_desc(self) -> str:
        return self.summary

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        redaction.install()
        assert self.settings is not None
        try:
            self.exitcode = self.execute(args, opts, self.settings)
        except PixivCrawlerError as error:
            self.exitcode = fail(f"Error: {error}")

    @abstractmethod
    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Returns the exit status."""


def check_configuration(settings: BaseSettings) -> None:
    """Checks what takes effect before a command begins.

    Raises:
        SettingError: the configuration is not valid, or there is no setting or spider of a given name.
    """
    from pixiv_crawler import settings as defaults  # reads the configuration file, which --config may name

    configuration.check(settings, defaults.config_file, vars(defaults))
    if defaults.config_file.spiders:
        defaults.config_file.check_spiders(get_spider_loader(settings).list())


def check_all(settings: BaseSettings) -> None:
    """Checks also every value, and the arguments that the configuration file gives to spiders.

    Raises:
        SettingError: the configuration or a value is not valid.
        ArgumentError: an argument is not valid.
    """
    from pixiv_crawler.addon import check_settings  # imports what a crawl needs
    from pixiv_crawler.settings import config_file

    check_configuration(settings)
    check_settings(settings.copy())
    for name in config_file.spiders:
        # What standard input will contain is not known yet.
        arguments = {key: value for key, value in config_file.arguments(name).items() if value != STANDARD_INPUT}
        spider_class: Any = get_spider_loader(settings).load(name)
        try:
            spider_class.Args.parse(arguments, name)
        except ArgumentError as error:
            if error.argument in arguments:  # not if the command has to give one
                raise config_file.located(error, name) from error


def fail(sentence: str, status: int = INVALID_USE) -> int:
    say(sentence, is_error=True)
    return status


def reject_arguments(args: list[str], command: str) -> None:
    """Scrapy passes on unknown arguments, including misspelled options.

    Raises:
        ArgumentError: there is one.
    """
    if args:
        raise ArgumentError(f"unknown argument {args[0]!r}; see {PROGRAM} {command} --help")


def data_dir(settings: BaseSettings) -> Path:
    return paths.data_dir(settings["PIXIV_DATA_DIR"])

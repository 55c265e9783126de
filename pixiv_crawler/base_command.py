"""The frame of our commands of `scrapy`."""

import argparse
import sys
from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings

from pixiv_crawler import configuration
from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import INVALID_USE, PROGRAM
from pixiv_crawler.exceptions import ArgumentError, PixivCrawlerError
from pixiv_crawler.layout import paths


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
        SettingError: there is no setting of a given name.
    """
    from pixiv_crawler import settings as defaults  # reads the configuration file, which --config may name

    configuration.check_names(settings, vars(defaults))


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

"""scrapy crawl: Scrapy's own command, with an exit status that shows how the crawl ended."""

from __future__ import annotations

import argparse
import asyncio
import gc
import inspect
import logging
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands.crawl import Command as ScrapyCrawlCommand
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.spiderloader import get_spider_loader

from pixiv_crawler.base_command import CheckedCommand
from pixiv_crawler.console import terminal
from pixiv_crawler.console.argument_help import described
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, INVALID_USE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.console.redaction import printable
from pixiv_crawler.exceptions import ArgumentError, FinishedError, PixivCrawlerError, SettingError, suggestion
from pixiv_crawler.settings import config_file

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from pixiv_crawler.spiders.base import PixivSpider

logger = logging.getLogger(__name__)

_LISTS = "In place of IDs or URLs, @FILE reads a list of them from a text file, and - from standard input."
_COMMAND_LINE = SETTINGS_PRIORITIES["cmdline"]


class Command(CheckedCommand, ScrapyCrawlCommand):
    """Exit status: 0 complete, 1 invalid arguments or settings, 2 stopped early, 3 finished with failures."""

    def __init__(self) -> None:
        super().__init__()
        self._cleanup = ExitStack()
        self._known_sizes: list[int] | None = None
        """Sizes of files that were downloaded earlier; None unless this is a dry run."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        group = parser.add_mutually_exclusive_group()
        group.add_argument("-v", "--verbose", action="store_true", help="show Scrapy's log on a terminal, too")
        group.add_argument("-q", "--quiet", action="store_true", help="show nothing but errors")

    def check(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> None:
        """Errors that can be detected now are reported in one sentence, before Scrapy logs anything."""
        _choose_log_level(settings, is_verbose=opts.verbose, is_quiet=opts.quiet)
        super().check(args, opts, settings)
        spider_class = _spider_class(args, settings)
        if opts.spargs.pop("help", None):
            say(*_help(spider_class).split("\n"))
            sys.exit(COMPLETE)
        given, opts.spargs = opts.spargs, config_file.arguments(spider_class.name) | opts.spargs
        _reject_visible_token(opts.spargs, settings)
        try:
            spider_args = spider_class.Args.parse(opts.spargs, spider_class.name)
        except ArgumentError as error:
            raise config_file.located(error, spider_class.name, given) from error

        from pixiv_crawler.addon import check_settings  # imports what a crawl needs, but not its help

        check_settings(settings.copy())
        if spider_args.dry_run:
            self._begin_dry_run(settings)

    def report_error(self, sentence: str) -> None:
        assert self.settings is not None
        _report(sentence, self.settings)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        crawler = self._create_crawler(args[0])
        crawl = self.crawler_process.crawl(crawler, **opts.spargs)
        assert isinstance(crawl, asyncio.Task)
        # A crawl creates few cycles; looking for them after every 700 new objects takes a tenth of its processor time.
        gc.set_threshold(10_000)
        self.crawler_process.start()
        self.exitcode = _exit_status(crawler, crawl)
        if self._known_sizes is not None:
            self._end_dry_run(crawler, self._known_sizes)
        elif last := _last_lines(crawler, is_early=self.exitcode == STOPPED_EARLY):
            say(*last, is_error=True)  # below everything that Scrapy prints

    def _begin_dry_run(self, settings: BaseSettings) -> None:
        from pixiv_crawler.run import dry_run

        self._known_sizes = dry_run.known_sizes(settings)
        self._cleanup.enter_context(dry_run.without_output(settings))

    def _end_dry_run(self, crawler: Crawler, sizes: list[int]) -> None:
        from pixiv_crawler.run.forecast import Sample, forecast

        self._cleanup.close()
        if self.exitcode == INVALID_USE:
            return
        # There is no reason if Ctrl-C was pressed twice.
        reason = crawler.stats.get_value("finish_reason", "shutdown")
        self.exitcode = COMPLETE if reason in ("finished", "incomplete") else STOPPED_EARLY
        spider: Any = crawler.spider
        all_calls, most = sum(1 for _ in spider.start_calls()), getattr(spider.args, "max_works", None)
        assert self.settings is not None
        delay = self.settings.getfloat("PIXIV_API_DELAY")  # of the crawler, the simulated Pixiv has changed it
        early = f"; it ended early ({reason}), so the figures are incomplete" if self.exitcode else ""
        say(f"{spider.name}: a dry run, nothing was written{early}")
        say(*forecast(Sample.of(crawler), all_calls, most=most, delay=delay, sizes=sizes))
        if getattr(spider.args, "new_only", False):
            say("new_only, and the files that are on disk, are not taken into account")


def _choose_log_level(settings: BaseSettings, *, is_verbose: bool, is_quiet: bool) -> None:
    """On a terminal, a summary takes the place of Scrapy's log, unless the user asks for the log.

    Raises:
        SettingError: LOG_LEVEL is not a level.
    """
    level = settings["LOG_LEVEL"]
    if isinstance(level, str) and level not in logging.getLevelNamesMapping():
        raise SettingError(f"LOG_LEVEL {level!r} is not a level: pass CRITICAL, ERROR, WARNING, INFO or DEBUG")
    is_default = settings["LOG_LEVEL"] == "INFO" and settings.getpriority("LOG_LEVEL") != _COMMAND_LINE
    if is_quiet:
        settings.set("LOG_LEVEL", "ERROR", priority="cmdline")
    elif is_default and not is_verbose and terminal.logs_to_terminal(settings):
        settings.set("LOG_LEVEL", terminal.LEVEL, priority="cmdline")
        settings.set("LOG_FORMAT", "%(levelname)s: %(message)s", priority="cmdline")


def _spider_class(args: list[str], settings: BaseSettings) -> type[PixivSpider]:
    loader = get_spider_loader(settings)
    known = sorted(loader.list())
    if option := next((word for word in args if word.startswith("-")), None):
        raise ArgumentError(f"{option!r} is not a valid option; see: {PROGRAM} crawl --help")
    if len(args) != 1:
        raise ArgumentError(f"pass the name of one spider: {', '.join(known)}")
    if args[0] not in known:
        raise ArgumentError(f"{args[0]!r} is not a spider: {suggestion(args[0], known)}")
    spider_class = loader.load(args[0])
    from pixiv_crawler.spiders.base import PixivSpider

    assert issubclass(spider_class, PixivSpider)
    return spider_class


def _help(spider_class: type[PixivSpider]) -> str:
    """Describes a spider and its arguments, for a terminal."""
    return "\n".join(
        [f"{spider_class.name}: {inspect.getdoc(spider_class)}", "", *described(spider_class.Args), f"  {_LISTS}"]
    )


def _last_lines(crawler: Crawler, *, is_early: bool) -> list[str]:
    """What the user sees at the end: on a terminal, the outcome; elsewhere, how to resume a crawl that stopped early."""
    from pixiv_crawler.http.shared import SharedObjects
    from pixiv_crawler.layout.paths import FAILURES_NAME
    from pixiv_crawler.run.lifecycle import Run

    if not crawler.get_addon(SharedObjects):
        return []
    run = Run.of(crawler)
    spider: Any = crawler.spider
    if run.report is None:
        # The crawl stopped before there was a run, or Ctrl-C was pressed twice.
        resume = terminal.command("resume", f"{spider.name}/{spider.job}", crawler.settings) if run.is_open else ""
        return [f"The crawl was stopped at once. To resume: {resume}"] if resume else []
    if terminal.shows_summary(crawler.settings):
        folder = run.folder.path
        return terminal.outcome(run.report, folder, folder / FAILURES_NAME, crawler.settings)
    return [run.report["next"]] if is_early else []


def _exit_status(crawler: Crawler, crawl: asyncio.Task[None]) -> int:
    if not crawl.done():
        return STOPPED_EARLY
    error = crawl.exception()
    if isinstance(error, PixivCrawlerError):
        return _refused(error, crawler.settings)
    if isinstance(error, ValueError | TypeError | OSError | AssertionError):
        # Raised by Scrapy for invalid settings.
        logger.debug("The crawl could not be set up", exc_info=error)
        why = f"{type(error).__name__}: {error}"
        _report(f"Error: the crawl could not be set up ({why}); check the settings", crawler.settings)
        return INVALID_USE
    if error is not None:
        raise error
    from pixiv_crawler.run.lifecycle import Run

    if refusal := Run.of(crawler).refusal:
        return _refused(refusal, crawler.settings)
    if not Run.of(crawler).has_finished:
        return STOPPED_EARLY
    return INCOMPLETE if crawler.stats.get_value("pixiv/failed/count") else COMPLETE


def _refused(refusal: PixivCrawlerError, settings: BaseSettings) -> int:
    if isinstance(refusal, FinishedError):
        _report(str(refusal), settings)
        return INCOMPLETE if refusal.has_failures else COMPLETE
    _report(f"Error: {refusal}", settings)
    return INVALID_USE


def _reject_visible_token(arguments: dict[str, Any], settings: BaseSettings) -> None:
    """Rejects tokens and sessions passed to a Scrapyd job, which shows them in its list of jobs, its log and the list of processes.

    Raises:
        SettingError: a token was passed with the job.
    """
    secrets = ("PIXIV_REFRESH_TOKEN", "PIXIV_WEB_SESSION")
    names = [
        name
        for name in arguments
        if name.lower().endswith(("refresh_token", "access_token", "web_session", "phpsessid"))
    ]
    names += [name for name in secrets if settings[name] and settings.getpriority(name) == _COMMAND_LINE]
    if "_job" in arguments and names:
        is_web = names[0].lower().endswith(("web_session", "phpsessid"))
        raise SettingError(
            f"{names[0]} was passed with the job, which Scrapyd shows in its lists and log; set {secrets[is_web]} in the "
            f"environment of Scrapyd, or run {PROGRAM} login{' --web' if is_web else ''} on that machine"
        )


def _report(sentence: str, settings: BaseSettings) -> None:
    """Prints a message and appends it to the log file, which is all that Scrapyd shows of a job."""
    sentence = printable(sentence)
    say(sentence, is_error=True)
    if settings["LOG_FILE"]:
        with suppress(OSError), Path(settings["LOG_FILE"]).open("a", encoding="utf-8") as file:
            file.write(f"{sentence}\n")

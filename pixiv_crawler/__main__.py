"""pixiv-crawler: the commands of this project and of Scrapy from any folder, and crawls of pages by their URLs.

It loads the command that is run and no other one, so that it starts fast.
"""

import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from scrapy.cmdline import ScrapyArgumentParser
from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from pixiv_crawler import configuration
from pixiv_crawler.api.page_target import PageTarget, group_by_run
from pixiv_crawler.api.site_urls import is_short_url, is_url, parse_page_url
from pixiv_crawler.base_command import check_configuration, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import ArgumentError, PixivCrawlerError
from pixiv_crawler.lists import is_list, read_lines
from pixiv_crawler.run.processes import run_in_order

_SCRAPY = "scrapy.commands"
# Options of `crawl` whose value is the next word.
_WITH_VALUE = {
    "-a",
    "-s",
    "-o",
    "-O",
    "-L",
    "--set",
    "--output",
    "--overwrite-output",
    "--loglevel",
    "--logfile",
    "--profile",
}


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line.

    Raises:
        SystemExit: always; with the exit status of the command, or the most serious one of several crawls.
    """
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "pixiv_crawler.settings")
    words = _without_config(sys.argv[1:] if words is None else words)
    settings = get_project_settings()
    match words:
        case [] | ["-h"] | ["--help"] | ["help"]:
            say(*_help(settings))
            sys.exit(0)
        case ["--version"]:
            say(f"pixiv-crawler {version('pixiv_crawler')}, Scrapy {version('scrapy')}")
            sys.exit(0)
        case [first, *_] if _is_page(first) or (first.startswith("-") and _split(words)[0]):
            sys.exit(_crawl_pages(words, settings))
        case [name, *rest]:
            sys.exit(_run(name, rest, settings))


def _without_config(words: Sequence[str]) -> Sequence[str]:
    """Applies `--config FILE`, which every command accepts; the commands themselves do not know it."""
    words = [part for word in words for part in (word.split("=", 1) if word.startswith("--config=") else [word])]
    if "--config" not in words:
        return words
    at = words.index("--config")
    if at + 1 == len(words):
        sys.exit(fail("Error: --config needs the path of a TOML file"))
    if not Path(words[at + 1]).expanduser().is_file():
        sys.exit(fail(f"Error: --config {words[at + 1]!r} is not a file: pass the path of a TOML file"))
    os.environ[configuration.FILE_VARIABLE] = words[at + 1]
    return [*words[:at], *words[at + 2 :]]


def _crawl_pages(words: Sequence[str], settings: Settings) -> int:
    pages, options = _split(words)
    try:
        settings.setdict(_given_settings(options), priority="cmdline")
        check_configuration(settings)
        runs = group_by_run(target for word in pages for target in _targets(word, settings))
    except PixivCrawlerError as error:
        return fail(f"Error: {error}")
    if not runs:
        return fail(f"Error: {' '.join(pages)} contains no URL: write one URL on each line")
    commands = [["crawl", *_arguments(run), *options] for run in runs]
    if len(commands) == 1:
        return _run(commands[0][0], commands[0][1:], settings)
    return run_in_order(commands)


def _is_page(word: str) -> bool:
    return is_url(word) or is_list(word)


def _targets(word: str, settings: Settings) -> Iterator[PageTarget]:
    """What collects the page at a URL, or all pages of a list.

    Raises:
        ArgumentError: the list cannot be read, or contains something that is not the URL of a page.
    """
    if not is_list(word):
        yield _target(word, settings)
        return
    for line in read_lines(word):
        for url in re.split(r",\s*(?=https?://|$)|,\s+", line.text):  # a URL may contain a comma, too
            try:
                if url:
                    yield _target(url, settings)
            except ArgumentError as error:
                raise ArgumentError(line.located(error)) from error


def _target(url: str, settings: Settings) -> PageTarget:
    if is_short_url(url):
        from pixiv_crawler.http.short_urls import expand  # no other URL needs a request

        url = expand(url if "://" in url else f"https://{url}", settings)
    return parse_page_url(url)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The URLs and lists, and the options with their values."""
    pages: list[str] = []
    options: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        (pages if _is_page(word) and before not in _WITH_VALUE else options).append(word)
    return pages, options


def _given_settings(options: Sequence[str]) -> dict[str, str]:
    """The settings among the options of a crawl."""
    parser = ArgumentParser(add_help=False)
    parser.add_argument("-s", "--set", action="append", default=[])
    given = parser.parse_known_args(options)[0].set
    return dict(word.split("=", 1) for word in given if "=" in word)


def _arguments(run: PageTarget) -> list[str]:
    return [run.spider, *(word for name, value in run.args.items() for word in ("-a", f"{name}={value}"))]


def _run(name: str, words: Sequence[str], settings: Settings) -> int:
    """Runs one command, as `scrapy` does; returns its exit status."""
    command = _command(name, settings)
    if command is None:
        return fail(f"Error: {name!r} is neither a command nor the URL of a page: see {PROGRAM} --help")
    parser = ScrapyArgumentParser(
        formatter_class=ScrapyHelpFormatter,
        usage=f"{PROGRAM} {name} {command.syntax()}",
        conflict_handler="resolve",
        description=command.long_desc(),
    )
    settings.setdict(command.default_settings, priority="command")
    command.settings = settings
    command.add_options(parser)
    options, args = parser.parse_known_args(words)
    try:
        command.process_options(args, options)
        if command.requires_crawler_process:
            from scrapy.crawler import AsyncCrawlerProcess  # imports Twisted, which other commands do not need

            command.crawler_process = AsyncCrawlerProcess(settings)
        command.run(args, options)
    except UsageError as error:
        parser.error(str(error) or f"see {PROGRAM} {name} --help")
    return command.exitcode


def _command(name: str, settings: Settings) -> ScrapyCommand | None:
    for package in (settings["COMMANDS_MODULE"], _SCRAPY):
        if name.isidentifier() and not name.startswith("_") and find_spec(f"{package}.{name}"):
            command: ScrapyCommand = import_module(f"{package}.{name}").Command()
            return command
    return None


def _help(settings: Settings) -> list[str]:
    ours = [module.name for module in iter_modules(import_module(settings["COMMANDS_MODULE"]).__path__)]
    commands = {name: command for name in ours if (command := _command(name, settings))}
    return [
        "Crawls Pixiv: typed data, original images, resumable runs.",
        "",
        "Usage:",
        "  pixiv-crawler URL ... [-a NAME=VALUE] [-s NAME=VALUE]",
        "  pixiv-crawler @FILE   the URLs in a file; - those on standard input",
        "  pixiv-crawler COMMAND [options]",
        "  --config FILE    read settings from this TOML file",
        "",
        "Commands:",
        *(f"  {name:<10} {command.short_desc()}" for name, command in sorted(commands.items())),
        "",
        "pixiv-crawler COMMAND --help describes a command, pixiv-crawler crawl SPIDER -a help=1 a spider.",
    ]


if __name__ == "__main__":
    main()

"""scrapy gallery: generates a page that shows the collected works."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import PixivCrawlerError
from pixiv_crawler.layout import paths

if TYPE_CHECKING:
    from pixiv_crawler.outputs.gallery import Gallery


class Command(ScrapyCommand):
    """Generates a page that shows the works in the data folder; a browser opens it as a local file."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Generate a page that shows the collected works"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the page (default: PIXIV_DATA_DIR/gallery)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        redaction.install()
        if args:
            # Scrapy passes on unknown arguments, including misspelled options.
            self._fail(f"Error: {args[0]!r} is not a valid argument; see: {PROGRAM} gallery --help", 1)
            return
        from pixiv_crawler.outputs.gallery import make_gallery  # libraries that no other command needs

        try:
            assert self.settings is not None
            data_dir = paths.data_dir(self.settings["PIXIV_DATA_DIR"])
            folder = Path(opts.output).expanduser().absolute() if opts.output else data_dir / "gallery"
            _print(make_gallery(data_dir, folder))
        except PixivCrawlerError as error:
            self._fail(f"Error: {error}", 1)
        except OSError as error:
            self._fail(
                f"Error: the gallery could not be written ({error}); fix this, or pass another folder with --output", 1
            )
        except KeyboardInterrupt:
            self._fail(f"Stopped; run {PROGRAM} gallery again to continue.", 2)

    def _fail(self, sentence: str, status: int) -> None:
        say(sentence, is_error=True)
        self.exitcode = status


def _print(gallery: Gallery) -> None:
    say(f"Open {gallery.index.as_uri()}")
    say(f"{_count(gallery.works, 'work')} by {_count(gallery.authors, 'author')}.")
    if gallery.without_files:
        say(f"{_count(gallery.without_files, 'work')} without files, shown without an image.")
    if gallery.failed_images:
        say(
            f"{_count(gallery.failed_images, 'thumbnail')} could not be generated: the files are invalid or too large."
        )
    if gallery.unreadable_lines:
        say(f"{_count(gallery.unreadable_lines, 'line')} skipped: incomplete, empty or written by another program.")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"

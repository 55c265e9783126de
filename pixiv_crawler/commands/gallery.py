"""scrapy gallery: generates a page that shows the collected works."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.exceptions import ArgumentError, SettingError

if TYPE_CHECKING:
    from pixiv_crawler.outputs.gallery import Gallery


class Command(BaseCommand):
    """Generates a page that shows the works in the data folder; a browser opens it as a local file."""

    summary = "Generate a page that shows the collected works"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the page (default: PIXIV_DATA_DIR/gallery)")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        if args:
            # Scrapy passes on unknown arguments, including misspelled options.
            raise ArgumentError(f"{args[0]!r} is not a valid argument; see: {PROGRAM} gallery --help")
        from pixiv_crawler.outputs.gallery import make_gallery  # libraries that no other command needs

        try:
            data = data_dir(settings)
            folder = Path(opts.output).expanduser().absolute() if opts.output else data / "gallery"
            _print(make_gallery(data, folder))
        except OSError as error:
            raise SettingError(
                f"the gallery could not be written ({error}); fix this, or pass another folder with --output"
            ) from error
        except KeyboardInterrupt:
            return fail(f"Stopped; run {PROGRAM} gallery again to continue.", STOPPED_EARLY)
        return COMPLETE


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

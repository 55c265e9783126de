"""scrapy gallery: makes a page of what was collected."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scrapy.commands import ScrapyCommand

from pixiv_crawler.exceptions import PixivCrawlerError, SettingError
from pixiv_crawler.outputs.gallery import Gallery, make_gallery


class Command(ScrapyCommand):
    """Makes a page that shows the works of the data folder; a browser opens it as a file, without network."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "Make a page that shows what was collected"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the page (default: PIXIV_DATA_DIR/gallery)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            # Scrapy hands on what it does not know, an option with a slip of the pen too.
            self._fail(f"Error: scrapy gallery does not know {args[0]!r}; see scrapy gallery --help", 1)
            return
        try:
            data_dir = self._data_dir
            folder = Path(opts.output).expanduser().absolute() if opts.output else data_dir / "gallery"
            _tell(make_gallery(data_dir, folder))
        except PixivCrawlerError as error:
            self._fail(f"Error: {error}", 1)
        except OSError as error:
            self._fail(f"Error: the gallery could not be made ({error}); sanitize that, or give another --output", 1)
        except KeyboardInterrupt:
            self._fail("Stopped; run scrapy gallery again to go on.", 2)

    @property
    def _data_dir(self) -> Path:
        assert self.settings is not None
        name = str(self.settings["PIXIV_DATA_DIR"] or "").strip()
        if not name:
            raise SettingError("PIXIV_DATA_DIR is empty; give it a value, or leave it out for the default")
        return Path(name).expanduser().absolute()

    def _fail(self, sentence: str, status: int) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = status


def _tell(gallery: Gallery) -> None:
    print(f"Open {gallery.index.as_uri()}")
    print(f"{_count(gallery.works, 'work')} by {_count(gallery.authors, 'author')}.")
    if gallery.without_files:
        print(f"{_count(gallery.without_files, 'work')} without files, shown without a picture.")
    if gallery.failed_pictures:
        print(f"{_count(gallery.failed_pictures, 'picture')} could not be made: the files are broken or too large.")
    if gallery.unreadable_lines:
        print(f"{_count(gallery.unreadable_lines, 'line')} could not be read (torn, empty or foreign) and left out.")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"

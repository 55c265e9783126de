"""scrapy gallery: generates a page that shows the collected works."""

from __future__ import annotations

import argparse
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.exceptions import ArgumentError, SettingError, os_problem
from pixiv_crawler.layout import paths

if TYPE_CHECKING:
    from pixiv_crawler.outputs.gallery import Gallery
    from pixiv_crawler.outputs.gallery.serving import GalleryServer


class Command(BaseCommand):
    """Generates a page that shows the works in the data folder; a browser opens it as a local file."""

    summary = "Generate a page that shows the collected works"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the page (default: PIXIV_DATA_DIR/gallery)")
        parser.add_argument("--open", action="store_true", help="open the page in a browser")
        parser.add_argument("--serve", action="store_true", help="serve the page until Ctrl-C, at a URL with a token")
        parser.add_argument(
            "--host", help="with --serve: address to listen on; 0.0.0.0 for phones (default: 127.0.0.1)"
        )
        parser.add_argument("--port", type=int, help="with --serve: port to listen on (default: 8749); 0: a free one")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        if args:
            # Scrapy passes on unknown arguments, including misspelled options.
            raise ArgumentError(f"{args[0]!r} is not a valid argument; see: {PROGRAM} gallery --help")
        if (opts.host or opts.port is not None) and not opts.serve:
            raise ArgumentError("--host and --port are options of a server; pass --serve too")
        from pixiv_crawler.outputs.gallery import make_gallery  # libraries that no other command needs

        try:
            data = data_dir(settings)
            folder = Path(opts.output).expanduser().absolute() if opts.output else data / "gallery"
            # A port that is in use is reported before the work begins.
            with _server(folder, data, opts) if opts.serve else nullcontext() as server:
                gallery = make_gallery(data, folder)
                url = server.url if server else gallery.index.as_uri()
                say("{} {}".format("Serving" if server else "Open", url))
                _print(gallery)
                if opts.open:
                    _open(url)
                if server:
                    _serve(server)
        except OSError as error:
            raise SettingError(
                f"the gallery could not be written ({os_problem(error)}); fix this, or pass another folder with --output"
            ) from error
        except KeyboardInterrupt:
            return fail(f"Stopped; run {PROGRAM} gallery again to continue.", STOPPED_EARLY)
        return COMPLETE


def _print(gallery: Gallery) -> None:
    say(f"{_count(gallery.works, 'work')} by {_count(gallery.authors, 'author')}.")
    if gallery.without_files:
        say(f"{_count(gallery.without_files, 'work')} without files, shown without an image.")
    if gallery.failed_images:
        say(
            f"{_count(gallery.failed_images, 'thumbnail')} could not be generated: the files are invalid or too large."
        )
    if gallery.unreadable_lines:
        say(f"{_count(gallery.unreadable_lines, 'line')} skipped: incomplete, empty or written by another program.")


def _server(folder: Path, data: Path, opts: argparse.Namespace) -> GalleryServer:
    from pixiv_crawler.outputs.gallery.serving import DEFAULT_PORT, LOOPBACK, GalleryServer

    port = DEFAULT_PORT if opts.port is None else opts.port
    return GalleryServer(folder, paths.files_folder(data), opts.host or LOOPBACK, port)


def _serve(server: GalleryServer) -> None:
    """Answers requests until Ctrl-C."""
    say("Everyone who has this URL can see the gallery. Ctrl-C stops it.")
    with suppress(KeyboardInterrupt):
        server.serve_forever()


def _open(url: str) -> None:
    import webbrowser  # nothing else needs it

    if not webbrowser.open(url):
        say("No browser could be opened; open the URL above in one.", is_error=True)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"

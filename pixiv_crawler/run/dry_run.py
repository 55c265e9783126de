"""A crawl that writes nothing: its settings, and what it found out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scrapy.settings import BaseSettings

from pixiv_crawler.layout import paths
from pixiv_crawler.run.state import open_state
from pixiv_crawler.run.state.opening import state_path, state_url

# Enough for a mean; of several files in one folder of the image host, one counts.
_SIZES = 1000
_EXTENSIONS = (
    "final_retry.FinalRetryExtension",
    "books.BooksExtension",
    "report.ReportExtension",
    "progress.ProgressExtension",
)


@contextmanager
def without_output(settings: BaseSettings) -> Iterator[None]:
    """Lets a crawl with these settings write only to a temporary folder, and read only a sample of its listings."""
    with TemporaryDirectory(prefix="pixiv_crawler-") as folder:
        changes = {
            "PIXIV_DATA_DIR": folder,
            "PIXIV_STATE": f"sqlite:///{Path(folder, 'state.db')}",
            "FEEDS": {},
            "EXTENSIONS": _changed(
                settings, "EXTENSIONS", {f"pixiv_crawler.extensions.{name}": None for name in _EXTENSIONS}
            ),
            # Behind everything that drops items or adds requests, and before what records them.
            "SPIDER_MIDDLEWARES": _changed(
                settings, "SPIDER_MIDDLEWARES", {"pixiv_crawler.spidermiddlewares.dry_run.DryRunMiddleware": 65}
            ),
            "DOWNLOADER_MIDDLEWARES": _changed(
                settings,
                "DOWNLOADER_MIDDLEWARES",
                {"pixiv_crawler.downloadermiddlewares.dry_run.DryRunMiddleware": 580},
            ),
        }
        for name, value in changes.items():
            settings.set(name, value, "cmdline")
        yield


def _changed(settings: BaseSettings, name: str, changes: dict[str, int | None]) -> dict[str, int | None]:
    return {**settings[name], **changes}


def known_sizes(settings: BaseSettings) -> list[int]:
    """The sizes in bytes of files that earlier runs downloaded; empty if there are none."""

    async def read(url: str) -> list[int]:
        state = await open_state(url)
        try:
            return [file.size_bytes for file in await state.newest_downloads("http", _SIZES)]
        finally:
            await state.close()

    url = state_url(settings["PIXIV_STATE"], paths.data_dir(settings["PIXIV_DATA_DIR"]))
    path = state_path(url)
    return asyncio.run(read(url)) if path.exists() and path.stat().st_size else []  # an empty file would be changed

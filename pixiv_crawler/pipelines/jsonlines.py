"""Writes the lines of a run; the last pipeline."""

from typing import Any

import msgspec
from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.checkpoint import Checkpoint, Postponed
from pixiv_crawler.run.item_keys import kind_of
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.output_folder import OUTPUT_FILES


class JsonLinesPipeline(Component):
    """Appends each item to the file of its kind in the run's folder, and notes in the checkpoint that it is stored.

    Items of other kinds, which pipelines or spiders outside this project can produce, are left to `FEEDS`.

    Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._encode = msgspec.json.Encoder(enc_hook=lambda item: ItemAdapter(item).asdict()).encode

    def process_item(self, item: Any) -> Any:
        name = OUTPUT_FILES.get(kind_of(item))
        if name is None:
            self._checkpoint.discard(item)
            return item
        try:
            self._checkpoint.store(item, name, self._encode(item) + b"\n")
        except OSError as error:
            self._run.fail(error)
            raise Postponed("the line could not be written") from error
        return item

"""Items to JSON Lines by msgspec: fields in the order of the class, UTF-8, one write per line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec
from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter

from pixiv_crawler.journal import Journal
from pixiv_crawler.signals import Loss, lose


class JsonLinesExporter(BaseItemExporter):
    """Writes each item as one line, and hands it to the operating system at once.

    So a killed crawl loses no line that it has counted. Honours `FEED_EXPORT_FIELDS`.
    """

    def __init__(self, file: IO[bytes], *, crawler: Crawler, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self._file = file
        self._crawler = crawler
        self._journal = Journal.of(crawler)
        self._encoder = msgspec.json.Encoder(enc_hook=lambda item: ItemAdapter(item).asdict())

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: IO[bytes], **kwargs: Any) -> JsonLinesExporter:
        return cls(file, crawler=crawler, **kwargs)

    def export_item(self, item: Any) -> None:
        fields = dict(self.get_serialized_fields(item)) if self.fields_to_export else item
        line = self._encoder.encode(fields) + b"\n"
        path = Path(getattr(self._file, "name", ""))
        try:
            end = _append(self._file, line)
        except OSError as error:
            if self._journal.owns(path):
                self._journal.stop_for(error)  # the line comes when the run goes on
            else:
                lose(self._crawler, Loss("line", getattr(item, "id", None), f"a line could not be written ({error})"))
            return
        self._journal.wrote(item, path, end)


def _append(file: IO[bytes], line: bytes) -> int:
    """Writes a line whole or not at all: past the buffer, which would keep the rest of a line that did not fit.

    Returns how long the file is then; 0 for one that is no file on disk.
    """
    raw: Any = getattr(file, "raw", None)
    if raw is None:
        file.write(line)
        file.flush()
        return 0
    end: int = raw.seek(0, os.SEEK_END)
    try:
        sent = 0
        while sent < len(line):
            sent += raw.write(line[sent:])
        return end + len(line)
    except OSError:
        with suppress(OSError):
            raw.truncate(end)
            raw.seek(end)
        raise

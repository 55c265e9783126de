"""Items to JSON Lines, one write per line, and to CSV for people with a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec
from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter

from pixiv_crawler.outputs.csv_rows import Cell, columns_of, row_of, safe
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.run.failures import Loss, lose


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


class CsvExporter(BaseItemExporter):
    """Writes each item as a row of a sheet that a spreadsheet opens as it is; see `spreadsheet` for the cells.

    Which columns there are is known with the last item only, as items of several kinds may go into one file: so rows wait in
    a temporary file, and all is written at the end. `FEED_EXPORT_FIELDS` chooses columns: `user_name`, or `user` for all of
    the user's.
    """

    def __init__(self, file: IO[bytes], *, crawler: Crawler, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self._file = file
        self._crawler = crawler
        self._rows = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the export ends
        self._kinds: dict[tuple[str, ...], None] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: IO[bytes], **kwargs: Any) -> CsvExporter:
        return cls(file, crawler=crawler, **kwargs)

    def export_item(self, item: Any) -> None:
        row = row_of(item)
        self._kinds[tuple(row)] = None
        try:
            _append(self._rows, msgspec.json.encode(row) + b"\n")
        except OSError as error:
            lose(self._crawler, Loss("line", getattr(item, "id", None), f"a row could not be written ({error})"))

    def finish_exporting(self) -> None:
        try:
            with self._rows:
                self._write()
        except OSError as error:
            lose(self._crawler, Loss("line", None, f"rows of a CSV file could not be written ({error})"))

    def _write(self) -> None:
        columns, encoding = self._chosen(), self.encoding or "utf-8"
        is_new = not (self._file.seekable() and self._file.seek(0, os.SEEK_END))
        if is_new and codecs.lookup(encoding).name == "utf-8":
            self._file.write(codecs.BOM_UTF8)  # or Excel takes it for the encoding of its own country
        stream = io.TextIOWrapper(self._file, encoding, errors="replace", newline="", write_through=True)
        try:
            writer = csv.writer(stream)
            if is_new:
                writer.writerow(safe(title) for title in columns.values())
            writer.writerows([row.get(name, "") for name in columns] for row in self._stored())
        finally:
            stream.detach()  # who opened the file closes it

    def _stored(self) -> Iterator[Mapping[str, Cell]]:
        self._rows.seek(0)
        return map(msgspec.json.Decoder(dict[str, Cell]).decode, self._rows)

    def _chosen(self) -> dict[str, str]:
        """The columns of the file, and what stands above them."""
        columns = columns_of(self._kinds)
        asked = self.fields_to_export
        if not asked:
            return {name: name for name in columns}
        titles = dict(asked) if isinstance(asked, Mapping) else {name: name for name in asked}
        found: dict[str, str] = {}
        for name, title in titles.items():
            inner = [column for column in columns if column.startswith(f"{name}_")]
            if name in columns or not inner:
                found[name] = title
            else:
                found |= {column: title + column.removeprefix(name) for column in inner}
        return found

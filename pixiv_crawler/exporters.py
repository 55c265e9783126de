"""Exports items as JSON Lines, with one write per line, and as CSV for spreadsheets."""

from __future__ import annotations

import codecs
import csv
import io
import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

import msgspec
from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter

from pixiv_crawler.outputs.csv_rows import Cell, columns_of, row_of, safe
from pixiv_crawler.run.failures import record_failure
from pixiv_crawler.run.state import Failure

logger = logging.getLogger(__name__)


class JsonLinesExporter(BaseItemExporter):
    """Writes each item as one line, and passes it to the operating system at once, so that a killed crawl loses no line.

    Honours `FEED_EXPORT_FIELDS`.
    """

    def __init__(self, file: IO[bytes], *, crawler: Crawler, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self._file = file
        self._crawler = crawler
        self._encode = msgspec.json.Encoder(enc_hook=lambda item: ItemAdapter(item).asdict()).encode

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: IO[bytes], **kwargs: Any) -> Self:
        return cls(file, crawler=crawler, **kwargs)

    def export_item(self, item: Any) -> None:
        fields = dict(self.get_serialized_fields(item)) if self.fields_to_export else item
        try:
            _append(self._file, self._encode(fields) + b"\n")
        except OSError as error:
            cause = f"a line could not be written ({error})"
            record_failure(self._crawler, Failure("line", getattr(item, "id", None), cause))


def _append(file: IO[bytes], line: bytes) -> None:
    """Writes a line completely or not at all.

    It bypasses the buffer, which would keep the rest of a line if the disk is full.
    """
    raw: Any = getattr(file, "raw", None)
    if raw is None:  # not a file on disk
        file.write(line)
        file.flush()
        return
    end: int = raw.seek(0, os.SEEK_END)
    try:
        sent = 0
        while sent < len(line):
            sent += raw.write(line[sent:])
    except OSError:
        with suppress(OSError):
            raw.truncate(end)
            raw.seek(end)
        raise


class CsvExporter(BaseItemExporter):
    """Writes each item as a CSV row that spreadsheets open directly; `csv_rows` defines the cells.

    The columns are known from the item types, so each row is written immediately. Rows appended to an existing file
    use the columns of its header. `FEED_EXPORT_FIELDS` selects columns: `user_name`, or `user` for all fields of the
    user.
    """

    def __init__(self, file: IO[bytes], *, crawler: Crawler, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self._file = file
        self._crawler = crawler
        encoding = codecs.lookup(self.encoding or "utf-8").name
        # Without a byte order mark, Excel assumes the legacy encoding of the system.
        self._encoding = "utf-8-sig" if encoding == "utf-8" else encoding
        self._encoder = codecs.getincrementalencoder(self._encoding)("replace")
        self._columns: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: IO[bytes], **kwargs: Any) -> CsvExporter:
        return cls(file, crawler=crawler, **kwargs)

    def export_item(self, item: Any) -> None:
        row = row_of(item)
        try:
            if not self._columns:
                self._columns = self._begin(item)
            self._write(row.get(name, "") for name in self._columns)
        except OSError as error:
            cause = f"a row could not be written ({error})"
            record_failure(self._crawler, Failure("line", getattr(item, "id", None), cause))
        if not self.fields_to_export and (left_out := [name for name in row if name not in self._columns]):
            logger.warning("%s has no column for %s", getattr(self._file, "name", "The CSV file"), ", ".join(left_out))

    def _begin(self, item: Any) -> list[str]:
        """Writes the header of a new file; returns the columns."""
        titles = {str(safe(title)): name for name, title in self._chosen(item).items()}
        if self._file.seekable() and self._file.seek(0, os.SEEK_END):
            self._encoder.setstate(0)  # no second byte order mark
            with Path(self._file.name).open(encoding=self._encoding, newline="") as file:
                return [titles.get(title, title) for title in next(csv.reader(file))]
        self._encoder.reset()
        self._write(titles)
        return list(titles.values())

    def _write(self, cells: Iterable[Cell]) -> None:
        line = io.StringIO(newline="")
        csv.writer(line).writerow(cells)
        _append(self._file, self._encoder.encode(line.getvalue()))

    def _chosen(self, item: Any) -> dict[str, str]:
        """The columns of a file whose first item is `item`, with their titles."""
        columns, own = columns_of(item), list(row_of(item))
        requested = self.fields_to_export
        if not requested:
            return {name: name for name in columns}
        titles = dict(requested) if isinstance(requested, Mapping) else {name: name for name in requested}
        found: dict[str, str] = {}
        for name, title in titles.items():
            # A name such as `series` selects its own fields, not `series_work_count` of another item type.
            inner = [c for c in own if c.startswith(f"{name}_")] or [c for c in columns if c.startswith(f"{name}_")]
            if name in columns or not inner:
                found[name] = title
            else:
                found |= {column: title + column.removeprefix(name) for column in inner}
        return found

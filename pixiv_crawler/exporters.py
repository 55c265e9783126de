"""Items to JSON Lines, one write per line, and to CSV for people with a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
import logging
import os
from collections.abc import Iterable, Mapping
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

logger = logging.getLogger(__name__)


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

    The columns follow from the kinds of items, so that each row is written at once. Rows that are appended to a file
    follow its header. `FEED_EXPORT_FIELDS` chooses columns: `user_name`, or `user` for all of the user's.
    """

    def __init__(self, file: IO[bytes], *, crawler: Crawler, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self._file = file
        self._crawler = crawler
        encoding = codecs.lookup(self.encoding or "utf-8").name
        # Excel takes a file without a byte order mark for one in the encoding of its own country.
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
            lose(self._crawler, Loss("line", getattr(item, "id", None), f"a row could not be written ({error})"))
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
        """The columns of a file that begins with an item, and their titles."""
        columns, own = columns_of(item), list(row_of(item))
        asked = self.fields_to_export
        if not asked:
            return {name: name for name in columns}
        titles = dict(asked) if isinstance(asked, Mapping) else {name: name for name in asked}
        found: dict[str, str] = {}
        for name, title in titles.items():
            # Such as `series`: its fields, and not `series_work_count` of another kind.
            inner = [c for c in own if c.startswith(f"{name}_")] or [c for c in columns if c.startswith(f"{name}_")]
            if name in columns or not inner:
                found[name] = title
            else:
                found |= {column: title + column.removeprefix(name) for column in inner}
        return found

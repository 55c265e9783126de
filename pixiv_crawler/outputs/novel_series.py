"""The novels of a series, from the lines of all runs."""

from dataclasses import dataclass, field
from pathlib import Path

from pixiv_crawler.items import Novel, NovelSeries
from pixiv_crawler.outputs.jsonl import read_items
from pixiv_crawler.outputs.run_files import find_run_files


@dataclass(slots=True)
class CollectedSeries:
    """A series of one run, with its novels from all runs."""

    series: NovelSeries
    novels: dict[int, Novel] = field(default_factory=dict)
    """The newest line with a text of each novel, by ID."""
    positions: dict[int, tuple[str, int]] = field(default_factory=dict)
    """When the listing of the series last contained a novel, and its position in that listing."""

    def add(self, novel: Novel) -> None:
        """Adds a line of a novel of this series."""
        known = self.novels.get(novel.id)
        if novel.text is not None and (known is None or known.fetched_at <= novel.fetched_at):
            self.novels[novel.id] = novel
        if novel.source and novel.source.endpoint.endswith("/novel/series"):
            position = (novel.fetched_at, novel.source.position)
            self.positions[novel.id] = max(position, self.positions.get(novel.id, position))

    def in_order(self) -> list[Novel]:
        """The novels in the order of the series; by date if the position of one is unknown, because it came from elsewhere."""
        novels = sorted(self.novels.values(), key=lambda novel: (novel.create_date, novel.id))
        if self.novels.keys() <= self.positions.keys():
            novels.sort(key=lambda novel: self.positions[novel.id][1])
        return novels


def collected_series(run_folder: Path, data_dir: Path) -> list[CollectedSeries]:
    """The series of a run of which at least one novel has a text."""
    series = {one.id: CollectedSeries(one) for one in read_items(run_folder / "novel_series.jsonl", NovelSeries)}
    if not series:
        return []
    newest: dict[int, tuple[str, int]] = {}
    """By novel: when its newest line was fetched, and its series at that time."""
    for novel in (novel for path in find_run_files(data_dir, "novels") for novel in read_items(path, Novel)):
        series_id = novel.series.id if novel.series else 0
        if novel.fetched_at >= newest.get(novel.id, ("", 0))[0]:
            newest[novel.id] = (novel.fetched_at, series_id)
        if series_id in series:
            series[series_id].add(novel)
    for one in series.values():
        one.novels = {id_: novel for id_, novel in one.novels.items() if newest[id_][1] == one.series.id}
    return [one for one in series.values() if one.novels]

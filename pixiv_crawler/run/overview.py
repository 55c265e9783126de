"""The runs that the state knows."""

from dataclasses import dataclass
from pathlib import Path

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout import paths
from pixiv_crawler.run.invocation import crawl_words
from pixiv_crawler.run.lifecycle import GIVEN
from pixiv_crawler.run.output_folder import is_in_use
from pixiv_crawler.run.retrying import retries
from pixiv_crawler.run.state import JsonObject, RunRecord, StateStore, StatValue, open_state
from pixiv_crawler.run.state.opening import state_path
from pixiv_crawler.run.stats import FAILURES, LINES

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run, and how far it is."""

    record: RunRecord
    status: str
    """running, interrupted or finished."""
    lines: dict[str, int]
    """The number of lines by kind of item."""
    failures: int

    @property
    def name(self) -> str:
        """The folder of the run relative to the data folder, which no other run has."""
        return f"{self.record.spider}/{self.record.job}"

    def retry_words(self, data_dir: Path, settings: dict[str, str]) -> list[list[str]]:
        """The words of the commands that request again what failed; none if nothing did. `settings` as in `resume_words`.

        Raises:
            SettingError: an earlier version started it.
        """
        if self.status != "finished":
            return [self.resume_words(settings)]  # it sends failed requests again
        given = self._given()
        found = retries(self.record.spider, given["arguments"], _folder(self.record, data_dir))
        job = f"{self.record.job}-retry"
        return [crawl_words(one.spider, job, one.arguments, given["settings"] | settings) for one in found]

    def resume_words(self, settings: dict[str, str]) -> list[str]:
        """The words of the command that resumes the run; `settings` replace those that it was started with.

        Raises:
            SettingError: an earlier version started it.
        """
        given = self._given()
        return crawl_words(self.record.spider, self.record.job, given["arguments"], given["settings"] | settings)

    def _given(self) -> JsonObject:
        if not (given := self.record.arguments.get(GIVEN)):
            raise SettingError(
                f"the state does not know the command of the run {self.name}: use the one in its report.json"
            )
        found: JsonObject = given
        return found


async def read_runs(data_dir: Path, url: str) -> list[RunOverview]:
    """All runs of the state at a URL, in the order in which they were started; none if there is no state.

    Raises:
        SettingError: the state cannot be opened.
        StateError: the state failed.
    """
    if not state_path(url).exists():
        return []
    state = await open_state(url)
    try:
        runs: list[RunOverview] = []
        last = 0
        while page := await state.runs(last, _PAGE):
            runs += [await _overview(state, record, data_dir) for record in page]
            last = page[-1].id
        return runs
    finally:
        await state.close()


async def _overview(state: StateStore, record: RunRecord, data_dir: Path) -> RunOverview:
    stats = await state.stats(record.id)
    is_running = not record.finished_at and is_in_use(_folder(record, data_dir))
    status = "finished" if record.finished_at else "running" if is_running else "interrupted"
    failures = stats.get(FAILURES, 0) if record.finished_at else sum((await state.failure_counts(record.id)).values())
    return RunOverview(record, status, _lines(stats), int(failures))


def _lines(stats: dict[str, StatValue]) -> dict[str, int]:
    return {name.removeprefix(LINES): int(count) for name, count in stats.items() if name.startswith(LINES) and count}


def _folder(record: RunRecord, data_dir: Path) -> Path:
    return paths.run_folder(Path(record.arguments.get("PIXIV_DATA_DIR", data_dir)), record.spider, record.job)

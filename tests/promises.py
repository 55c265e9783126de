"""A pytest plugin that writes docs/promises.md: each promise, the tests that prove it, and the figures of this run.

`@pytest.mark.promise(KEY)` marks the tests of a promise. A test records its own figures, such as the number of kills,
with `record_property`; numbers with one name are added up. `PROMISES=full pytest -n auto -m promise --promises` writes the
page; without `PROMISES=full`, the same tests try less.
"""

from __future__ import annotations

import os
import platform
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "promises.md"
START, END = "<!-- figures -->\n", "<!-- end of figures -->\n"

PROMISES = {
    "kill": "A run that was interrupted or killed at any moment is resumed to the result of an undisturbed run.",
    "power": "The same is true after a power cut that loses everything that was not flushed to the disk.",
    "disk": "A full disk ends a run, which is complete once there is room; nothing is half written.",
    "state": "Another process that locks, damages or deletes the state costs time or ends the run, but no data.",
    "shift": "A listing that changes while it is read is complete, or the report says that it is not.",
    "honest": "A crawl is complete, or each missing work and file is reported with its cause, whatever fails.",
    "hostile": "An invalid response costs the entry that is invalid, and nothing is executed, followed or overwritten.",
    "refused": "When Pixiv refuses everything, the run stops after a few requests and can be resumed; each attempt begins with what was not refused.",
    "language": "An error has the same meaning in every language of Pixiv.",
    "damaged": "A file that is damaged at Pixiv is kept once, with the reason; one damaged in transit is requested again.",
    "polite": "API requests are sent one at a time with the delay between them, by all processes of a login together.",
    "proxy": "With a proxy, nothing is sent around it.",
    "secret": "No token is in a log, a report, an exported line, a URL or a stored request.",
    "script": "Texts of Pixiv are displayed as text: the gallery executes no script and sends no request.",
    "memory": "Memory does not grow with the length of a crawl.",
}


def tries(usual: int, full: int) -> int:
    """How often a test tries to break its promise, usually and in a full run."""
    return full if os.environ.get("PROMISES") == "full" else usual


@dataclass
class Proof:
    """What a run has shown of a promise."""

    outcomes: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    modules: set[str] = field(default_factory=set)

    def row(self, promise: str) -> str:
        figures = [f"{count:,} {name}" for name, count in sorted(self.figures.items())]
        cases = [f"{count:,} {outcome}" for outcome, count in sorted(self.outcomes.items())]
        tests = ", ".join(f"`{module}`" for module in sorted(self.modules))
        return f"| {promise} | {tests} | {', '.join([*cases, *figures])} |\n"


class Recorder:
    """Collects the proofs from the reports of all worker processes."""

    def __init__(self) -> None:
        self.proofs = {key: Proof() for key in PROMISES}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or (report.when == "setup" and not report.passed):
            properties = list(report.user_properties)
            for key in [str(value) for name, value in properties if name == "promise"]:
                proof = self.proofs[key]
                proof.outcomes[report.outcome] += 1
                proof.modules.add(report.nodeid.split("::")[0])
                proof.figures.update({name: value for name, value in properties if isinstance(value, int)})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        before, _, rest = PAGE.read_text("utf-8").partition(START)
        PAGE.write_text(f"{before}{START}{self._table()}{END}{rest.partition(END)[2]}", "utf-8")

    def _table(self) -> str:
        rows = "".join(self.proofs[key].row(promise) for key, promise in PROMISES.items())
        machine = f"Python {platform.python_version()}, Scrapy {version('scrapy')}, {platform.system()}"
        return f"{datetime.now(UTC):%Y-%m-%d}; {machine}.\n\n| promise | tests | last full run |\n| --- | --- | --- |\n{rows}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promises", action="store_true", help="write the figures of this run to docs/promises.md")


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")
    if config.getoption("promises") and not is_worker:
        config.pluginmanager.register(Recorder())


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("promise"):
        item.user_properties.append(("promise", mark.args[0]))

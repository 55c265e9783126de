"""Measures how many works, files and requests each fault of Pixiv and of the network costs.

Each crawl downloads the works of one user of the simulated Pixiv (320 works, 458 files) in this process; the outcome
check of the tests compares its result with the simulated world. Prints the tables of docs/faults.md; --write updates
that page.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness import PROJECT

sys.path.insert(0, str(PROJECT))

from pixiv_crawler.sandbox import Fault, Sandbox, User, WorkSpec
from tests.crawling import Crawler
from tests.fault_kinds import (
    API_INCOMPLETE,
    API_PERMANENT,
    API_TRANSIENT,
    API_UNAVAILABLE,
    FILE_DAMAGED,
    FILE_NOT_FOUND,
    FILE_REFUSED,
    FILE_TRANSIENT,
    HARMLESS,
    LISTING,
    ORIGINAL,
    SHORT_TIMEOUT,
    TOKEN_URL,
    all_faults,
    fault,
    transient_faults,
)
from tests.outcome_check import outcome_errors

PAGE = PROJECT / "docs" / "faults.md"
USER = 9000
# 69 of 320 works have three pages.
PAGES = [3] * 69 + [1] * 251
WORKS, FILES = len(PAGES), sum(PAGES)
SETTINGS = SHORT_TIMEOUT | {"PIXIV_RATE_LIMIT_PAUSE": 0.002}

LISTING_FAULTS = {
    "token_expired": "400, token expired",
    "token_missing": "400, token missing",
    "rate_limit_403": "403 Rate Limit",
    "rate_limit_429": "429 Rate Limit",
    "not_found_404": "404, work deleted",
    "private_403": "403, work private",
    "restricted_403": "403, user suspended",
    "user_gone_404": "404, user deleted",
    "user_gone_200": "200 with user 0 and no works, for an existing user",
    "offset_limit": "400, offset over the limit",
    "bad_parameter": "400, bad parameter",
    "unknown_endpoint": "404, unknown endpoint",
    "unknown_error": "403, unknown message",
    "empty_404": "404, empty",
    "html_403": "403 with HTML (Cloudflare)",
    "html_404": "404 with HTML",
    "html_503": "503 with HTML (maintenance)",
    "html_200": "200 with HTML (maintenance)",
    "server_error_500": "500",
    "cut_json": "truncated JSON",
    "broken_json": "JSON after a PHP warning",
    "empty_body": "200, empty",
    "null_entries": "null instead of the list",
    "not_json_list": "a string instead of the list",
    "bad_entry": "one malformed entry",
    "wrong_content_type": "JSON as text/plain",
    "huge_body": "33 MiB",
    "redirect": "302 to another host",
    "reset": "connection closed without a response",
    "short_body": "connection closed mid-body",
    "slow": "time-out",
    "stall_after": "stalled after 300 bytes",
}
TOKEN_FAULTS = {
    "refused_token": "400, refresh token rejected",
    "rate_limit_429": "429 Rate Limit",
    "server_error_500": "500",
    "html_403": "403 with HTML (Cloudflare)",
    "html_200": "200 with HTML",
    "garbage_token": "200 without tokens",
    "cut_json": "truncated JSON",
    "reset": "connection closed without a response",
    "stall_after": "stalled",
}
FILE_FAULTS = {
    "empty_404": "404",
    "html_403": "403",
    "rate_limit_429": "429",
    "html_503": "503 with HTML",
    "server_error_500": "500",
    "truncated": "half of the file",
    "short_body": "connection closed mid-body",
    "empty_file": "200, empty",
    "html_file": "200 with HTML",
    "wrong_content_type": "an image as text/plain",
    "redirect": "302 to another host",
    "reset": "connection closed without a response",
    "slow": "time-out",
    "stall_after": "stalled after 300 bytes",
}
HEAD = (
    "where",
    "fault",
    "action",
    "works missing",
    "files missing",
    "additional requests",
    "exit status",
    "finish reason",
)
RULE = ("---", "---", "---", "---:", "---:", "---:", "---", "---")

_RETRIED = "retried up to four times, then"
LISTING_ACTIONS: Sequence[tuple[Collection[str], str]] = (
    (("token_expired", "token_missing"), "retried with a new token"),
    (("rate_limit_403", "rate_limit_429"), "waits, then retries; the run ends after ten waits"),
    (API_UNAVAILABLE, "reported as unavailable and as failed"),
    (API_INCOMPLETE, "compared with the profile's count, reported as failed"),
    (("offset_limit",), "continued by type, compared with the profile's count, reported as failed"),
    (API_PERMANENT, "reported as failed"),
    (API_TRANSIENT, f"{_RETRIED} reported as failed"),
    (("bad_entry",), "written to `rejected.jsonl`, reported as failed"),
    (HARMLESS, "accepted"),
)
TOKEN_ACTIONS: Sequence[tuple[Collection[str], str]] = (
    (("refused_token",), "the run ends"),
    (TOKEN_FAULTS, f"{_RETRIED} the run ends"),
)
FILE_ACTIONS: Sequence[tuple[Collection[str], str]] = (
    (("rate_limit_429",), "waits, then retries; the run ends after ten waits"),
    (("reset", "slow", "stall_after"), f"{_RETRIED} reported as failed"),
    (FILE_TRANSIENT, f"{_RETRIED} downloaded in a smaller size, original reported as failed"),
    (FILE_DAMAGED, "requested again; kept and reported as damaged if both transfers are the same"),
    (FILE_NOT_FOUND, "downloaded in a smaller size, original reported as failed"),
    (FILE_REFUSED, "reported as failed"),
    (HARMLESS, "accepted"),
)


Settings = dict[str, str]


def _no_settings(_sandbox: Sandbox) -> Settings:
    return {}


@dataclass(frozen=True)
class Case:
    """A crawl with faults."""

    where: str
    name: str
    action: str
    """What a crawl does about it."""
    faults: Callable[[Sandbox], None] = lambda _: None
    settings: Callable[[Sandbox], Settings] = _no_settings
    """The settings of the first process."""
    token_uses: int | None = None
    """After how many requests an access token expires; None: not at all."""


@dataclass(frozen=True)
class Process:
    """The result of one process of a run; a run that ended early has two."""

    status: int
    reason: str
    works: list[dict[str, Any]]


def main() -> None:
    options = _parser().parse_args()
    plain = _measured(Case("", "", ""))[1]
    sections = {
        "One-time faults": _single(1),
        "Persistent faults": [*_single(None), *_unreachable()],
        "Random faults": _random(),
    }
    for title, cases in sections.items():
        table = _table([_row(case, plain) for case in cases])
        print(f"### {title}\n\n{table}\n", flush=True)
        if options.write:
            _write(title, table)


def _write(title: str, table: str) -> None:
    """Replaces the table below its title; keeps the text between them."""
    before, mark, rest = PAGE.read_text("utf-8").partition(f"### {title}\n")
    section, heading, after = re.split(r"(^#+ )", rest, maxsplit=1, flags=re.MULTILINE)
    intro = "".join(line for line in section.splitlines(keepends=True) if not line.startswith("|")).strip()
    body = "\n\n".join(block for block in (intro, table) if block)
    PAGE.write_text(f"{before}{mark}\n{body}\n\n{heading}{after}", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the tables to docs/faults.md")
    return parser


# --- Cases -----------------------------------------------------------------------------------------------------------


def _single(times: int | None) -> Iterator[Case]:
    """Each fault alone: for the second response of the listing, for the login, or for one file."""
    for kind, name in LISTING_FAULTS.items():
        faults = _adding(fault(kind, LISTING, "offset=29", times=times))
        yield Case("listing", name, _action(kind, LISTING_ACTIONS), faults)
    for kind, name in TOKEN_FAULTS.items():
        yield Case("token URL", name, _action(kind, TOKEN_ACTIONS), _adding(fault(kind, TOKEN_URL, times=times)))
    for kind, name in FILE_FAULTS.items():
        yield Case("original", name, _action(kind, FILE_ACTIONS), partial(_one_file, kind, times))


def _action(kind: str, actions: Sequence[tuple[Collection[str], str]]) -> str:
    return next(action for kinds, action in actions if kind in kinds)


def _unreachable() -> Iterator[Case]:
    """Unreachable hosts, during the first process of a run."""
    limited = f"{_RETRIED} reported as failed; the run ends at the tenth in a row"
    for where, setting, action, tls_action in (
        ("API", "PIXIV_API_URL", limited, "the run ends"),
        ("token URL", "PIXIV_OAUTH_URL", f"{_RETRIED} the run ends", "the run ends"),
        ("image host", "PIXIV_IMAGE_URL", limited, "reported as failed"),
    ):
        yield Case(where, "no such host", action, settings=_elsewhere(setting, "http://no-such-host.invalid"))
        yield Case(where, "connection refused", action, settings=_elsewhere(setting, "http://127.0.0.1:9"))
        yield Case(where, "no TLS", tls_action, settings=_elsewhere(setting, ""))


def _elsewhere(setting: str, url: str) -> Callable[[Sandbox], Settings]:
    """A setting with another URL; by default that of the sandbox with TLS, which it does not support."""
    return lambda sandbox: {setting: url or sandbox.url.replace("http:", "https:")}


def _random() -> Iterator[Case]:
    """Recurring faults."""
    truncated = [fault("truncated", ORIGINAL)]
    yield Case("originals", "5 % truncated", _action("truncated", FILE_ACTIONS), _mixing(truncated, 0.05))
    yield Case("listing", "token expires after five requests", "retried with a new token", token_uses=5)
    for name, faults in (("transient faults", transient_faults()), ("all faults", all_faults())):
        for share in (0.05, 0.2, 0.5):
            yield Case("everywhere", f"{share * 100:g} % {name}", "as above", _mixing(faults, share))


def _adding(one: Fault) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.add_fault(one)


def _mixing(faults: Sequence[Fault], share: float) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.mix_faults(faults, share)


def _one_file(kind: str, times: int | None, sandbox: Sandbox) -> None:
    work = sandbox.world.works(USER)[40]
    sandbox.add_fault(fault(kind, ORIGINAL, f"/{work.id}_p0", times=times))


# --- Crawls ----------------------------------------------------------------------------------------------------------


def _measured(case: Case) -> tuple[list[Process], int]:
    """The processes of a run of the case (the second one without faults), and the number of requests to the sandbox."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(token_uses=case.token_uses) as sandbox:
        works = tuple(WorkSpec(extensions=("jpg",) * pages) for pages in PAGES)
        sandbox.add_user(User(USER, "user", "user", works))
        crawl = Crawler(sandbox, Path(folder))
        case.faults(sandbox)
        processes = [_process(crawl, case.settings(sandbox))]
        if processes[-1].status == 2:
            sandbox.clear_faults()
            processes.append(_process(crawl, {}))
        return processes, len(sandbox.requests)


def _process(crawl: Crawler, settings: Settings) -> Process:
    result = crawl(user_id=USER, job="x", settings=SETTINGS | settings)
    if errors := outcome_errors(crawl.sandbox, result, is_reachable=not settings):
        raise SystemExit("\n".join([result.log, "The outcome of this crawl is wrong:", *errors]))
    return Process(result.status, result.report["finish_reason"], result.lines("illusts"))


def _row(case: Case, plain: int) -> Sequence[str]:
    processes, requests = _measured(case)
    works = processes[-1].works
    files = [file for work in works for file in work["files"] if file["status"] != "failed"]
    smaller = sum(file["size_name"] != "original" for file in files)
    missing = FILES - len(files)
    return (
        case.where,
        case.name,
        case.action,
        str(WORKS - len(works)),
        f"{missing} and {smaller} smaller" if smaller else str(missing),
        f"{requests - plain:,}",
        ", then ".join(str(process.status) for process in processes),
        ", then ".join(f"`{process.reason}`" for process in processes),
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Merges the rows of faults with the same result."""
    merged: dict[tuple[str, ...], list[str]] = {}
    for where, name, *figures in rows:
        merged.setdefault((where, *figures), []).append(name)
    joined = [(where, "; ".join(names), *figures) for (where, *figures), names in merged.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, RULE, *joined))


if __name__ == "__main__":
    main()

"""Measures what each fault of Pixiv and of the network costs: works, files and requests.

Every crawl is of one user of the simulated Pixiv with 320 works and 458 files, in a process of its own, and is held
against that world by the checker of the tests. Prints the tables of docs/faults.md; --write puts them there.
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
from tests.honesty import complaints
from tests.weather import (
    API_FINAL,
    API_HIDDEN,
    API_MISSING,
    API_PASSING,
    FILE_FINAL,
    FILE_GONE,
    FILE_PASSING,
    HARMLESS,
    IMPATIENT,
    LISTING,
    ORIGINAL,
    TOKEN_URL,
    all_mixed,
    fault,
    passing_mixed,
)

PAGE = PROJECT / "docs" / "faults.md"
USER = 9000
# 69 of 320 works have three pages.
PAGES = [3] * 69 + [1] * 251
WORKS, FILES = len(PAGES), sum(PAGES)
SETTINGS = IMPATIENT | {"PIXIV_RATE_LIMIT_PAUSE": 0.002}

LISTING_FAULTS = {
    "token_expired": "400, the token has expired",
    "token_missing": "400, no token",
    "rate_limit_403": "403 Rate Limit",
    "rate_limit_429": "429 Rate Limit",
    "not_found_404": "404, deleted",
    "private_403": "403, private",
    "restricted_403": "403, suspended",
    "user_gone_404": "404, the user has left",
    "user_gone_200": "200 with user 0 and no works, of a user who is there",
    "offset_limit": "400, offset beyond the cap",
    "bad_parameter": "400, bad parameter",
    "unknown_endpoint": "404, unknown endpoint",
    "unknown_error": "403, a text that nobody knows",
    "empty_404": "404, empty",
    "html_403": "403 with HTML (Cloudflare)",
    "html_404": "404 with HTML",
    "html_503": "503 with HTML (maintenance)",
    "html_200": "200 with HTML (maintenance)",
    "server_error_500": "500",
    "cut_json": "JSON that is cut",
    "broken_json": "JSON behind a warning",
    "empty_body": "200, empty",
    "null_entries": "null in place of the list",
    "not_json_list": "a text in place of the list",
    "bad_entry": "one entry that does not fit",
    "wrong_content_type": "JSON as text/plain",
    "huge_body": "33 MiB",
    "redirect": "302 to another host",
    "reset": "connection closed without an answer",
    "short_body": "connection closed in the middle",
    "slow": "no answer in time",
    "stall_after": "stalled after 300 bytes",
}
TOKEN_FAULTS = {
    "refused_token": "400, the refresh token is refused",
    "rate_limit_429": "429 Rate Limit",
    "server_error_500": "500",
    "html_403": "403 with HTML (Cloudflare)",
    "html_200": "200 with HTML",
    "garbage_token": "200 without tokens",
    "cut_json": "JSON that is cut",
    "reset": "connection closed without an answer",
    "stall_after": "stalled",
}
FILE_FAULTS = {
    "empty_404": "404",
    "html_403": "403",
    "rate_limit_429": "429",
    "html_503": "503 with HTML",
    "server_error_500": "500",
    "truncated": "half a file, under its right length",
    "short_body": "connection closed in the middle",
    "empty_file": "200, empty",
    "html_file": "200 with HTML",
    "wrong_content_type": "an image as text/plain",
    "redirect": "302 to another host",
    "reset": "connection closed without an answer",
    "slow": "no answer in time",
    "stall_after": "stalled after 300 bytes",
}
HEAD = ("where", "fault", "what is done", "works lost", "files lost", "more requests", "exit status", "finish reason")
RULE = ("---", "---", "---", "---:", "---:", "---:", "---", "---")

_AGAIN = "asked again up to four times, then"
LISTING_ACTIONS: Sequence[tuple[Collection[str], str]] = (
    (("token_expired", "token_missing"), "asked again under a new token"),
    (("rate_limit_403", "rate_limit_429"), "waits, then asks again; the run ends after ten waits"),
    (API_MISSING, "named as withheld and as lost"),
    (API_HIDDEN, "held against the profile's count, named as lost"),
    (("offset_limit",), "read on by type, held against the profile's count, named as lost"),
    (API_FINAL, "named as lost"),
    (API_PASSING, f"{_AGAIN} named as lost"),
    (("bad_entry",), "kept aside, named as lost"),
    (HARMLESS, "read all the same"),
)
TOKEN_ACTIONS: Sequence[tuple[Collection[str], str]] = (
    (("refused_token",), "the run ends"),
    (TOKEN_FAULTS, f"{_AGAIN} the run ends"),
)
FILE_ACTIONS: Sequence[tuple[Collection[str], str]] = (
    (("rate_limit_429",), "waits, then asks again; the run ends after ten waits"),
    (("reset", "slow", "stall_after"), f"{_AGAIN} named as lost"),
    (FILE_PASSING, f"{_AGAIN} had in a smaller size and named as lost"),
    (FILE_GONE, "had in a smaller size and named as lost"),
    (FILE_FINAL, "named as lost"),
    (HARMLESS, "taken all the same"),
)


Settings = dict[str, str]


def _no_settings(_sandbox: Sandbox) -> Settings:
    return {}


@dataclass(frozen=True)
class Case:
    """A crawl with faults."""

    where: str
    name: str
    done: str
    """How a crawl handles it, in words."""
    faults: Callable[[Sandbox], None] = lambda _: None
    settings: Callable[[Sandbox], Settings] = _no_settings
    """A URL whose host does not exist."""
    token_uses: int | None = None


@dataclass(frozen=True)
class Part:
    """One process of a run; a run that stopped early has two."""

    status: int
    reason: str
    works: list[dict[str, Any]]


def main() -> None:
    options = _parser().parse_args()
    plain = _measured(Case("", "", ""))[1]
    sections = {"Once": [*_single(1)], "That stay": [*_single(None), *_unreachable()], "Of all the time": _weather()}
    for title, cases in sections.items():
        table = _table([_row(case, plain) for case in cases])
        print(f"### {title}\n\n{table}\n", flush=True)
        if options.write:
            _write(title, table)


def _write(title: str, table: str) -> None:
    """Replaces the table below its title; keeps the text that precedes it."""
    before, mark, rest = PAGE.read_text("utf-8").partition(f"### {title}\n")
    section, heading, after = re.split(r"(^#+ )", rest, maxsplit=1, flags=re.MULTILINE)
    said = "".join(line for line in section.splitlines(keepends=True) if not line.startswith("|")).strip()
    body = "\n\n".join(part for part in (said, table) if part)
    PAGE.write_text(f"{before}{mark}\n{body}\n\n{heading}{after}", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/faults.md")
    return parser


# --- Cases -----------------------------------------------------------------------------------------------------------


def _single(times: int | None) -> Iterator[Case]:
    """Each fault alone: at the second response of the listing, at the first login, at one file."""
    for kind, name in LISTING_FAULTS.items():
        faults = _adding(fault(kind, LISTING, "offset=30", times=times))
        yield Case("listing", name, _action(kind, LISTING_ACTIONS), faults)
    for kind, name in TOKEN_FAULTS.items():
        yield Case("token URL", name, _action(kind, TOKEN_ACTIONS), _adding(fault(kind, TOKEN_URL, times=times)))
    for kind, name in FILE_FAULTS.items():
        yield Case("original", name, _action(kind, FILE_ACTIONS), partial(_strike_file, kind, times))


def _action(kind: str, actions: Sequence[tuple[Collection[str], str]]) -> str:
    return next(action for kinds, action in actions if kind in kinds)


def _unreachable() -> Iterator[Case]:
    """Unreachable hosts, during the first process of a run."""
    many = f"{_AGAIN} named as lost; the run ends at the tenth in a row"
    for where, setting, done, untrusted in (
        ("API", "PIXIV_API_URL", many, "the run ends"),
        ("token URL", "PIXIV_OAUTH_URL", f"{_AGAIN} the run ends", "the run ends"),
        ("image host", "PIXIV_IMAGE_URL", many, "named as lost"),
    ):
        yield Case(where, "no such host", done, settings=_elsewhere(setting, "http://no-such-host.invalid"))
        yield Case(where, "connection refused", done, settings=_elsewhere(setting, "http://127.0.0.1:9"))
        yield Case(where, "no TLS", untrusted, settings=_elsewhere(setting, ""))


def _elsewhere(setting: str, url: str) -> Callable[[Sandbox], Settings]:
    """A setting with another URL; by default that of the sandbox with TLS, which it does not support."""
    return lambda sandbox: {setting: url or sandbox.url.replace("http:", "https:")}


def _weather() -> Iterator[Case]:
    """Recurring faults."""
    half = [fault("truncated", ORIGINAL)]
    yield Case("originals", "5 % are half a file", _action("truncated", FILE_ACTIONS), _mixing(half, 0.05))
    yield Case("listing", "a token is good for five calls", "asked again under a new token", token_uses=5)
    for name, faults in (("of what passes", passing_mixed()), ("of every kind", all_mixed())):
        for share in (0.05, 0.2, 0.5):
            yield Case("everywhere", f"{share * 100:g} % {name}", "as above", _mixing(faults, share))


def _adding(one: Fault) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.add_fault(one)


def _mixing(faults: Sequence[Fault], share: float) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.mix_faults(faults, share)


def _strike_file(kind: str, times: int | None, sandbox: Sandbox) -> None:
    work = sandbox.world.works(USER)[40]
    sandbox.add_fault(fault(kind, ORIGINAL, f"/{work.id}_p0", times=times))


# --- Crawls ----------------------------------------------------------------------------------------------------------


def _measured(case: Case) -> tuple[list[Part], int]:
    """The processes of a run of the case (the second one without faults), and the number of requests to the sandbox."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(token_uses=case.token_uses) as sandbox:
        sketches = tuple(WorkSpec(extensions=("jpg",) * pages) for pages in PAGES)
        sandbox.add_user(User(USER, "user", "user", sketches))
        crawl = Crawler(sandbox, Path(folder))
        case.faults(sandbox)
        parts = [_part(crawl, case.settings(sandbox))]
        if parts[-1].status == 2:
            sandbox.clear_faults()
            parts.append(_part(crawl, {}))
        return parts, len(sandbox.requests)


def _part(crawl: Crawler, settings: Settings) -> Part:
    done = crawl(user_id=USER, job="x", settings=SETTINGS | settings)
    if found := complaints(crawl.sandbox, done, is_reachable=not settings):
        raise SystemExit("\n".join([done.log, "This crawl is neither complete nor honest:", *found]))
    return Part(done.status, done.report["finish_reason"], done.lines("illusts"))


def _row(case: Case, plain: int) -> Sequence[str]:
    parts, requests = _measured(case)
    works = parts[-1].works
    files = [file for work in works for file in work["files"] if file["status"] != "failed"]
    smaller = sum(file["size_name"] != "original" for file in files)
    lost = FILES - len(files)
    return (
        case.where,
        case.name,
        case.done,
        str(WORKS - len(works)),
        f"{lost} and {smaller} smaller" if smaller else str(lost),
        f"{requests - plain:,}",
        ", then ".join(str(part.status) for part in parts),
        ", then ".join(f"`{part.reason}`" for part in parts),
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Merges the rows of faults with the same result."""
    same: dict[tuple[str, ...], list[str]] = {}
    for where, name, *figures in rows:
        same.setdefault((where, *figures), []).append(name)
    joined = [(where, "; ".join(names), *figures) for (where, *figures), names in same.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, RULE, *joined))


if __name__ == "__main__":
    main()

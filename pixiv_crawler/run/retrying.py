"""What a run has to collect again because it failed in a finished one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.api.page_target import ID_ARGUMENTS
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.regular_files import regular_only

Ids = dict[str, dict[str, None]]

# Their ID is not that of a work with a line.
_OF_LISTINGS = ("listing", "works", "user")
# They select other works than those that failed.
_SELECTING = ("max_works", "new_only", "offset")


@dataclass(frozen=True, slots=True)
class Retry:
    """A run that collects again what failed."""

    spider: str
    arguments: Mapping[str, Any]


class _Line(msgspec.Struct):
    """What matters of a line of an item or of a failure."""

    id: int | str | None = None
    kind: str = ""
    type: str = ""
    what: str = ""


_decode = msgspec.json.Decoder(_Line).decode


def retries(spider: str, arguments: Mapping[str, Any], folder: Path) -> list[Retry]:
    """The runs that collect again what failed in a finished run; none if nothing did.

    A work with a line, even one that says that it is unavailable, is collected by its ID, as the run collected it; something else that an ID of the arguments names
    by the same spider with this ID. If something has neither, such as a part of a search, the run is repeated.
    """
    kinds = {line.id: line.type for line in _lines(folder / "unavailable.jsonl") if line.type != "user"}
    kinds |= {line.id: line.kind for name in ("illusts.jsonl", "novels.jsonl") for line in _lines(folder / name)}
    works: Ids = {}
    parts: Ids = {}
    for failure in _lines(folder / paths.FAILURES_NAME):
        if failure.id in kinds and failure.what not in _OF_LISTINGS:
            works.setdefault(f"{kinds[failure.id]}_id", {})[str(failure.id)] = None
        elif name := _argument_of(str(failure.id), arguments):
            parts.setdefault(name, {})[str(failure.id)] = None
        else:
            return [Retry(spider, arguments)]
    found = []
    if works:
        options = _without(arguments, arguments.keys() - WorksArgs.model_fields.keys() | {*_SELECTING})
        found.append(Retry("works", options | _joined(works)))
    if parts:
        found.append(Retry(spider, _without(arguments, ID_ARGUMENTS) | _joined(parts)))
    return found


def _lines(path: Path) -> Iterator[_Line]:
    if path.exists():
        with open(path, "rb", opener=regular_only) as file:
            for line in file:
                with suppress(msgspec.MsgspecError):  # the user has changed it, or it is torn
                    yield _decode(line)


def _argument_of(id_: str, arguments: Mapping[str, Any]) -> str | None:
    """The argument whose list contains an ID; URLs in it are not read, and lead to a repetition of the run."""
    return next((name for name in ID_ARGUMENTS if id_ in str(arguments.get(name, "")).split(",")), None)


def _without(arguments: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}


def _joined(ids: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {name: ",".join(found) for name, found in ids.items()}

"""Generates the tables of the reference pages from the code; the Sphinx build calls it, see `conf.py`.

Each function returns Markdown. Meanings come from the code: from the descriptions of arguments, from the comments
above settings, and from docstrings. What lacks one raises `MissingMeaningError`, so that the build and the tests fail.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

import pixiv_crawler
from pixiv_crawler import settings as project_settings
from pixiv_crawler.api import errors
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.outputs.export import format_names, load_format
from pixiv_crawler.outputs.export.arguments import ExportArgs

DOCS = Path(__file__).parent
PACKAGE = Path(pixiv_crawler.__file__).parent


class MissingMeaningError(ValueError):
    """Something in the code has no text that says what it means."""


# --- Spiders and arguments --------------------------------------------------------------------------------------------


def spiders() -> str:
    """A section for each spider: what it collects, its sources, an example, its own arguments."""
    loader = SpiderLoader(Settings({"SPIDER_MODULES": ["pixiv_crawler.spiders"]}))
    return "\n\n".join(_spider(loader.load(name)) for name in loader.list()) + "\n"


def shared_arguments() -> str:
    """The arguments that all spiders of works share."""
    return _arguments(WorksArgs, list(WorksArgs.model_fields))


def exports() -> str:
    """The arguments that all exports share, and a section for each format."""
    parts = [_arguments(ExportArgs, [*ExportArgs.__annotations__])]
    for name in format_names():
        format_ = load_format(name)
        own = [one for one in format_.Args.model_fields if one not in ExportArgs.model_fields]
        parts += [f"## `{name}`", inspect.getdoc(format_) or "", _arguments(format_.Args, own) if own else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def _spider(spider: Any) -> str:
    text, _, source = (inspect.getdoc(spider) or "").partition("Source: ")
    source, _, example = source.partition("Example: ")
    if not example:
        raise MissingMeaningError(f"the docstring of {spider.__name__} has no Source: and Example:")
    shared = issubclass(spider.Args, WorksArgs)
    own = [name for name in spider.Args.model_fields if not (shared and name in WorksArgs.model_fields)]
    parts = [
        f"(spider-{spider.name.replace('_', '-')})=\n## `{spider.name}`",
        text.strip(),
        _arguments(spider.Args, own),
        "It also accepts the [arguments of all spiders of works](#shared-arguments)." if shared else "",
        f"Pixiv endpoints: `{' '.join(source.split())}`",
        f"```sh\n{example.strip()}\n```",
    ]
    return "\n\n".join(part for part in parts if part)


def _arguments(args: Any, names: list[str]) -> str:
    schema = args.model_json_schema()
    rows = [_argument(name, args.model_fields[name], schema) for name in names]
    return _table(["argument", "values", "default", "meaning"], rows)


def _argument(name: str, field: Any, schema: dict[str, Any]) -> list[str]:
    if not field.description:
        raise MissingMeaningError(f"the spider argument {name} has no description")
    shape = schema["properties"][name]
    default = shape.get("default")
    if isinstance(default, list):
        default = ",".join(map(str, default))
    elif isinstance(default, bool):
        default = str(default).lower()
    shown = "required" if field.is_required() else "" if default is None else f"`{default}`"
    return [f"`{name}`", _values(shape, schema), shown, field.description]


def _values(shape: dict[str, Any], schema: dict[str, Any]) -> str:
    kinds = [one for one in shape.get("anyOf", []) if one.get("type") != "null"]
    if len(kinds) > 1:  # values of Pixiv, which may have more
        return f"{_values(kinds[0], schema)}, or a newer value"
    shape = next(iter(kinds), shape)
    if "$ref" in shape:
        shape = schema["$defs"][shape["$ref"].rpartition("/")[2]]
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_values(shape['items'], schema)}"
    return {"integer": "number", "boolean": "`true`, `false`"}.get(shape["type"], str(shape.get("format", "text")))


# --- Settings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SettingText:
    """A setting as `settings.py` has it."""

    name: str
    default: str
    meaning: str


def settings() -> str:
    """Our own settings."""
    rows = [[f"`{one.name}`", one.default, one.meaning] for one in setting_texts() if one.name.startswith("PIXIV_")]
    return _table(["setting", "default", "meaning"], rows)


def scrapy_settings() -> str:
    """Scrapy's settings whose defaults differ here."""
    rows = [
        [f"`{one.name}`", one.default, one.meaning]
        for one in setting_texts()
        if not one.name.startswith("PIXIV_") and one.meaning
    ]
    return _table(["setting", "value here", "reason"], rows)


def setting_texts() -> list[SettingText]:
    """All settings, each with the comment above it or behind it."""
    lines = Path(inspect.getfile(project_settings)).read_text("utf-8").splitlines()
    found = []
    for node in ast.parse("\n".join(lines)).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id.isupper():
            meaning = _comment(lines, node.lineno, node.end_lineno or node.lineno)
            if target.id.startswith("PIXIV_") and not meaning:
                raise MissingMeaningError(f"{target.id} has no comment above it in settings.py")
            found.append(SettingText(target.id, _default(target.id), meaning))
    return found


def _comment(lines: list[str], first: int, last: int) -> str:
    above: list[str] = []
    for line in reversed(lines[: first - 1]):
        if not line.startswith("# ") or line.startswith("# ---"):
            break
        above.insert(0, line.removeprefix("# "))
    behind = re.search(r"  # (.*)$", lines[first - 1]) if first == last else None
    return " ".join(above) or (behind[1] if behind else "")


def _default(name: str) -> str:
    value = getattr(project_settings, name)
    if name in ("PIXIV_CLIENT_ID", "PIXIV_CLIENT_SECRET"):
        return "the app's own"
    if isinstance(value, dict):
        return "see `settings.py`"
    text = str(value).replace(str(Path.home()), "~")
    return f"`{text}`" if text else "empty"


# --- Stats, signals and errors ----------------------------------------------------------------------------------------

STAT_MEANINGS = {
    "pixiv/apierrors/KIND": "failed API requests of that [kind](errors.md), repeats included",
    "pixiv/apierrors/final_retry": "requests that were sent once more at the end of the crawl",
    "pixiv/apierrors/probes": "API requests that were sent once more to find out whether Pixiv refuses every request",
    "pixiv/apierrors/repeated": "API requests that were repeated",
    "pixiv/auth/refused": "API requests that were refused because of their access token",
    "pixiv/auth/renewed": "access tokens that were renewed",
    "pixiv/expected": "works that the listings announced",
    "pixiv/store/broken": "files on disk that are damaged and are downloaded again",
    "pixiv/files/bytes": "bytes of files that were received",
    "pixiv/store/generated": "animations and novels that were generated",
    "pixiv/downloads/probes": "requests for the headers of a file that was downloaded before, when many others were refused",
    "pixiv/downloads/retried": "file requests that were repeated",
    "pixiv/store/replaced": "files that changed at Pixiv; the old ones were renamed",
    "pixiv/downloads/resumed": "downloads that were resumed in the middle",
    "pixiv/downloads/smaller": "files that were downloaded in a smaller size, because their original is gone",
    "pixiv/filters/ARGUMENT": "works that the filter of that argument dropped",
    "pixiv/failed/WHAT": "failures of that kind: listing, file, comments, ...",
    "pixiv/failed/count": "all failures",
    "pixiv/max_works/dropped": "works that were dropped because `max_works` was reached",
    "pixiv/new_only/known": "works that `new_only` dropped, because an earlier run collected them",
    "pixiv/new_only/new": "works that are new to `new_only`",
    "pixiv/duplicates/dropped": "works that a listing showed twice",
    "pixiv/ratelimit/pauses": "pauses because of a rate limit",
    "pixiv/ratelimit/seconds": "seconds of these pauses",
    "pixiv/downloads/bytes": "bytes of files that this process received",
    "pixiv/downloads/count": "files that this process downloaded",
    "pixiv/files/STATUS": "files of the run, by their status in the lines: `downloaded`, `kept`, `failed`",
    "pixiv/lines/KIND": "lines that the run wrote, by kind",
    "pixiv/unavailable/REASON": "works that Pixiv withheld, by [reason](exits.md#why-a-work-is-unavailable)",
    "pixiv/requests/PATH": "requests to that API endpoint",
}
"""Meanings of stats whose docstrings give none in parentheses."""

_STATS = re.compile(r"\bStats: (.+?)(?=\.(?: [A-Z]|\s*$)|\Z)", re.DOTALL)
_STAT = re.compile(r"(pixiv/[\w/*]+)(?: \(([^)]*)\))?")


def stats() -> str:
    """The stats that our components count, in alphabetical order."""
    rows = {name: STAT_MEANINGS.get(name) or meaning or first_line for name, meaning, first_line in stat_texts()}
    return _table(["stat", "meaning"], [[f"`{name}`", meaning] for name, meaning in sorted(rows.items())])


def stat_texts() -> Iterator[tuple[str, str, str]]:
    """Each stat that a docstring declares: name, meaning, and the first line of the docstring."""
    for _, docstring in _docstrings():
        for declared in _STATS.findall(docstring):
            for name, meaning in _STAT.findall(" ".join(declared.split())):
                yield name, meaning, docstring.partition("\n")[0]


def _docstrings() -> Iterator[tuple[Path, str]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, ast.get_docstring(node) or ""


def modules() -> list[Path]:
    """The modules of the package, without the sandbox, which is a program of its own."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.relative_to(PACKAGE).parts)


def signals() -> str:
    """The signals that components send."""
    return _table(["signal", "meaning"], [[f"`{name}`", meaning] for name, meaning in signal_texts()])


def signal_texts() -> Iterator[tuple[str, str]]:
    """Each `name = object()` of a module: its dotted path, and the docstring below it."""
    for path in modules():
        body = ast.parse(path.read_text("utf-8")).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(node, ast.Assign) and ast.unparse(node.value) == "object()":
                dotted = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
                name = f"{dotted.removesuffix('.__init__')}.{ast.unparse(node.targets[0])}"
                yield name, _docstring_node(after, name)


def error_kinds() -> str:
    """What Pixiv's responses mean, and what the crawler does about each."""
    meanings = _members(errors.ErrorKind)
    rows = [[f"`{kind}`", meanings[kind.name], f"`{action}`"] for kind, action in errors.POLICY.items()]
    return _table(["kind", "what Pixiv responds", "action"], rows)


def web_error_kinds() -> str:
    """The same for Pixiv's website."""
    meanings = _members(errors.ErrorKind)
    rows = [
        [f"`{kind}`", "" if kind in errors.POLICY else meanings[kind.name].removeprefix("Website: "), f"`{action}`"]
        for kind, action in errors.WEB_POLICY.items()
    ]
    return _table(["kind", "what the website responds, if it differs from the app", "action"], rows)


def file_error_kinds() -> str:
    """The error kinds of files and what is done about each."""
    return _table(["kind", "action"], [[f"`{kind}`", f"`{action}`"] for kind, action in errors.FILE_POLICY.items()])


def actions() -> str:
    """What each action of the error policy does."""
    meanings = _members(errors.Action)
    return _table(["action", "what happens"], [[f"`{one}`", meanings[one.name]] for one in errors.Action])


def _members(enum: Any) -> dict[str, str]:
    (body,) = (node.body for node in ast.parse(inspect.getsource(enum)).body if isinstance(node, ast.ClassDef))
    return {
        ast.unparse(node.targets[0]): _docstring_node(after, f"{enum.__name__}.{ast.unparse(node.targets[0])}")
        for node, after in zip(body, [*body[1:], None], strict=True)
        if isinstance(node, ast.Assign)
    }


def _docstring_node(node: ast.stmt | None, name: str) -> str:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
        raise MissingMeaningError(f"{name} has no docstring below it")
    return " ".join(node.value.value.split())


# --- Pages ------------------------------------------------------------------------------------------------------------


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = [[re.sub(r"\s*\n\s*", " ", cell).replace("|", r"\|") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


PARTS = (
    spiders, shared_arguments, exports, settings, scrapy_settings, stats, signals, error_kinds, file_error_kinds,
    web_error_kinds, actions,
)  # fmt: skip


def write(folder: Path) -> None:
    """Writes each part as a file that the pages include, and leaves files alone that have not changed."""
    folder.mkdir(exist_ok=True)
    for part in PARTS:
        path, text = folder / f"{part.__name__}.md", part()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(DOCS / "_generated")

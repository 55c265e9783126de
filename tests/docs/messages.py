"""Extracts the error messages and warnings of the program from its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pixiv_crawler import exceptions
from tests.crawling import PROJECT

PACKAGE = PROJECT / "pixiv_crawler"
PLACEHOLDER = "…"
# Our own errors, whose messages users see, and the errors that become one in a spider argument. The message of a
# `ParseError` is in rejected.jsonl and in failures, next to the entry.
ERRORS = {name for name, value in vars(exceptions).items() if isinstance(value, type)} | {
    "AnimationError",
    "DownloadError",
    "StateBusyError",
    "StateConflictError",
    "StorageError",
    "ValueError",
}
IGNORED = {"ParseError", "StoppedError"}
LOG_METHODS = {"error", "warning", "exception", "critical"}
REPORTING_FUNCTIONS = {"warn", "Warned", "fail", "_fail", "_report"}


@dataclass(frozen=True)
class Message:
    """A message of the program."""

    text: str
    """The text, with `…` for each placeholder."""
    place: str
    """File and line."""


def messages() -> list[Message]:
    """All error messages and warnings of the program, without those of the sandbox."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if "sandbox" not in path.relative_to(PACKAGE).parts]
    return [message for path in paths for message in _messages_of(path)]


def _messages_of(path: Path) -> Iterator[Message]:
    relative = path.relative_to(PACKAGE)
    # Elsewhere, a ValueError is not shown to users.
    errors = (
        ERRORS
        - IGNORED
        - (set() if relative.parts[0] in ("arguments.py", "argument_types.py", "spiders") else {"ValueError"})
    )
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == "_sentence":
            returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value)
            yield from (Message(text, f"{relative}:{value.lineno}") for value in returned for text in _texts(value))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("message", "sentence"):
            yield from (Message(text, f"{relative}:{node.lineno}") for text in _texts(node.value))
        if isinstance(node, ast.Call):
            for argument in _message_arguments(node, errors):
                for text in _texts(argument):
                    if re.search(r"[a-z]{3}", text):
                        is_prefixed = ast.unparse(node.func) == "ValueError" and relative.name in (
                            "arguments.py",
                            "argument_types.py",
                        )
                        prefix = f"spider argument {PLACEHOLDER}: " * (is_prefixed and text != "give …")
                        yield Message(prefix + text, f"{relative}:{node.lineno}")


def _message_arguments(call: ast.Call, errors: set[str]) -> list[ast.expr]:
    """The arguments of a call that may be messages to the user."""
    function = call.func
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    if name in errors:
        return call.args[:1]
    if name in LOG_METHODS and isinstance(function, ast.Attribute) and "logger" in ast.unparse(function.value):
        return call.args[:1]
    return call.args[:2] if name in REPORTING_FUNCTIONS else []


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression may evaluate to."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(map(_part, node.values))]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.sub(r"%(?:\.\d)?[sdfrg]", PLACEHOLDER, node.value)]
    return []


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    return "scrapy" if "{PROGRAM}" in ast.unparse(part) else PLACEHOLDER


PAGE = PROJECT / "docs" / "troubleshooting.md"
# An entry that matches every message would prove nothing.
_FEWEST_LETTERS = 4


def entries(page: str) -> list[str]:
    """The messages of the entries of the page; an entry may have several, separated by "or"."""
    terms = re.findall(r"^(`[^`]+`(?: or `[^`]+`)*)$", page, re.MULTILINE)
    return [message for term in terms for message in re.findall("`([^`]+)`", term)]


def is_covered(message: str, entry: str) -> bool:
    """Whether an entry describes a message; `…` in an entry matches any text."""
    if len(re.findall(r"\w", entry)) < _FEWEST_LETTERS:
        return False
    pattern = ".*".join(map(re.escape, entry.split(PLACEHOLDER)))
    return bool(re.fullmatch(pattern, message.removeprefix("Error: "), re.DOTALL))


def missing() -> list[Message]:
    """The messages without an entry, except those that only consist of another message."""
    known = entries(PAGE.read_text("utf-8"))
    texts = (message for message in messages() if len(re.findall(r"\w", message.text.removeprefix("Error: "))) > 5)
    return [message for message in texts if not any(is_covered(message.text, entry) for entry in known)]


if __name__ == "__main__":
    for message in missing():
        print(f"{message.place}: {message.text}")  # noqa: T201 - this is a program

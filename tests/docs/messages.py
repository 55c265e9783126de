"""Collects the sentences that the program says when something is wrong, from its code."""

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
# Errors of our own whose texts users see, and those that become one in a spider argument. A `ParseError` is named in
# rejected.jsonl and in failures, next to the entry that it is about.
ERRORS = {name for name, value in vars(exceptions).items() if isinstance(value, type)} | {
    "AnimationError",
    "DownloadError",
    "StateBusyError",
    "StorageError",
    "ValueError",
}
LEFT_OUT = {"ParseError", "StoppedError"}
LOGGED = {"error", "warning", "exception", "critical"}
SAID = {"warn", "Warned", "_fail", "_report"}


@dataclass(frozen=True)
class Message:
    """A sentence of the program."""

    text: str
    """With `…` for what is only known when it is said."""
    place: str
    """File and line."""


def messages() -> list[Message]:
    """All sentences of the program about errors and warnings, without those of the sandbox."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if "sandbox" not in path.relative_to(PACKAGE).parts]
    return [message for path in paths for message in _messages_of(path)]


def _messages_of(path: Path) -> Iterator[Message]:
    relative = path.relative_to(PACKAGE)
    # Elsewhere a ValueError is one of Python's own.
    errors = ERRORS - LEFT_OUT - (set() if relative.parts[0] in ("arguments.py", "spiders") else {"ValueError"})
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == "_sentence":
            returned = (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value)
            yield from (Message(text, f"{relative}:{value.lineno}") for value in returned for text in _texts(value))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("message", "sentence"):
            yield from (Message(text, f"{relative}:{node.lineno}") for text in _texts(node.value))
        if isinstance(node, ast.Call):
            for argument in _said(node, errors):
                for text in _texts(argument):
                    if re.search(r"[a-z]{3}", text):
                        is_prefixed = ast.unparse(node.func) == "ValueError" and relative.name == "arguments.py"
                        prefix = f"spider argument {PLACEHOLDER}: " * (is_prefixed and text != "give …")
                        yield Message(prefix + text, f"{relative}:{node.lineno}")


def _said(call: ast.Call, errors: set[str]) -> list[ast.expr]:
    """The arguments of a call that may be sentences for the user."""
    function = call.func
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    if name in errors:
        return call.args[:1]
    if name in LOGGED and isinstance(function, ast.Attribute) and "logger" in ast.unparse(function.value):
        return call.args[:1]
    return call.args[:2] if name in SAID else []


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression may come to."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.sub(r"%(?:\.\d)?[sdfrg]", PLACEHOLDER, node.value)]
    return []


PAGE = PROJECT / "docs" / "troubleshooting.md"
# An entry that matches everything would prove nothing.
_FEWEST_LETTERS = 4


def entries(page: str) -> list[str]:
    """The messages that entries of the page begin with; an entry may have several, with "or" between them."""
    terms = re.findall(r"^(`[^`]+`(?: or `[^`]+`)*)$", page, re.MULTILINE)
    return [message for term in terms for message in re.findall("`([^`]+)`", term)]


def is_covered(message: str, entry: str) -> bool:
    """Whether a message is one that an entry is about; `…` in an entry stands for any text."""
    if len(re.findall(r"\w", entry)) < _FEWEST_LETTERS:
        return False
    pattern = ".*".join(map(re.escape, entry.split(PLACEHOLDER)))
    return bool(re.fullmatch(pattern, message.removeprefix("Error: "), re.DOTALL))


def missing() -> list[Message]:
    """The messages that no entry is about; those that are nothing but another message are left out."""
    known = entries(PAGE.read_text("utf-8"))
    said = (message for message in messages() if len(re.findall(r"\w", message.text.removeprefix("Error: "))) > 5)
    return [message for message in said if not any(is_covered(message.text, entry) for entry in known)]


if __name__ == "__main__":
    for one in missing():
        print(f"{one.place}: {one.text}")  # noqa: T201 - this is a program

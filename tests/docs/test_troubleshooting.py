"""docs/troubleshooting.md has an entry for each message of the program."""

from __future__ import annotations

import re

import pytest

from tests.docs.messages import PAGE, entries, is_covered, messages, missing


@pytest.mark.e2e
def test_every_message_of_the_program_has_an_entry() -> None:
    assert len(messages()) > 100
    without = [f"{message.place}: {message.text}" for message in missing()]
    assert without == [], "add an entry to docs/troubleshooting.md, or the new wording to an entry"


@pytest.mark.e2e
def test_every_entry_describes_a_message_of_the_program() -> None:
    texts = [message.text for message in messages()]
    assert [
        entry for entry in entries(PAGE.read_text("utf-8")) if not any(is_covered(text, entry) for text in texts)
    ] == []


def test_every_entry_says_more_than_its_message() -> None:
    text = PAGE.read_text("utf-8")
    terms = re.findall(r"^`.+`\n(.*)$", text, re.MULTILINE)
    assert len(terms) > 50
    assert [line for line in terms if not re.match(r": \S.{30}", line)] == []


def test_an_entry_that_matches_every_message_is_ignored() -> None:
    assert not is_covered("the file is empty", "…")
    assert is_covered("the file is empty", "the file is …")
    assert not is_covered("the file is empty", "the folder is …")

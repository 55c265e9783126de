"""The browser of each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.outputs.gallery.browser import Browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()

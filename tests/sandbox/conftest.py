from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox

from .client import Client


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox)


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Answers of the real Pixiv; they hold real people's works and are no part of the project."""
    for folder in Path(__file__).parents:
        samples = folder / "shared" / "api-samples"
        if samples.is_dir():
            return samples
    pytest.skip("no folder of recorded answers beside the project")

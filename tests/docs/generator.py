"""Imports `docs/generate.py`, which is not part of the package."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from tests.crawling import PROJECT

DOCS = PROJECT / "docs"


def load_generator() -> ModuleType:
    """The module that generates the tables of the reference pages."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module

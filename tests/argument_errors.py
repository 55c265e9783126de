"""Error messages of spider arguments."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.exceptions import ArgumentError


def error_of(args: type[SpiderArgs], **given_arguments: Any) -> str:
    """The error message of invalid arguments."""
    with pytest.raises(ArgumentError) as raised:
        args.parse(given_arguments)
    return str(raised.value)

"""How arguments are refused."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.exceptions import ArgumentError


def told(args: type[SpiderArgs], **given_arguments: Any) -> str:
    """The sentence in which a spider with these arguments refuses them."""
    with pytest.raises(ArgumentError) as raised:
        args.parse(given_arguments)
    return str(raised.value)

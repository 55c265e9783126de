"""The URL of a page of Pixiv's website, whose parameters are translated one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl

from pixiv_crawler.api.page_target import Args
from pixiv_crawler.exceptions import ArgumentError

# Which part of a listing is shown, how, and where the user came from.
_PRESENTATION = re.compile("p|lang|format|from|ref|csw|cursor|utm_.*")


@dataclass(frozen=True, slots=True)
class PageUrl:
    """A page: its path without the language, and the parameters that are not translated yet."""

    path: str
    query: Args

    @classmethod
    def of(cls, parts: SplitResult) -> PageUrl:
        path = re.sub(
            r"^/(?:[a-z]{2}(?:-[a-z]{2,4})?)(?=/)", "", re.sub("/{2,}", "/", parts.path), flags=re.IGNORECASE
        )
        return cls(path.rstrip("/") or "/", dict(parse_qsl(parts.query)))

    def take(self, name: str) -> str:
        """The value of a parameter; empty if the URL does not have it."""
        return self.query.pop(name, "")

    def take_id(self, name: str) -> str:
        """The ID that a parameter names; empty if the URL does not have it.

        Raises:
            ArgumentError: the value is not an ID; it could stand for something else in an argument, such as a list.
        """
        if not re.fullmatch(r"[0-9]*", value := self.take(name)):
            raise ArgumentError(
                f"the parameter {name}={value} of the URL is not an ID: pass the URL of a page that exists"
            )
        return value

    def translate(self, name: str, known: Mapping[str, str]) -> str:
        """What the value of a parameter stands for; empty if the URL does not have it.

        Raises:
            ArgumentError: the value is not known.
        """
        if (value := self.take(name)) and value not in known:
            raise ArgumentError(f"the parameter {name}={value} of the URL is not one of {', '.join(known)}")
        return known[value] if value else ""

    def check_rest(self) -> None:
        """Checks that the other parameters do not change what the page shows.

        Raises:
            ArgumentError: one may do so.
        """
        for name, value in self.query.items():
            if not _PRESENTATION.fullmatch(name):
                raise ArgumentError(
                    f"the parameter {name}={value} of the URL cannot be applied: remove it from the URL"
                )

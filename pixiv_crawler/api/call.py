"""One call of the App API as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

JsonObject = dict[str, Any]
ParamValue = int | str | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What to ask: a path, its parameters, and the key under which the answer lists its entries."""

    path: str
    """Path with its version, such as `/v1/user/illusts`."""
    params: JsonObject = field(default_factory=dict)
    """Query parameters in Pixiv's words; None is left out, a list is sent once per member."""
    entries_key: str = ""
    """Key of the list in the answer; empty when the answer is one object."""

    def __post_init__(self) -> None:
        asked = {name: value for name, value in self.params.items() if value is not None}
        object.__setattr__(self, "params", asked)

    @property
    def query(self) -> str:
        """The query string as Pixiv writes it: booleans as true and false, lists by repetition."""
        return urlencode({name: _wire_form(value) for name, value in self.params.items()}, doseq=True)

    def to_dict(self) -> JsonObject:
        """The call as plain JSON, to ride on a request."""
        return {"path": self.path, "params": self.params, "entries_key": self.entries_key}

    def __str__(self) -> str:
        return f"{self.path}?{self.query}"


def _wire_form(value: ParamValue) -> str | list[str]:
    if isinstance(value, list):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)

"""One call of the App API as a value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self
from urllib.parse import urlencode

JsonObject = dict[str, Any]
ParamValue = int | str | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What to ask, where the answer holds what was asked for, and what we know of it beside the answer."""

    path: str
    """Path with its version, such as `/v1/user/illusts`."""
    params: JsonObject = field(default_factory=dict)
    """Parameters in Pixiv's words; None is left out, a list is sent once per member."""
    entries_key: str = ""
    """Key of the list in the answer; empty when the answer is no listing."""
    entry_key: str = ""
    """Key of the one object in the answer; empty when that is the whole answer, or a listing."""
    context: JsonObject = field(default_factory=dict)
    """Fields of the items that the answer leaves out, such as the work that a comment belongs to."""
    method: Literal["GET", "POST"] = "GET"
    """POST for the calls that change something."""
    is_page: bool = False
    """Whether the answer is a page of HTML."""

    def __post_init__(self) -> None:
        asked = {name: value for name, value in self.params.items() if value is not None}
        object.__setattr__(self, "params", asked)

    @property
    def key(self) -> str:
        """Key of what was asked for; empty for the whole answer."""
        return self.entries_key or self.entry_key

    @property
    def query(self) -> str:
        """The parameters as Pixiv writes them: booleans as true and false, lists by repetition."""
        return urlencode({name: _wire_form(value) for name, value in self.params.items()}, doseq=True)

    def at(self, offset: int, name: str = "offset") -> Self:
        """The same call from that entry of its listing on."""
        return replace(self, params=self.params | {name: offset}) if offset else self

    def with_context(self, **known: Any) -> Self:
        """The same call, with more known beside its answer."""
        return replace(self, context=self.context | known)

    def to_dict(self) -> JsonObject:
        """The call as plain JSON, to ride on a request."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.path}?{self.query}"


def _wire_form(value: ParamValue) -> str | list[str]:
    if isinstance(value, list):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)

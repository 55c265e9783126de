"""One call of the App API, or of the website, as a value."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self
from urllib.parse import urlencode

API_URL = "https://app-api.pixiv.net"
"""Pixiv's App API."""
WEB_URL = "https://www.pixiv.net"
"""Pixiv's website."""

JsonObject = dict[str, Any]
ParamValue = int | str | bool | None | list[str]

_TARGETS: tuple[tuple[Literal["illust", "novel", "user"], str], ...] = (
    ("illust", "illust_id"),
    ("novel", "novel_id"),
    ("user", "user_id"),
    ("user", "seed_user_id"),
)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """What to request, where the response contains it, and what the response leaves out."""

    path: str
    """Path with its version, such as `/v1/user/illusts`; on the website, with the names of parameters in it."""
    params: JsonObject = field(default_factory=dict)
    """Parameters, with Pixiv's names; None is omitted, a list is sent as a repeated parameter."""
    entries_key: str = ""
    """Key of the list in the response; empty if the response is not a listing."""
    entry_key: str = ""
    """Key of the object in the response; empty if the response itself is the object, or a listing."""
    context: JsonObject = field(default_factory=dict)
    """Item fields that the response omits, such as the work that a comment belongs to."""
    method: Literal["GET", "POST"] = "GET"
    """POST for calls that change something."""
    is_page: bool = False
    """Whether the response is an HTML page."""
    api: Literal["app", "web"] = "app"
    """The App API, or the website (see api/website)."""

    def __post_init__(self) -> None:
        given = {name: value for name, value in self.params.items() if value is not None}
        object.__setattr__(self, "params", given)

    @property
    def key(self) -> str:
        """Key of the requested list or object; empty if it is the response itself."""
        return self.entries_key or self.entry_key

    @property
    def target(self) -> tuple[Literal["illust", "novel", "user"], int] | None:
        """The type and the ID of the requested object; None if the call does not request a single one."""
        for type_, name in _TARGETS:
            if isinstance(id_ := self.params.get(name), int):
                return type_, id_
        return None

    @property
    def query(self) -> str:
        """The parameters in Pixiv's form: booleans as true and false, lists as repeated parameters."""
        return urlencode({name: _wire_form(value) for name, value in self.params.items()}, doseq=True)

    @property
    def target_of_get(self) -> str:
        """Path and query of the URL."""
        if self.api == "web":
            return self.path.format(**self.params)
        return f"{self.path}?{self.query}"

    @property
    def offset(self) -> int:
        """The entry of its listing at which it starts; 0 if that is not a number."""
        offset = self.params.get("offset", 0)
        return offset if isinstance(offset, int) else 0

    def at(self, offset: int, name: str = "offset") -> Self:
        """The same call, starting at that entry of its listing."""
        return replace(self, params=self.params | {name: offset}) if offset else self

    def with_context(self, **fields: Any) -> Self:
        """The same call, with additional context."""
        return replace(self, context=self.context | fields)

    def to_dict(self) -> JsonObject:
        """The call as plain JSON, for a request's meta."""
        return asdict(self)

    def __str__(self) -> str:
        return self.target_of_get


def _wire_form(value: ParamValue) -> str | list[str]:
    if isinstance(value, list):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)

"""What a spider argument can be: types that check and convert, and the model that all arguments extend."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pixiv_crawler.api.enums import FileSize
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.paths import check_job

EnumT = TypeVar("EnumT", bound=StrEnum)

# Addresses of users as Pixiv's sites wrote them over the years.
_USER_ADDRESS = re.compile(
    r"(?:https?://)?(?:[a-z]+\.)?pixiv\.net/"
    r"(?:(?:[a-z-]+/)?(?:users?|u)/|member(?:_illust)?\.php\?(?:[^#]*&)?id=)([0-9]+)(?:[/?&#].*)?"
)
# Pixiv's IDs have nine digits today; more than 18 would not fit a database's integer.
_ID = re.compile(r"[0-9]{1,18}")


def _members(value: Any) -> list[str]:
    """The members of a comma-separated text, each once, in order."""
    members = value if isinstance(value, list) else str(value).split(",")
    return list(dict.fromkeys(text for member in members if (text := str(member).strip())))


def _user_id(text: str) -> int:
    address = _USER_ADDRESS.fullmatch(text)
    number = address[1] if address else text
    if not _ID.fullmatch(number) or int(number) == 0:
        raise ValueError(f"{text!r} is no user; give an ID such as 11, or the address of a profile")
    return int(number)


def _user_ids(value: Any) -> list[int]:
    ids = list(dict.fromkeys(map(_user_id, _members(value))))
    if not ids:
        raise ValueError("no user is given; give an ID such as 11, or the address of a profile")
    return ids


UserIdList = Annotated[list[int], BeforeValidator(_user_ids)]
"""User IDs or addresses of profiles, comma-separated."""


def one_of(enum: type[EnumT]) -> BeforeValidator:
    """Checks that a text is a value of `enum`; the message lists the values."""
    return BeforeValidator(lambda text: _value(enum, str(text).strip()))


def list_of(enum: type[EnumT]) -> BeforeValidator:
    """Checks that each member of a comma-separated text is a value of `enum`."""
    return BeforeValidator(lambda value: [_value(enum, text) for text in _members(value)])


def _value(enum: type[EnumT], text: str) -> EnumT:
    try:
        return enum(text)
    except ValueError:
        raise ValueError(f"{text!r} is not one of {', '.join(enum)}") from None


def _whole_number(text: Any) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", str(text).strip()) or int(text) == 0:
        raise ValueError(f"{str(text)!r} is no number of 1 or more")
    return int(text)


PositiveNumber = Annotated[int, BeforeValidator(_whole_number)]
"""A whole number of 1 or more."""


def _checked_job(text: Any) -> str:
    try:
        return check_job(str(text))
    except ArgumentError as error:
        raise ValueError(str(error)) from None


JobName = Annotated[str, BeforeValidator(_checked_job)]
"""A name for a run, usable as the name of a folder."""


class SpiderArgs(BaseModel):
    """The arguments that every spider takes; a spider's own are declared in its `Args`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: JobName | None = Field(None, description="A name for the run; default: its start time, or Scrapyd's job ID.")

    @classmethod
    def parse(cls, arguments: dict[str, Any]) -> Self:
        """The arguments of a spider, checked; those whose names begin with `_` are Scrapyd's, of which one names the job.

        Raises:
            ArgumentError: one sentence about the first that cannot be used.
        """
        given = {name: value for name, value in arguments.items() if not name.startswith("_")}
        if "_job" in arguments:
            given.setdefault("job", arguments["_job"])
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ArgumentError(_sentence(error, cls)) from None


class WorksArgs(SpiderArgs):
    """The arguments that every spider of works takes."""

    files: Annotated[FileSize, one_of(FileSize)] = Field(
        FileSize.ORIGINAL, description="Which size of the images to download; none for data only."
    )
    max_works: PositiveNumber | None = Field(None, description="Stop after so many works.")


def _sentence(error: ValidationError, args: type[SpiderArgs]) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"unknown spider argument {name!r}; known are: {', '.join(sorted(args.model_fields))}"
    if first["type"] == "missing":
        return f"the spider argument {name} is missing; give it as -a {name}=..."
    return f"spider argument {name}: {first['msg'].removeprefix('Value error, ')}"

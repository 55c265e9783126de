"""The arguments of every export: the filters of the spiders, and which runs, users and types to select."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field

from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.argument_types import Flag, UserIdList, WordList, list_of, one_of
from pixiv_crawler.arguments import FilterArgs
from pixiv_crawler.exceptions import ArgumentError


class ExportArgs(FilterArgs):
    """The arguments of every export."""

    runs: WordList | None = Field(
        None, description="Only works of these runs: SPIDER/JOB, or SPIDER for all its runs, comma-separated."
    )
    user_id: UserIdList | None = Field(None, description="Only works of these users: IDs or profile URLs.")
    type: Annotated[list[WorkType], list_of(WorkType)] | None = Field(
        None, description="Only works of these types, comma-separated."
    )

    @property
    def folder_kind(self) -> str:
        """The arguments with which a folder was written, if exports with others would not fit into it; empty if all fit."""
        return ""

    @classmethod
    def parse(cls, arguments: dict[str, Any], spider: str = "") -> Self:
        try:
            return super().parse(arguments, spider)
        except ArgumentError as error:
            raise ArgumentError(str(error).replace("spider argument", "argument", 1), error.argument) from None


class TagNames(StrEnum):
    """Which name of a tag is written."""

    ORIGINAL = "original"
    TRANSLATED = "translated"


class TagArgs(ExportArgs):
    """The arguments of exports that write tags."""

    tag_names: Annotated[TagNames, one_of(TagNames)] = Field(
        TagNames.ORIGINAL,
        description="Write tags as the artist wrote them, or translated where Pixiv has a translation.",
    )
    underscores: Flag = Field(False, description="Write `_` in place of spaces in tags.")
    omit_tags: WordList | None = Field(
        None, description="Tags (or tag translations) that are not written, comma-separated."
    )

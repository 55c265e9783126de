"""Makes the files of this folder anew, and the fields in the page for analysts."""

from __future__ import annotations

from pathlib import Path

from pixiv_crawler.schemas import write_schemas
from pixiv_crawler.schemas.markdown import write_fields

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "data.md"

write_schemas(FOLDER)
if PAGE.exists():  # only a checkout has it
    write_fields(PAGE)

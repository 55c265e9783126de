"""Regenerates the schemas in this folder and the tables of fields in docs/data.md."""

from pathlib import Path

from pixiv_crawler.schemas import write_schemas
from pixiv_crawler.schemas.markdown import write_fields

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "data.md"

write_schemas(FOLDER)
if PAGE.exists():  # absent in an installed package
    write_fields(PAGE)

"""Makes the files of this folder anew."""

from __future__ import annotations

from pathlib import Path

from pixiv_crawler.schemas import write_schemas

write_schemas(Path(__file__).parent)

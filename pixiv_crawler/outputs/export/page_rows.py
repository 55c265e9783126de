"""What data sets say about each image."""

from typing import Any

from pixiv_crawler.api.image_urls import illust_page_url
from pixiv_crawler.items import Illust
from pixiv_crawler.novels.metadata import plain_caption
from pixiv_crawler.outputs.export.arguments import TagArgs
from pixiv_crawler.outputs.export.selection import Page, SelectedWork
from pixiv_crawler.outputs.export.tags import caption_of


def page_row(selected: SelectedWork, page: Page, args: TagArgs) -> dict[str, Any]:
    """One image with the metadata of its work, in a fixed order; every row has the same columns."""
    work = selected.work
    assert isinstance(work, Illust)  # nothing else has pages
    return {
        "text": caption_of(work, args),
        "illust_id": work.id,
        "page": page.number,
        "page_count": work.page_count,
        "type": work.type,
        "title": work.title,
        "caption": plain_caption(work.caption),
        "tags": [tag.name for tag in work.tags],
        "translated_tags": [tag.translated_name or "" for tag in work.tags],
        "user_id": work.user.id,
        "user_name": work.user.name,
        "series_id": work.series.id if work.series else None,
        "create_date": work.create_date,
        "x_restrict": work.x_restrict,
        "sanity_level": work.sanity_level,
        "illust_ai_type": work.illust_ai_type,
        "total_bookmarks": work.total_bookmarks,
        "total_view": work.total_view,
        "url": illust_page_url(work.id),
        "sha256": page.file.record.sha256,
    }

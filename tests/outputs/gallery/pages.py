"""A gallery with an author's page, a manga in a series, collections, comments and tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pixiv_crawler.outputs.gallery import make_gallery
from tests.outputs.gallery.data_folder import DataFolder, illust, novel, picture, tag

CAT, SEA, SPACED = tag("猫", "cat"), tag("海", "sea"), tag("night sky (blue)")


def comment(id_: int, parent: int | None = None, **fields: Any) -> dict[str, Any]:
    """A line of comments.jsonl."""
    user = {"id": 40 + id_, "name": f"Reader {id_}", "account": "r"}
    return {
        "kind": "comment", "id": id_, "comment": f"comment {id_}", "date": f"2026-01-0{id_}T00:00:00+09:00",
        "user": user, "illust_id": 1, "novel_id": None, "parent_comment_id": parent, "fetched_at": "",
    } | fields  # fmt: skip


def make_pages(folder: Path) -> Path:
    """Writes the data folder and the page; returns the path of the page."""
    data = DataFolder(folder)
    listed = {"endpoint": "/v1/illust/series", "params": {"illust_series_id": 5}}
    manga = {"type": "manga", "series": {"id": 5, "title": "Harbour Diary"}, "illust_book_style": 1}
    chapters = {
        number: [data.file(f"8/{number}_p{page}.png", picture(page, (300, 400))) for page in range(pages)]
        for number, pages in ((11, 5), (12, 2))
    }
    wide = [data.file("7/1_p0.png", picture(1, (600, 200)))]
    avatar, background = (
        data.file(f"users/7/{name}.png", picture(3)) | {"url": f"https://i.pximg.net/{kind}/img/2020/01/01/7_x.png"}
        for name, kind in (("avatar", "user-profile"), ("background", "background"))
    )
    ranked = {"endpoint": "/v1/illust/ranking", "params": {"mode": "day", "date": "2026-01-03"}}
    old = {"fetched_at": "2026-01-03T00:00:00+00:00"}
    new = {"fetched_at": "2026-02-03T00:00:00+00:00"}
    data.write(
        illust(1, wide, width=600, height=200, tags=[CAT], total_bookmarks=600, title="Cat at night",
               source=ranked | {"position": 2}, **old),
        illust(2, tags=[CAT, SEA], total_bookmarks=50, illust_ai_type=2, create_date="2025-06-01T00:00:00+09:00",
               width=200, height=400, source=ranked | {"position": 1}, **old),
        illust(3, tags=[SPACED], total_bookmarks=None, x_restrict=1, user={"id": 9, "name": "Other Artist"}, **old),
        illust(11, chapters[11], width=300, height=400, user={"id": 8, "name": "Mangaka"}, page_count=5,
               source=listed | {"position": 2}, **manga, **old),
        run="first",
    )  # fmt: skip
    data.write(novel(4, "text", title="灯台 Light", tags=[SEA], **old), run="first", name="novels")
    data.write(
        illust(12, chapters[12], title="Chapter two", create_date="2026-03-01T00:00:00+09:00",
               user={"id": 8, "name": "Mangaka"}, page_count=2,
               source=listed | {"position": 1}, **manga, **new),
        run="second",
    )  # fmt: skip
    user = {"id": 7, "name": "Painter", "account": "paint", "comment": "I paint.\r\nEvery day."}
    profile = {"webpage": "https://example.com/me", "twitter_url": "javascript:alert(1)", "total_illusts": 30}
    line = {"kind": "user", "user": user, "profile": profile, "files": [avatar, background], "fetched_at": ""}
    data.write(line, run="first", name="users")
    data.write(
        comment(1),
        comment(2),
        comment(3, parent=1),
        comment(4, parent=1, comment="", stamp={"stamp_id": 1}),
        run="first",
        name="comments",
    )
    return make_gallery(data.path, data.path / "gallery").index

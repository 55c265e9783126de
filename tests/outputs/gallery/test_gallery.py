"""Generating a gallery from a data folder: what is shown, reused, regenerated and removed."""

from __future__ import annotations

import gzip
import json
import os
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.outputs import gallery as gallery_package
from pixiv_crawler.outputs.gallery import Gallery, make_gallery
from pixiv_crawler.outputs.gallery.lines import Lines, WorkKey
from tests.crawling import PROJECT
from tests.outputs.gallery.data_folder import DataFolder, file_record, frames, illust, novel, picture, tag, ugoira_zip

pytestmark = pytest.mark.e2e  # thumbnails are generated in other processes


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def generate(data: DataFolder, folder: Path | None = None) -> Gallery:
    data.path.mkdir(exist_ok=True)
    return make_gallery(data.path, folder or data.path / "gallery")


def shown_works(gallery: Gallery) -> dict[str, dict[str, Any]]:
    """The works that the page shows, by key, with authors and tags instead of their indexes."""
    folder = gallery.index.parent
    head, files_url = start(folder), script(folder / "files.js", "window.FILES = ", ";\n")
    rows = [row for name in head["shards"] for row in received(folder / "data" / name)]
    works = [dict(zip(head["fields"], row, strict=True)) for row in rows]
    for work in works:
        work["files"] = [folder / (unquote(files_url) + path) for path in work["files"]]
    assert head["count"] == len(works)
    return {work["key"]: work for work in works}


def start(folder: Path) -> dict[str, Any]:
    """What the page knows before it loads other scripts."""
    return script(folder / "start.js", "window.GALLERY = ", ";\n")


def received(path: Path) -> Any:
    """What a script passes to the page."""
    return script(path, f'GALLERY.receive("{path.name}", ', ");\n")


def script(path: Path, begin: str, end: str) -> Any:
    text = path.read_text("utf-8")
    assert text.startswith(begin)
    assert text.endswith(end)
    return json.loads(text[len(begin) : -len(end)])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_work_is_shown_with_the_data_of_its_line(data: DataFolder) -> None:
    file = data.file("7/1_p0.png", picture(1))
    data.write(illust(1, [file], tags=[tag("猫", "cat"), tag("海")], caption="a<br>b", total_comments=3, x_restrict=1))
    gallery = generate(data)
    work = shown_works(gallery)["i1"]
    assert (work["title"], work["author"], work["tags"]) == ("Work 1", [7, "Painter"], [["猫", "cat"], ["海"]])
    assert (work["bookmarks"], work["views"], work["comments"], work["rating"]) == (1, 10, 3, 1)
    assert work["caption"] == "a\nb"
    assert [path.read_bytes() for path in work["files"]] == [(data.files / "7/1_p0.png").read_bytes()]
    assert (gallery.works, gallery.authors, gallery.unreadable_lines, gallery.failed_images) == (1, 1, 0, 0)
    with Image.open(gallery.index.parent / "thumbs" / work["thumbnail"]) as image:
        assert image.size == (240, 320)


def test_the_newest_line_of_a_work_is_shown_with_the_files_of_older_lines(data: DataFolder) -> None:
    file = data.file("7/1_p0.png", picture(1))
    data.write(illust(1, title="newest", fetched_at="2026-01-05T00:00:00+00:00"), run="a")
    data.write(illust(1, [file], title="older", fetched_at="2026-01-04T23:00:00+00:00"), run="b")
    data.write(illust(1, title="oldest", fetched_at="2026-01-05T01:00:00+02:00"), run="c")
    work = shown_works(generate(data))["i1"]
    assert work["title"] == "newest"
    assert len(work["files"]) == 1
    assert work["thumbnail"]


def test_data_that_only_an_older_line_has_is_shown(data: DataFolder) -> None:
    new = {"fetched_at": "2026-01-05T00:00:00+00:00", "total_bookmarks": 99}
    archive = [data.file("7/1_p0.zip", ugoira_zip(2))]
    data.write(illust(1, type="ugoira", **new), novel(2, **new), run="a")
    data.write(
        illust(1, archive, type="ugoira", ugoira_metadata=frames(50, 50), caption="caption", total_comments=4), run="b"
    )
    data.write(novel(2, "text"), run="b")
    works = shown_works(generate(data))
    assert [works[key]["bookmarks"] for key in ("i1", "n2")] == [99, 99]
    assert (works["i1"]["caption"], works["i1"]["comments"]) == ("caption", 4)
    assert works["i1"]["animation"]
    assert works["n2"]["text"]


def test_the_larger_of_two_sizes_is_shown_and_removed_pages_are_not(data: DataFolder) -> None:
    originals = [data.file(f"7/1_p{page}.png", picture(page)) for page in range(3)]
    small = data.file("medium/7/1_p0.jpg", picture(9)) | {"size_name": "medium"}
    data.write(illust(1, originals, fetched_at="2026-01-01T00:00:00+00:00"))
    data.write(illust(1, [small], page_count=2, fetched_at="2026-01-02T00:00:00+00:00"))
    assert [path.name for path in shown_works(generate(data))["i1"]["files"]] == ["1_p0.png", "1_p1.png"]


def test_only_existing_files_are_shown(data: DataFolder) -> None:
    existing = data.file("7/1_p1.png", picture(1))
    data.write(illust(1, [file_record("7/1_p0.png"), existing, file_record("7/1_p2.png", status="failed")]), illust(2))
    gallery = generate(data)
    assert [path.name for path in shown_works(gallery)["i1"]["files"]] == ["1_p1.png"]
    assert (gallery.works, gallery.without_files) == (2, 1)
    assert shown_works(gallery)["i2"]["thumbnail"] == ""


@pytest.mark.parametrize(
    "path", ["../../secret.png", "/etc/hostname", "7/../../../secret.png", "a//b.png", "a\\b.png", "\0"]
)
def test_a_path_outside_the_files_folder_is_not_shown(data: DataFolder, path: str) -> None:
    picture(1).save(data.path.parent / "secret.png")
    data.write(illust(1, [file_record(path)]))
    assert shown_works(generate(data))["i1"]["files"] == []


def test_incomplete_empty_or_foreign_lines_are_counted_and_skipped(data: DataFolder) -> None:
    data.write(illust(1), end=b"\n[]\nnull\n\xff\xfe\n" + b'{"kind": "user", "id": 3}\n' + b"[" * 5000 + b"\n")
    data.write(illust(2), end=json.dumps(illust(3)).encode()[:-9])
    data.write(illust(4), run="2")
    gallery = generate(data)
    assert set(shown_works(gallery)) == {"i1", "i2", "i4"}
    assert gallery.unreadable_lines == 7


def test_compressed_lines_are_read_up_to_the_truncation(data: DataFolder) -> None:
    lines = [json.dumps(line).encode() + b"\n" for line in (illust(1), illust(2, title="new"), illust(3))]
    folder = data.path / "user_works" / "old"
    folder.mkdir(parents=True)
    (folder / "illusts.jsonl.gz").write_bytes(
        gzip.compress(lines[0]) + gzip.compress(lines[1]) + gzip.compress(lines[2])[:-20]
    )
    (folder / "novels.jsonl.gz").write_bytes(gzip.compress(json.dumps(novel(1, "text")).encode()))
    data.write(illust(2, title="old", fetched_at="2025-01-01T00:00:00+00:00"))
    gallery = generate(data)
    works = shown_works(gallery)
    assert set(works) == {"i1", "i2", "n1"}
    assert works["i2"]["title"] == "new"
    assert works["n1"]["text"]
    assert gallery.unreadable_lines == 2, "the incomplete line, and the truncated archive"


def test_a_broken_image_is_counted_and_the_work_is_shown_without_it(data: DataFolder) -> None:
    data.write(illust(1, [data.file("7/1_p0.png", b"not an image")]), illust(2, [data.file("7/2_p0.png", picture(2))]))
    gallery = generate(data)
    assert gallery.failed_images == 1
    assert [bool(shown_works(gallery)[key]["thumbnail"]) for key in ("i1", "i2")] == [False, True]


def test_an_empty_data_folder_gives_an_empty_page_and_a_missing_one_an_error(data: DataFolder, tmp_path: Path) -> None:
    assert generate(data).works == 0
    with pytest.raises(SettingError, match="does not exist; run a crawl first"):
        make_gallery(tmp_path / "nowhere", tmp_path / "gallery")


@pytest.mark.parametrize("name", ["index.html", "start.js", "gallery.css", "data"])
def test_a_folder_with_other_files_is_left_as_it_is(data: DataFolder, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / name).write_text("mine")
    with pytest.raises(SettingError, match=r"site is not a folder of scrapy gallery; pass a new or an empty folder"):
        generate(data, folder)
    assert (names(folder), (folder / name).read_text()) == ({name}, "mine")


def test_every_shard_but_the_last_one_is_full_if_a_line_disappears_while_the_page_is_generated(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.write(*map(illust, range(1, 5)), run="kept")
    data.write(illust(0), run="removed")
    lines = data.path / "user_works" / "removed" / "illusts.jsonl"

    def keys(self: Lines) -> list[WorkKey]:
        lines.write_bytes(b"")
        return original(self)

    original = Lines.keys
    monkeypatch.setattr(Lines, "keys", keys)
    monkeypatch.setattr(gallery_package, "SHARD_WORKS", 2)
    gallery = generate(data)
    shards = [received(gallery.index.parent / "data" / name) for name in start(gallery.index.parent)["shards"]]
    assert [[row[0] for row in shard] for shard in shards] == [["i1", "i2"], ["i3", "i4"]]
    assert (gallery.works, gallery.unreadable_lines) == (4, 1)


def test_numbers_beyond_those_of_the_page_make_a_line_unreadable(data: DataFolder) -> None:
    huge = 10**400
    user = {"id": huge, "name": "x"}
    data.write(
        illust(huge), illust(1, user=user), illust(2, width=huge, height=1), illust(3, total_view=huge), illust(4)
    )
    gallery = generate(data)
    assert (set(shown_works(gallery)), gallery.unreadable_lines) == ({"i4"}, 4)


def test_thumbnails_are_reused_regenerated_when_their_file_changes_and_removed_with_their_work(
    data: DataFolder,
) -> None:
    files = [data.file(f"7/{number}_p0.png", picture(number)) for number in (1, 2, 3)]
    data.write(*(illust(number, [file]) for number, file in enumerate(files, 1)), novel(1, "text"))
    folder = generate(data).index.parent
    before = {path.name: path.stat().st_ino for path in (folder / "thumbs").iterdir()}
    picture(9, (100, 100)).save(data.files / "7/2_p0.png")
    os.utime(data.files / "7/2_p0.png", (1, 1))
    (data.path / "user_works/1/illusts.jsonl").unlink()
    (folder / "thumbs" / "mine.webp").touch()
    (folder / "thumbs" / ".i1-0123456789ab.webp.99.part").touch()
    (folder / "animations" / ".0123456789abcdef.making").touch()
    (folder / "thumbs" / ".0123456789abcdef.123.part").touch()
    data.write(illust(1, files[:1]), illust(2, files[1:2]))
    works = shown_works(generate(data))
    after = {path.name: path.stat().st_ino for path in (folder / "thumbs").iterdir()}
    assert set(after) == {works["i1"]["thumbnail"], works["i2"]["thumbnail"], "mine.webp"}
    assert after[works["i1"]["thumbnail"]] == before[works["i1"]["thumbnail"]], "reused, not regenerated"
    assert works["i2"]["thumbnail"] not in before
    assert names(folder / "novels") == names(folder / "animations") == set()


def test_thumbnails_of_a_killed_run_are_reused(data: DataFolder) -> None:
    data.write(*(illust(number, [data.file(f"7/{number}_p0.png", picture(number))]) for number in (1, 2)))
    folder = generate(data).index.parent
    works = shown_works(generate(data))
    (folder / "index.html").unlink()
    (folder / "start.js").unlink()
    (folder / "thumbs" / works["i1"]["thumbnail"]).unlink()
    inode = (folder / "thumbs" / works["i2"]["thumbnail"]).stat().st_ino
    assert shown_works(generate(data)) == works
    assert (folder / "thumbs" / works["i2"]["thumbnail"]).stat().st_ino == inode
    assert names(folder / "thumbs") == {work["thumbnail"] for work in works.values()}


def test_a_gallery_in_another_folder_refers_to_files_of_any_name(data: DataFolder, tmp_path: Path) -> None:
    folder = tmp_path / "other #1" / "100% 猫?"
    path = "名前 #1/50% ? &amp; 'x'\"/1_p0.png"
    data.write(illust(1, [data.file(path, picture(1))]))
    (file,) = shown_works(generate(data, folder))["i1"]["files"]
    assert file.read_bytes() == (data.files / path).read_bytes()


def test_an_animation_gets_a_preview_with_its_own_delays(data: DataFolder) -> None:
    delays = [120, 60, 1000, 35]
    data.write(
        illust(1, [data.file("7/1_p0.zip", ugoira_zip(4))], type="ugoira", ugoira_metadata=frames(*delays)),
        illust(2, [data.file("7/2_p0.zip", ugoira_zip(1))], type="ugoira", ugoira_metadata=frames(50)),
        illust(3, [data.file("7/3_p0.zip", b"PK\3\4 broken")], type="ugoira", ugoira_metadata=frames(50)),
    )
    gallery = generate(data)
    works, folder = shown_works(gallery), gallery.index.parent
    with Image.open(folder / "animations" / works["i1"]["animation"]) as image:
        assert getattr(image, "n_frames", 1) == 4
        found = []
        for frame in range(4):
            image.seek(frame)
            image.load()
            found.append(image.info["duration"])
    assert found == delays
    with Image.open(folder / "animations" / works["i2"]["animation"]) as image:
        assert image.size == (120, 90)
    assert all(works[key]["thumbnail"] and not works[key]["files"] for key in ("i1", "i2"))
    assert (works["i3"]["animation"], works["i3"]["thumbnail"], gallery.failed_images) == ("", "", 2)
    inodes = {name: (folder / "animations" / name).stat().st_ino for name in names(folder / "animations")}
    generate(data)
    assert {name: (folder / "animations" / name).stat().st_ino for name in names(folder / "animations")} == inodes


def test_frame_files_are_listed_with_their_delays_and_an_animated_file_is_shown_unchanged(data: DataFolder) -> None:
    single = [data.file(f"7/1_{index}.jpg", picture(index)) for index in range(3)]
    moving = data.file("7/2_p0.webp", picture(1), save_all=True, append_images=[picture(2)])
    archive = data.file("7/2_p0.zip", ugoira_zip(2))
    metadata = frames(10, 20, 30)
    metadata["frames"].append({"file": "000001.jpg", "delay": 40})
    data.write(
        illust(1, single, type="ugoira", page_count=1, ugoira_metadata=metadata),
        illust(2, [archive, moving], type="ugoira", page_count=1, ugoira_metadata=frames(10, 20)),
    )
    works = shown_works(generate(data))
    assert works["i1"]["film"] == [[0, 10], [1, 20], [2, 30], [1, 40]]
    assert [path.name for path in works["i1"]["files"]] == ["1_0.jpg", "1_1.jpg", "1_2.jpg"]
    assert (works["i2"]["animation"], [path.name for path in works["i2"]["files"]]) == ("", ["2_p0.webp"])
    assert all(work["thumbnail"] for work in works.values())


def test_one_of_several_animations_is_shown_and_the_others_are_linked(
    data: DataFolder,
) -> None:
    stills = [data.file(f"frames/7/1_ugoira{index}.jpg", picture(index)) for index in range(2)]
    moving = {
        kind: data.file(f"7/1_p0.{kind}", picture(3), save_all=True, append_images=[picture(4)]) | {"size_name": kind}
        for kind in ("gif", "webp")
    }
    video = data.file("7/1_p0.mp4", b"film") | {"size_name": "mp4"}
    metadata = {"type": "ugoira", "page_count": 1, "ugoira_metadata": frames(10, 20)}
    data.write(
        illust(1, stills, **metadata), illust(2, stills[::-1], **metadata), illust(3, [*stills, video], **metadata)
    )
    data.write(illust(1, [*moving.values(), video], **metadata | {"fetched_at": "2026-02-01T00:00:00+00:00"}), run="2")
    works = shown_works(generate(data))
    assert [path.name for path in works["i1"]["files"]] == ["1_p0.webp"]
    assert works["i1"]["documents"] == ["7/1_p0.mp4", "7/1_p0.gif"]
    assert works["i1"]["film"] == []
    assert [path.name for path in works["i2"]["files"]] == ["1_ugoira0.jpg", "1_ugoira1.jpg"]
    assert works["i2"]["film"] == [[0, 10], [1, 20]]
    assert [path.name for path in works["i3"]["files"]] == ["1_p0.mp4"]


def test_the_text_of_a_novel_is_in_a_separate_script(data: DataFolder) -> None:
    secret = "x</script><script>\u2028 text" * 50
    data.write(novel(5, secret + "[newpage]two"), novel(6), illust(5), name="novels")
    gallery = generate(data)
    folder, works = gallery.index.parent, shown_works(gallery)
    assert set(works) == {"n5", "n6", "i5"}
    script = (folder / "novels" / works["n5"]["text"]).read_text("utf-8")
    assert script.startswith(f'GALLERY.receive("{works["n5"]["text"]}", [["x\\u003c/script>')
    others = "".join(path.read_text("utf-8") for path in [folder / "start.js", *(folder / "data").iterdir()])
    assert "</script" not in script + others
    assert secret[:20] not in others
    assert works["n6"]["text"] == ""
    assert gallery.without_files == 1, "a novel needs no files"


def test_a_novel_shows_its_cover_and_links_its_other_files(data: DataFolder) -> None:
    cover = data.file("7/n5_cover.jpg", picture(1)) | {"url": "https://i.pximg.net/novel-cover-original/img/ci5.jpg"}
    inner = data.file("novel_images/5_uploadedimage_8.png", picture(2))
    data.write(novel(5, "[uploadedimage:8][uploadedimage:9]", files=[data.file("7/n5.epub", b"book"), inner, cover]))
    gallery = generate(data)
    work = shown_works(gallery)["n5"]
    script = (gallery.index.parent / "novels" / work["text"]).read_text("utf-8")
    assert '[{"image":"novel_images/5_uploadedimage_8.png"},"[uploadedimage:9]"]' in script
    assert [path.name for path in work["files"]] == ["n5_cover.jpg"]
    assert work["documents"] == ["7/n5.epub"]
    assert work["thumbnail"]


def test_the_static_files_of_the_page_are_package_data() -> None:
    listed = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    package = PROJECT / "pixiv_crawler"
    packaged = {path for pattern in listed["pixiv_crawler"] for path in package.glob(pattern)}
    static = set((package / "outputs" / "gallery" / "static").iterdir())
    assert {"index.html", "gallery.js", "gallery.css"} <= {path.name for path in static}
    assert static <= packaged


def test_no_script_of_the_page_names_the_command_line_that_is_running() -> None:
    static = PROJECT / "pixiv_crawler" / "outputs" / "gallery" / "static"
    assert not [path.name for path in static.iterdir() if "scrapy" in path.read_text("utf-8").lower()]

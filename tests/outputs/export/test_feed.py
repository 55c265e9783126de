"""The feed, read by feedparser, and the elements that RFC 4287 requires."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from pixiv_crawler.items import Illust
from tests.outputs.export.collected import Collected, exported, renamed, tags
from tests.outputs.export.test_bagit import novel

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def data(tmp_path: Path) -> Collected:
    return Collected(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "feed"


def on_day(work: Illust, day: int) -> Illust:
    return replace(work, create_date=f"2026-02-{day:02}T00:00:00+09:00")


def feed_of(data: Collected, target: Path, *arguments: str) -> Any:
    """The feed as a reader sees it, after checking what the specification requires."""
    import feedparser

    done = data.export("feed", target, *(word for argument in arguments for word in ("-a", argument)))
    assert (done.returncode, done.stderr) == (0, "")
    content = (target / "feed.xml").read_bytes()
    root = ET.fromstring(content)
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert len({link.get("type") for link in element.findall(f"{ATOM}link[@rel='alternate']")}) <= 1
    assert all(entry.find(f"{ATOM}author/{ATOM}name") is not None for entry in root.iter(f"{ATOM}entry"))
    read = feedparser.parse(content)
    assert (read.bozo, read.version) == (False, "atom10")
    return read


def test_the_feed_has_the_newest_works_with_thumbnails(data: Collected, target: Path) -> None:
    one = on_day(replace(data.illust(1, 2), title="A < B\x01", tags=tags(("海", "sea"))), 3)
    one = replace(one, caption='first<br />see <a href="https://example.org/?a=1&amp;b=2">this</a>')
    one.user = renamed(one.user, "Me & you")
    data.write(one, on_day(data.illust(2), 1), on_day(data.ugoira(3), 2), novel(data, 4))
    read = feed_of(data, target, "max_works=3")
    assert [entry.id.rpartition(":")[2] for entry in read.entries] == ["illust/1", "illust/3", "illust/2"]
    first = read.entries[0]
    assert (first.title, first.author, first.link) == ("A < B", "Me & you", "https://www.pixiv.net/artworks/1")
    assert first.published == first.updated == "2026-02-03T00:00:00+09:00" == read.feed.updated
    assert [(tag.term, tag.label) for tag in first.tags] == [("海", "sea")]
    assert "<p>first</p>" in first.content[0].value
    for entry in read.entries:
        (enclosure,) = entry.enclosures
        path = target / enclosure.href
        assert (enclosure.type, int(enclosure.length)) == ("image/jpeg", path.stat().st_size)
        with Image.open(path) as image:
            assert image.format == "JPEG"
    assert exported(target) == [
        "feed.xml", "thumbnails/illust-1.jpg", "thumbnails/illust-2.jpg", "thumbnails/illust-3.jpg",
    ]  # fmt: skip


def test_with_base_url_all_urls_are_absolute(data: Collected, target: Path) -> None:
    data.write(data.illust(1))
    read = feed_of(data, target, "base_url=https://example.org/pixiv")
    assert read.feed.id == "https://example.org/pixiv/feed.xml"
    assert read.entries[0].enclosures[0].href == "https://example.org/pixiv/thumbnails/illust-1.jpg"
    done = data.export("feed", target.with_name("other"), "-a", "base_url=example")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: argument base_url: 'example' is not a URL: pass that of the folder")


def test_works_without_files_are_entries_without_enclosures(data: Collected, target: Path) -> None:
    data.write(replace(data.illust(1), files=[]), novel(data, 2))
    read = feed_of(data, target)
    assert [len(entry.enclosures) for entry in read.entries] == [1, 0]
    assert read.entries[0].link == "https://www.pixiv.net/novel/show.php?id=2"


def test_a_damaged_file_is_named(data: Collected, target: Path) -> None:
    one, two = data.illust(1), data.ugoira(2)
    data.write(one, two)
    for file in (*one.files, *two.files):
        (data.path / "files" / file.path).write_bytes(b"x" * (file.size or 0))
    done = data.export("feed", target)
    assert done.returncode == 3
    sentences = sorted(done.stderr.splitlines())
    assert [sentence.partition(" (")[0] for sentence in sentences] == [
        "thumbnails/illust-1.jpg was not written: 11/1_p0.png cannot be read",
        "thumbnails/illust-2.jpg was not written: 11/2_ugoira600x600.zip cannot be read",
    ]
    assert all(sentence.endswith("); run: scrapy verify --read all --fetch") for sentence in sentences)


def test_a_feed_without_works_is_valid(data: Collected, target: Path) -> None:
    data.write(data.illust(1))
    assert feed_of(data, target, "tags=nothing").entries == []

"""The metadata of a work beside one of its files: as JSON, and as XMP for photo managers."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
from itemadapter import ItemAdapter

from pixiv_crawler.items import File, Illust, Work
from pixiv_crawler.novels import plain_caption

_NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
# What photo managers can search for; Pixiv's own tags of that name are mostly among the tags already.
_RATINGS = {1: "R-18", 2: "R-18G"}

_ILLEGAL = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_json(work: Work, file: File, target: Path) -> None:
    """Writes the work's line, of whose `files` only this one is left.

    Raises:
        OSError: the target cannot be written.
    """
    line = ItemAdapter(work).asdict() | {"files": [ItemAdapter(file).asdict()]}
    line.pop("file_urls")
    _replace(target, msgspec.json.format(msgspec.json.encode(line), indent=2) + b"\n")


def write_xmp(work: Work, file: File, target: Path) -> None:
    """Writes title, author, description, tags with the rating, date and address as XMP.

    Raises:
        OSError: the target cannot be written.
    """
    for prefix, uri in _NAMESPACES.items():
        if prefix != "xml":
            ET.register_namespace(prefix, uri)
    root = ET.Element(_name("x:xmpmeta"))
    about = ET.SubElement(ET.SubElement(root, _name("rdf:RDF")), _name("rdf:Description"), {_name("rdf:about"): ""})
    page = f"artworks/{work.id}" if isinstance(work, Illust) else f"novel/show.php?id={work.id}"
    address = f"https://www.pixiv.net/{page}"
    _alternative(about, "dc:title", work.title)
    _alternative(about, "dc:description", plain_caption(work.caption))
    _list(about, "dc:creator", "rdf:Seq", [work.user.name])
    _list(about, "dc:subject", "rdf:Bag", _subjects(work))
    for name, text in (
        ("dc:source", address),
        ("dc:identifier", address),
        ("photoshop:Source", f"https://www.pixiv.net/users/{work.user.id}"),
        ("xmp:CreateDate", work.create_date),
    ):
        ET.SubElement(about, _name(name)).text = _legal(text)
    ET.indent(root)
    _replace(target, ET.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def _subjects(work: Work) -> list[str]:
    """The tags, each with its translation, and the rating."""
    names = [name for tag in work.tags for name in (tag.name, tag.translated_name) if name]
    rating = _RATINGS.get(work.x_restrict)
    return list(dict.fromkeys([*names, rating] if rating else names))


def _alternative(parent: ET.Element, name: str, text: str) -> None:
    if text:
        (item,) = _list(parent, name, "rdf:Alt", [text])
        item.set(_name("xml:lang"), "x-default")


def _list(parent: ET.Element, name: str, kind: str, texts: list[str]) -> list[ET.Element]:
    if not texts:
        return []
    holder = ET.SubElement(ET.SubElement(parent, _name(name)), _name(kind))
    items = [ET.SubElement(holder, _name("rdf:li")) for _ in texts]
    for item, text in zip(items, texts, strict=True):
        item.text = _legal(text)
    return items


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def _legal(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def _replace(target: Path, content: bytes) -> None:
    """Writes a file at once, so that none is there half."""
    part = target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise

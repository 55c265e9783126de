"""The metadata of a work beside one of its files: as JSON, and as XMP for photo managers."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec

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

# Who writes XMP names the tool so.
_TOOL = "pixiv_crawler"
_OTHER_TOOL = re.compile(rb"<\w+:xmpmeta\b[^>]*?\bxmptk\s*=\s*[\"'](?!" + _TOOL.encode() + rb"[\"'])")

_ILLEGAL = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def json_sidecar(work: Work, file: File) -> bytes:
    """The work's line, of whose `files` only this one is left."""
    # Of a work with hundreds of files, all of them would be converted for each.
    line = msgspec.to_builtins(replace(work, files=[file], file_urls=[]))
    del line["file_urls"]
    told: bytes = msgspec.json.format(msgspec.json.encode(line), indent=2)
    return told + b"\n"


def is_of_another_tool(xmp: bytes) -> bool:
    """Whether a photo manager has written a sidecar, or has changed ours: then it holds what its owner put in."""
    return bool(_OTHER_TOOL.search(xmp))


def xmp_sidecar(work: Work) -> bytes:
    """Title, author, description, tags with the rating, date and address as XMP."""
    for prefix, uri in _NAMESPACES.items():
        if prefix != "xml":
            ET.register_namespace(prefix, uri)
    root = ET.Element(_name("x:xmpmeta"), {_name("x:xmptk"): _TOOL})
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
    told: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return told + b"\n"


def _subjects(work: Work) -> list[str]:
    """The tags, each with its translation, and the rating."""
    names = [name for tag in work.tags for name in (tag.name, tag.translated_name) if name]
    rating = _RATINGS.get(work.x_restrict)
    return list(dict.fromkeys([*names, rating] if rating else names))


def _alternative(parent: ET.Element, name: str, text: str) -> None:
    for item in _list(parent, name, "rdf:Alt", [text]):
        item.set(_name("xml:lang"), "x-default")


def _list(parent: ET.Element, name: str, kind: str, texts: list[str]) -> list[ET.Element]:
    """What of the texts XML can hold, without those that are empty then."""
    held = [text for text in map(_legal, texts) if text.strip()]
    if not held:
        return []
    holder = ET.SubElement(ET.SubElement(parent, _name(name)), _name(kind))
    items = [ET.SubElement(holder, _name("rdf:li")) for _ in held]
    for item, text in zip(items, held, strict=True):
        item.text = text
    return items


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def _legal(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)

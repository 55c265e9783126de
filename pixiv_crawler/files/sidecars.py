"""Sidecar files with the metadata of a work, next to each of its files: JSON, and XMP for photo managers."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec

from pixiv_crawler.api.image_urls import user_page_url
from pixiv_crawler.items import File, Illust, Work
from pixiv_crawler.novels.metadata import plain_caption

_NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
# Lets photo managers search by rating; most works already have Pixiv's own tag of the same name.
_RATINGS = {1: "R-18", 2: "R-18G"}

# Every tool that writes XMP adds its name.
_TOOL = "pixiv_crawler"
_OTHER_TOOL = re.compile(rb"<\w+:xmpmeta\b[^>]*?\bxmptk\s*=\s*[\"'](?!" + _TOOL.encode() + rb"[\"'])")

_ILLEGAL = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def json_sidecar(work: Work, file: File) -> bytes:
    """The line of a work, with only this file in `files`."""
    # Without `replace`, all of the hundreds of files of a work would be converted for each sidecar.
    line = msgspec.to_builtins(replace(work, files=[file], file_urls=[]))
    del line["file_urls"]
    content: bytes = msgspec.json.format(msgspec.json.encode(line), indent=2)
    return content + b"\n"


def is_of_another_tool(xmp: bytes) -> bool:
    """Whether a photo manager has written or changed a sidecar, which then contains the user's own data."""
    return bool(_OTHER_TOOL.search(xmp))


def xmp_sidecar(work: Work) -> bytes:
    """Title, user, description, tags including the rating, date and URL as XMP."""
    for prefix, uri in _NAMESPACES.items():
        if prefix != "xml":
            ET.register_namespace(prefix, uri)
    root = ET.Element(_name("x:xmpmeta"), {_name("x:xmptk"): _TOOL})
    about = ET.SubElement(ET.SubElement(root, _name("rdf:RDF")), _name("rdf:Description"), {_name("rdf:about"): ""})
    page = f"artworks/{work.id}" if isinstance(work, Illust) else f"novel/show.php?id={work.id}"
    url = f"https://www.pixiv.net/{page}"
    _alternative(about, "dc:title", work.title)
    _alternative(about, "dc:description", plain_caption(work.caption))
    _list(about, "dc:creator", "rdf:Seq", [work.user.name])
    subjects = _subjects(work)
    _list(about, "dc:subject", "rdf:Bag", subjects)
    # Immich and digiKam read these two, in which a separator would make a tree of a tag such as Fate/Grand Order.
    _list(about, "lr:hierarchicalSubject", "rdf:Bag", [text.replace("|", "｜") for text in subjects])
    _list(about, "digiKam:TagsList", "rdf:Seq", [text.replace("/", "／") for text in subjects])
    for name, text in (
        ("dc:source", url),
        ("dc:identifier", url),
        ("photoshop:Source", user_page_url(work.user.id)),
        ("xmp:CreateDate", work.create_date),
    ):
        ET.SubElement(about, _name(name)).text = _legal(text)
    ET.indent(root)
    content: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return content + b"\n"


def _subjects(work: Work) -> list[str]:
    """The tags, each with its translation, and the rating, without duplicates."""
    names = [name for tag in work.tags for name in (tag.name, tag.translated_name) if name]
    rating = _RATINGS.get(work.x_restrict)
    return list(dict.fromkeys([*names, rating] if rating else names))


def _alternative(parent: ET.Element, name: str, text: str) -> None:
    for item in _list(parent, name, "rdf:Alt", [text]):
        item.set(_name("xml:lang"), "x-default")


def _list(parent: ET.Element, name: str, kind: str, texts: list[str]) -> list[ET.Element]:
    """Adds the texts, without characters that XML does not allow; adds nothing if no text remains."""
    texts = [text for text in map(_legal, texts) if text.strip()]
    if not texts:
        return []
    container = ET.SubElement(ET.SubElement(parent, _name(name)), _name(kind))
    items = [ET.SubElement(container, _name("rdf:li")) for _ in texts]
    for item, text in zip(items, texts, strict=True):
        item.text = text
    return items


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def _legal(text: str) -> str:
    """A text without the characters that XML does not allow."""
    return _ILLEGAL.sub("", text)

"""The files of a work: originals, Pixiv's smaller versions of them, and the zips of a ugoira."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from ..world.users import ON_WEBSITE
from ..world.works import Work
from . import image_urls, images, unusual_images
from .images import Size

Maker = Callable[[str], bytes]
"""Generates a file of the type that the extension names."""

_THUMBNAIL_SIZE = (40, 40)


@lru_cache(maxsize=8192)
def work_files(work: Work) -> Mapping[str, Maker]:
    """Files by path, without the variant prefix; a work that neither the app nor the website shows has none."""
    return dict(_makers(work)) if work.spec.limit in ON_WEBSITE else {}


def _makers(work: Work) -> Iterator[tuple[str, Maker]]:
    original = _original_frame if work.delays else _original_page
    for number in range(len(work.delays) or work.page_count):
        yield image_urls.original_path(work, number), partial(original, work, number)
    for page in range(work.page_count):
        for shape in ("master1200", "square1200"):
            label = f"{work.id} {shape} {page}"
            yield image_urls.thumbnail_path(work, page, shape), partial(images.image, label, _THUMBNAIL_SIZE)
    if work.delays:
        yield image_urls.zip_path(work), partial(_zip, work, _halved(work.size))
    if work.delays and work.spec.has_large_zip:
        yield image_urls.zip_path(work, image_urls.LARGE_ZIP), partial(_zip, work, work.size)


def _original_frame(work: Work, number: int, extension: str) -> bytes:
    return images.frame(_label(work), number, work.size, extension)


def _original_page(work: Work, page: int, extension: str) -> bytes:
    label = f"{_label(work)} {page}"
    if work.spec.content:
        return unusual_images.MAKERS[work.spec.content](label, work.size)
    image = images.image(label, work.size, extension)
    file_bytes = work.spec.file_bytes
    return images.padded(image, file_bytes) if file_bytes and extension == "jpg" else image


def _zip(work: Work, size: Size, _extension: str) -> bytes:
    return images.frames_zip(f"{work.id} {size[0]}x{size[1]}", tuple(work.frame_names), size)


def _label(work: Work) -> str:
    """The label of the originals, which changes with each replacement."""
    return f"{work.id} original {work.edition}" if work.edition else f"{work.id} original"


def _halved(size: Size) -> Size:
    """Frame size in the small zip: Pixiv fits frames into a box that is larger than the sandbox's images."""
    return -(-size[0] // 2), -(-size[1] // 2)

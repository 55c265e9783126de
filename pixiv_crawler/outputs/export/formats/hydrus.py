"""Images and animations with sidecars for Hydrus: 123_p0.png and 123_p0.png.txt, with one tag on each line."""

from collections.abc import Iterator

from pixiv_crawler.items import Work
from pixiv_crawler.outputs.export.arguments import TagArgs
from pixiv_crawler.outputs.export.selection import Selection, StoredFile
from pixiv_crawler.outputs.export.tags import one_line, tags_of
from pixiv_crawler.outputs.export.target import Target

TYPES = ("illust", "manga", "ugoira")
Args = TagArgs

_RATINGS = {0: "all ages", 1: "r-18", 2: "r-18g"}


def export(selection: Selection, target: Target, args: TagArgs) -> None:
    """Writes each page, or the animation, and its tags; Hydrus plays the ZIP of an animation, too."""
    for selected in selection.of_types(TYPES):
        files: list[tuple[str, StoredFile, int]] = [(page.name, page.file, page.number) for page in selected.pages]
        if animation := selected.animation or selected.archive:
            files = [(f"{selected.work.id}_ugoira", animation, 0)]
        for name, file, number in files:
            target.put_file(name + file.ext, file, name)
            tags = _sidecar(selected.work, number, args)
            target.put_bytes(f"{name}{file.ext}.txt", tags, f"{name}.txt", is_editable=True)


def _sidecar(work: Work, page: int, args: TagArgs) -> bytes:
    tags = [*_namespaced(work, page, args), *(f":{tag}" if ":" in tag else tag for tag in tags_of(work, args))]
    return "".join(f"{tag}\n" for tag in tags).encode()


def _namespaced(work: Work, page: int, args: TagArgs) -> Iterator[str]:
    yield f"creator:{one_line(work.user.name, args)}"
    yield f"title:{one_line(work.title, args)}"
    if work.series:
        yield f"series:{one_line(work.series.title, args)}"
    yield f"page:{page + 1}"
    if rating := _RATINGS.get(work.x_restrict):
        yield f"rating:{rating}"
    yield f"pixiv id:{work.id}"

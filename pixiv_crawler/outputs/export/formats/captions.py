"""Images with their tags as captions, for training (kohya-ss, OneTrainer, ai-toolkit): 123_p0.png and 123_p0.txt."""

from pixiv_crawler.outputs.export.arguments import TagArgs
from pixiv_crawler.outputs.export.selection import Selection
from pixiv_crawler.outputs.export.tags import caption_of
from pixiv_crawler.outputs.export.target import Target

TYPES = ("illust", "manga")
Args = TagArgs


def export(selection: Selection, target: Target, args: TagArgs) -> None:
    """Writes each page, and a file of the same name with the tags, separated by commas."""
    for selected in selection.of_types(TYPES):
        caption = caption_of(selected.work, args).encode()
        for page in selected.pages:
            target.put_file(page.name + page.file.ext, page.file, page.name)
            target.put_bytes(f"{page.name}.txt", caption, is_editable=True)

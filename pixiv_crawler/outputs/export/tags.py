"""The tags of a work as exports write them."""

from pixiv_crawler.items import Work
from pixiv_crawler.items.comparing import comparable
from pixiv_crawler.outputs.export.arguments import TagArgs, TagNames


def tags_of(work: Work, args: TagArgs) -> list[str]:
    """The distinct tags of a work in its order, in the chosen language, without those to be omitted."""
    omitted = set(map(comparable, args.omit_tags or []))
    tags = []
    for tag in work.tags:
        names = [name for name in (tag.name, tag.translated_name) if name]
        if omitted.isdisjoint(map(comparable, names)):
            tags += names[-1:] if args.tag_names is TagNames.TRANSLATED else names[:1]
    return list(dict.fromkeys(one_line(tag, args) for tag in tags))


def one_line(text: str, args: TagArgs) -> str:
    """A text without line breaks and repeated spaces."""
    return ("_" if args.underscores else " ").join(text.split())


def caption_of(work: Work, args: TagArgs) -> str:
    """The tags of a work in one line, as trainers read them: they split at every comma, so a tag contains none."""
    return ", ".join(tag.replace(",", "，") for tag in tags_of(work, args))

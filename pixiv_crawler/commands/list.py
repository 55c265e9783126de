"""scrapy list: Scrapy's own command, which rejects unknown names of settings."""

from scrapy.commands.list import Command as ScrapyListCommand

from pixiv_crawler.base_command import CheckedCommand


class Command(CheckedCommand, ScrapyListCommand):
    """Exit status: 0, or 1 if a setting does not exist."""

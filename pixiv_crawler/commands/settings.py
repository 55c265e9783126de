"""scrapy settings: Scrapy's own command, which rejects unknown names of settings."""

from scrapy.commands.settings import Command as ScrapySettingsCommand

from pixiv_crawler.base_command import CheckedCommand


class Command(CheckedCommand, ScrapySettingsCommand):
    """Exit status: 0, or 1 if a setting does not exist."""

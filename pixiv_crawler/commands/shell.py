"""scrapy shell: Scrapy's own command, which rejects unknown names of settings."""

from scrapy.commands.shell import Command as ScrapyShellCommand

from pixiv_crawler.base_command import CheckedCommand


class Command(CheckedCommand, ScrapyShellCommand):
    """Exit status: 0, or 1 if a setting does not exist."""

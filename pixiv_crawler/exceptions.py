"""The errors we raise, as one tree; the text of each is a sentence for the user.

PixivCrawlerError
  ArgumentError      a spider argument that cannot be used
  SettingError       a setting that cannot be used
  LoginError         no refresh token, or one that Pixiv refuses
  ParseError         an answer, or one entry of it, that is not what its endpoint promises
  ApiError           a call that Pixiv answered with an error, after all repeats (defined in api/errors.py)
  FileError          a file that could not be had whole
"""

from __future__ import annotations


class PixivCrawlerError(Exception):
    """Anything that this project knows to go wrong."""


class ArgumentError(PixivCrawlerError):
    """A spider argument that cannot be used; raised when a spider is made."""


class SettingError(PixivCrawlerError):
    """A setting that cannot be used; raised when a crawl is set up."""


class LoginError(PixivCrawlerError):
    """No refresh token, or one that Pixiv refuses."""


class ParseError(PixivCrawlerError):
    """An answer, or one entry of it, that is not what its endpoint promises."""


class FileError(PixivCrawlerError):
    """A file that could not be had whole."""

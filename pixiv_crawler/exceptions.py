"""The errors we raise, as one tree; the text of each is a sentence for the user.

PixivCrawlerError
  ArgumentError      a spider argument that cannot be used
  SettingError       a setting that cannot be used
  LoginError         no refresh token, or one that Pixiv refuses
    UnreachableError the token URL did not answer, or not to the point
  ParseError         an answer, or one entry of it, that is not what its endpoint promises
  ApiError           a call that Pixiv answered with an error, after all repeats (defined in api/errors.py)
  StoppedError       a request that is left open because the crawl is being stopped
  CertificateError   a server that cannot prove who it is
  FileError          a file that could not be had whole
    StorageError     our own disk failed (defined in parts.py)
    DownloadError    a file that the image host did not give (downloads.py)
    AnimationError   an animation that cannot be made (media/animation)
  StateError         the state database failed
  FinishedError      a run that is finished already: no error, but nothing to do
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


class UnreachableError(LoginError):
    """The token URL did not answer, or not to the point: nothing is said about the token."""


class ParseError(PixivCrawlerError):
    """An answer, or one entry of it, that is not what its endpoint promises."""


class StoppedError(PixivCrawlerError):
    """A request that is left open because the crawl is being stopped."""


class CertificateError(PixivCrawlerError):
    """A server that cannot prove who it is: nothing is sent to it."""


class FileError(PixivCrawlerError):
    """A file that could not be had whole."""


class StateError(PixivCrawlerError):
    """The state database failed: nothing that is not in it yet can be accounted for."""


class FinishedError(PixivCrawlerError):
    """A run that is finished already; raised when a crawl is set up."""

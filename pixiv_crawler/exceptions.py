"""The exceptions of this project, as one hierarchy; each message is a sentence for the user.

Some are defined where they are raised: ApiError in api/errors.py, and the kinds of FileError, which are StorageError
(files/partial.py), DownloadError (files/session.py) and AnimationError (media/animation).
"""

from collections.abc import Iterable
from difflib import get_close_matches


def os_problem(error: Exception) -> str:
    """Why something failed, for a message: without the number of the error of the operating system."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def suggestion(name: str, known: Iterable[str], what: str = "ones") -> str:
    """How the message about an unknown name ends: with the nearest known name, or with all of them."""
    nearest = get_close_matches(name, known := [*known], 1)
    return f"did you mean {nearest[0]}?" if nearest else f"the known {what} are {', '.join(known)}"


class PixivCrawlerError(Exception):
    """Base class of the expected errors."""


class ArgumentError(PixivCrawlerError, ValueError):
    """Invalid spider argument; raised when a spider is created. Pydantic expects a `ValueError`."""

    def __init__(self, message: str, argument: str = "") -> None:
        super().__init__(message)
        self.argument = argument
        """The name of the argument, if it is about a single one."""


class SettingError(PixivCrawlerError):
    """Invalid setting; raised when a crawl is set up."""


class JobTakenError(SettingError):
    """Name of a run that is another run's, or that another process is working on; raised when a crawl is set up."""


class LoginError(PixivCrawlerError):
    """No refresh token, or one that Pixiv rejects."""


class UnreachableError(LoginError):
    """No valid response from the token URL; the token may still be valid."""


class ParseError(PixivCrawlerError):
    """Response or entry that does not have the form of its endpoint."""


class StoppedError(PixivCrawlerError):
    """Request that stays open because the crawl is stopping."""


class CertificateError(PixivCrawlerError):
    """Server whose certificate is not valid; nothing is sent to it."""


class FileError(PixivCrawlerError):
    """File that could not be obtained."""


class StateError(PixivCrawlerError):
    """Failure of the state database; progress that it does not contain yet may be lost."""


class FinishedError(PixivCrawlerError):
    """Run that has already finished; raised when a crawl is set up."""

    def __init__(self, message: str, *, has_failures: bool = False) -> None:
        super().__init__(message)
        self.has_failures = has_failures

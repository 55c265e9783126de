"""The arguments and settings with which a run was started, and the command that resumes it with them."""

from collections.abc import Mapping
from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from pixiv_crawler.configuration import PREFIX, SECRETS

_COMMAND_LINE = SETTINGS_PRIORITIES["cmdline"]
# Lists of IDs can be long.
_LONGEST_VALUE = 60


def given_settings(settings: BaseSettings) -> dict[str, str]:
    """The settings of this project that the command line gives, except secrets."""
    return {
        name: str(settings[name])
        for name in sorted(settings)
        if name.startswith(PREFIX) and name not in SECRETS and settings.getpriority(name) == _COMMAND_LINE
    }


def crawl_words(spider: str, job: str, arguments: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """The words of the command that starts or resumes a run, without the program."""
    given = [word for name, text in {**arguments, "job": job}.items() for word in ("-a", f"{name}={text}")]
    return ["crawl", spider, *given, *(word for name, value in settings.items() for word in ("-s", f"{name}={value}"))]


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How the arguments of a run differ from those that it was started with; empty if they do not."""
    names = sorted(before.keys() | now.keys())
    pairs = [(name, before.get(name), now.get(name)) for name in names]
    return ", ".join(f"{name}={_brief(old)}, now {_brief(new)}" for name, old, new in pairs if old != new)


def _brief(value: Any) -> str:
    """A value, or the beginning of a long list; other texts differ anywhere."""
    text = str(value)
    if not isinstance(value, list) or len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}... ({len(value)} in total)"

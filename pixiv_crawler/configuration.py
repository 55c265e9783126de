"""The settings that the environment and a configuration file give, and the arguments that the file gives to spiders.

A value on the command line (`-s`, `-a`) comes before one of the environment, then the file, then the default.
"""

import os
import re
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from pixiv_crawler.exceptions import ArgumentError, SettingError, suggestion
from pixiv_crawler.layout import paths

PREFIX = "PIXIV_"
FILE_VARIABLE = "PIXIV_CONFIG"
"""The environment variable that names the configuration file."""
SECRETS = {"PIXIV_REFRESH_TOKEN", "PIXIV_CLIENT_SECRET", "PIXIV_WEB_SESSION"}
"""The settings that no output may show."""
_SWITCHES = ("PIXIV_SANDBOX", "PIXIV_STRICT")
# Read from the environment where they are needed, so that they are in no settings that a log or a report could show.
_LOGINS = ("PIXIV_REFRESH_TOKEN", "PIXIV_WEB_SESSION")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a configuration file contains; nothing if there is none, or if the configuration is not valid."""

    path: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    spiders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The arguments that each spider has unless the command gives others."""
    error: SettingError | None = None
    """Why the file or the environment is not valid."""

    def arguments(self, spider: str) -> dict[str, str]:
        """The arguments of a spider, in the form of the command line."""
        return {name: _text(value) for name, value in self.spiders.get(spider, {}).items()}

    def check_spiders(self, known: Collection[str]) -> None:
        """Checks the names of the spiders.

        Raises:
            SettingError: there is no spider of one of these names.
        """
        if unknown := next((name for name in self.spiders if name not in known), None):
            raise SettingError(
                f"the configuration file {self.path} has the unknown spider {unknown!r}: {suggestion(unknown, known)}"
            )

    def located(self, error: ArgumentError, spider: str, given: Collection[str] = ()) -> ArgumentError:
        """The error of an argument, with its place if it is in this file and not `given` by the command."""
        if error.argument in self.spiders.get(spider, {}) and error.argument not in given:
            place = f"the configuration file {self.path}, [spiders.{spider}]"
            return ArgumentError(f"{place}: {error}", error.argument)
        return error


def read_config_file(environment: Mapping[str, str] = os.environ) -> ConfigFile:
    """The file that PIXIV_CONFIG names; otherwise that of the working folder, otherwise that of the user.

    Raises:
        SettingError: it cannot be read, or is not a configuration file.
    """
    named = environment.get(FILE_VARIABLE, "")
    candidates = [Path(named).expanduser()] if named else paths.config_files()
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        if named:
            raise SettingError(f"{FILE_VARIABLE} {named!r} is not a file: set it to a TOML file, or unset it")
        return ConfigFile()
    content = _read_toml(path)
    spiders = content.pop("spiders", {})
    if not isinstance(spiders, dict) or not all(isinstance(table, dict) for table in spiders.values()):
        raise SettingError(
            f"the configuration file {path} has no valid [spiders.NAME] tables: write one for each spider"
        )
    return ConfigFile(path, content, spiders)


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib  # most runs have no such file

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingError(
            f"the configuration file {path} cannot be read ({error.strerror}): check its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingError(f"the configuration file {path} is not valid text: save it in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        problem, _, place = str(error).rpartition(" (")
        problem = re.sub(r".* character '\\n'", "a quotation mark is missing", problem)
        raise SettingError(
            f"the configuration file {path} is not valid TOML ({place.rstrip(')')}: {problem}): correct it"
        ) from error


def load(settings: MutableMapping[str, Any]) -> ConfigFile:
    """Like `apply`, except that the error becomes part of what is returned."""
    try:
        return apply(settings)
    except SettingError as error:
        return ConfigFile(error=error)


def apply(settings: MutableMapping[str, Any], environment: Mapping[str, str] = os.environ) -> ConfigFile:
    """Replaces the defaults of our settings by the values of the file and of the environment; empty variables do not count.

    Raises:
        SettingError: a file or a name is not valid.
    """
    known = {name for name in settings if name.startswith(PREFIX)}
    file = read_config_file(environment)
    for name in file.settings:
        check_name(name, known, f"the configuration file {file.path}")
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    for name in given.keys() - {FILE_VARIABLE}:
        check_name(name, known, "the environment")
    settings.update(file.settings)
    settings.update({name: value for name, value in given.items() if name not in (*_LOGINS, FILE_VARIABLE)})
    return file


def check_name(name: str, known: Collection[str], where: str) -> None:
    """Checks the name of a setting.

    Raises:
        SettingError: there is no setting of that name.
    """
    if name not in known:
        ours = sorted(name for name in known if name.startswith(PREFIX))
        raise SettingError(f"{where} has the unknown setting {name}: {suggestion(name, ours)}")


def check(settings: BaseSettings, file: ConfigFile, known: Collection[str]) -> None:
    """Checks that the configuration is valid, and the names and switches of our settings, wherever they come from.

    Raises:
        SettingError: one of them is not valid.
    """
    if file.error:
        raise file.error
    for name in (name for name in settings if name.startswith(PREFIX)):
        is_given = settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]
        check_name(name, known, "the command line" if is_given else "the code of the project")
    for name in _SWITCHES:
        try:
            settings.getbool(name)
        except ValueError:
            raise SettingError(f"{name} {settings[name]!r} is not a valid switch: set it to 1 or 0") from None


def source_of(name: str, file: ConfigFile) -> str:
    """Where the value of a setting comes from that the command line does not give."""
    if os.environ.get(name):
        return "environment"
    return str(file.path) if name in file.settings else "default"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)

"""Settings from the environment and a configuration file."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from pixiv_crawler import commands, configuration
from pixiv_crawler.__main__ import main
from pixiv_crawler.base_command import CheckedCommand
from pixiv_crawler.exceptions import SettingError
from tests.commands.test_program import run
from tests.in_process import scrapy_in_process

DEFAULTS = {"PIXIV_API_DELAY": 1.2, "PIXIV_DATA_DIR": "data", "PIXIV_REFRESH_TOKEN": "", "LOG_LEVEL": "INFO"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my.toml"
    path.write_text(
        'PIXIV_API_DELAY = 2.5\nPIXIV_DATA_DIR = "猫"\n[spiders.search]\ntype = ["illust", "manga"]\nnew_only = true'
    )
    return path


def applied(**environment: str) -> dict[str, Any]:
    settings = dict(DEFAULTS)
    configuration.apply(settings, environment)
    return settings


def test_the_environment_comes_before_the_file_and_the_file_before_the_defaults(file: Path) -> None:
    assert applied() == DEFAULTS
    assert applied(PIXIV_CONFIG=str(file)) == DEFAULTS | {"PIXIV_API_DELAY": 2.5, "PIXIV_DATA_DIR": "猫"}
    assert applied(PIXIV_CONFIG=str(file), PIXIV_API_DELAY="3")["PIXIV_API_DELAY"] == "3"


def test_an_empty_variable_counts_as_unset_and_other_variables_are_ignored(file: Path) -> None:
    assert applied(PIXIV_DATA_DIR="", LOG_LEVEL="DEBUG", OTHER="1") == DEFAULTS


def test_a_token_in_the_environment_is_in_no_settings() -> None:
    assert applied(PIXIV_REFRESH_TOKEN="secret") == DEFAULTS


def test_arguments_of_spiders_have_the_form_of_the_command_line(file: Path) -> None:
    found = configuration.read_config_file({"PIXIV_CONFIG": str(file)})
    assert found.arguments("search") == {"type": "illust,manga", "new_only": "true"}
    assert found.arguments("works") == {}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("PIXIV_API_DELAY =", "is not valid TOML (at end of document: Invalid value): correct it"),
        (
            'a = 1\nPIXIV_DATA_DIR = "x\n',
            "is not valid TOML (at line 2, column 20: a quotation mark is missing): correct it",
        ),
        ("PIXIV_API_DELAI = 1", "has the unknown setting PIXIV_API_DELAI: did you mean PIXIV_API_DELAY?"),
        ('LOG_LEVEL = "INFO"', "has the unknown setting LOG_LEVEL"),
        ('colour = "red"', "has the unknown setting colour: the known ones are PIXIV_API_DELAY, "),
        ("spiders = 1", "has no valid [spiders.NAME] tables"),
        ("[spiders]\nsearch = 1", "has no valid [spiders.NAME] tables"),
        ("\udce4", "is not valid text: save it in UTF-8"),
    ],
)
def test_an_invalid_file_is_an_error_in_one_sentence(content: str, problem: str, tmp_path: Path) -> None:
    (path := tmp_path / "my.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingError, match=r"^[^\n]*$") as raised:
        applied(PIXIV_CONFIG=str(path))
    assert f"the configuration file {path} {problem}" in str(raised.value)


def test_a_missing_file_and_a_misspelt_variable_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"PIXIV_CONFIG .* is not a file"):
        applied(PIXIV_CONFIG=str(tmp_path))
    with pytest.raises(
        SettingError, match="the environment has the unknown setting PIXIV_DATADIR: did you mean PIXIV_DATA_DIR"
    ):
        applied(PIXIV_DATADIR="x")


@pytest.mark.e2e
def test_the_file_of_the_working_folder_applies_to_a_crawl_unless_the_command_line_says_otherwise(
    tmp_path: Path,
) -> None:
    (tmp_path / "pixiv-crawler.toml").write_text(
        'PIXIV_DATA_DIR = "mine"\n[spiders.user_works]\nfiles = "none"\nmax_works = 1'
    )
    user = "https://www.pixiv.net/users/2188232"
    status, output = run(tmp_path, user, "-s", "PIXIV_SANDBOX=1", "-a", "max_works=2")
    assert status == 0, output
    (lines,) = tmp_path.glob("mine/user_works/*/illusts.jsonl")
    assert len(lines.read_bytes().splitlines()) == 2
    assert [path.name for path in tmp_path.glob("mine/files/*")] == []
    status, output = run(tmp_path, user, "-s", "PIXIV_SANBOX=1")
    assert (status, output) == (
        1,
        "Error: the command line has the unknown setting PIXIV_SANBOX: did you mean PIXIV_SANDBOX?\n",
    )


@pytest.mark.e2e
@pytest.mark.parametrize("option", [["--config", "my.toml"], ["--config=my.toml"]])
def test_a_file_named_on_the_command_line_comes_before_that_of_the_working_folder(
    option: list[str], file: Path
) -> None:
    (file.parent / "pixiv-crawler.toml").write_text("PIXIV_API_DELAY = 9")
    status, output = run(file.parent, "config", *option)
    assert (status, output.splitlines()[0].split()) == (0, ["PIXIV_API_DELAY", "2.5", "my.toml"])
    assert run(file.parent, "config", "--config") == (1, "Error: --config needs the path of a TOML file\n")


@pytest.mark.e2e
def test_config_prints_each_value_and_its_source(tmp_path: Path) -> None:
    (tmp_path / "pixiv-crawler.toml").write_text("PIXIV_API_DELAY = 2.5")
    status, output = run(tmp_path, "config", "-s", "PIXIV_LANGUAGE=ja", PIXIV_REFRESH_TOKEN="geheim")
    rows = {line.split()[0]: line.split()[1:] for line in output.splitlines()}
    assert status == 0
    assert rows["PIXIV_API_DELAY"] == ["2.5", "pixiv-crawler.toml"]
    assert rows["PIXIV_LANGUAGE"] == ["ja", "-s"]
    assert rows["PIXIV_REFRESH_TOKEN"] == ["***", "environment"]
    assert rows["PIXIV_DATA_DIR"] == ["data", "default"]
    assert "geheim" not in output


@pytest.mark.parametrize(
    "words",
    [
        ["rename"],
        ["gallery"],
        ["verify"],
        ["export", "captions", "out"],
        ["tables"],
        ["adopt", "x", "--from", "pixiv-api"],
        ["state", "rebuild"],
        ["runs"],
        ["resume"],
        ["retry", "x"],
        ["login", "--check"],
        ["list"],
        ["settings", "--get", "BOT_NAME"],
        ["shell", "-c", "1"],
        ["config"],
        ["completion", "bash"],
        ["crawl", "works", "-a", "help=1"],
        ["https://www.pixiv.net/users/11"],
        ["pixiv.me/artist"],
    ],
)
def test_every_command_rejects_an_unknown_setting_before_it_does_anything(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([*words, "-s", "PIXIV_FILE_PAHT={illust_id}"])
    expected = "Error: the command line has the unknown setting PIXIV_FILE_PAHT: did you mean PIXIV_FILE_PATH?\n"
    assert (ended.value.code, *capsys.readouterr()) == (1, "", expected)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("command", ["rename", "list", "settings"])
def test_the_commands_of_scrapy_reject_an_unknown_setting(command: str) -> None:
    done = scrapy_in_process(command, "-s", "PIXIV_X=1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the command line has the unknown setting PIXIV_X: ")
    assert done.stderr.count("\n") == 1


def test_every_command_of_ours_checks_the_names_of_settings() -> None:
    modules = (import_module(f"{commands.__name__}.{one.name}") for one in iter_modules(commands.__path__))
    assert [module.__name__ for module in modules if not issubclass(module.Command, CheckedCommand)] == []


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[spiders.user_work]", "my.toml has the unknown spider 'user_work': did you mean user_works?"),
        ("PIXIV_API_DELAY = ", "my.toml is not valid TOML (at end of document: Invalid value): correct it"),
    ],
)
def test_help_and_doctor_work_without_a_valid_file_and_no_other_command_does(
    content: str, problem: str, tmp_path: Path
) -> None:
    (path := tmp_path / "my.toml").write_text(content)
    file = {"PIXIV_CONFIG": str(path)}
    sentence = f"the configuration file {path.parent}/{problem}"
    for words in (["config"], ["https://www.pixiv.net/users/11"]):
        assert run(tmp_path, *words, **file) == (1, f"Error: {sentence}\n")
    for words in (["--version"], ["crawl", "--help"]):
        assert run(tmp_path, *words, **file)[0] == 0
    status, output = run(tmp_path, "doctor", "-s", "PIXIV_SANDBOX=1", **file)
    assert (status, f"problem  settings: {sentence}\n" in output) == (3, True)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('typ = "manga"', "unknown spider argument 'typ': did you mean type?"),
        ('max_works = "many"', "spider argument max_works: "),
    ],
)
def test_an_invalid_argument_in_the_file_is_reported_with_its_place(
    arguments: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "pixiv-crawler.toml").write_text(f'[spiders.user_works]\nuser_id = "-"\n{arguments}')
    for words in (["config"], ["crawl", "user_works", "-a", "user_id=11"]):
        status, output = run(tmp_path, *words)
        error = output.splitlines()[-1]
        assert status == 1
        assert error.startswith(f"Error: the configuration file pixiv-crawler.toml, [spiders.user_works]: {problem}")
    assert "\nspiders.user_works.user_id " in run(tmp_path, "config")[1]
    status, output = run(tmp_path, "doctor", "-s", "PIXIV_SANDBOX=1")
    assert (status, f"problem  settings: {error.removeprefix('Error: ')}\n" in output) == (3, True)
    status, output = run(tmp_path, "crawl", "user_works", "-a", "max_works=none", "-a", "user_id=11")
    assert output.startswith("Error: spider argument max_works: ") == arguments.startswith("max")


def test_a_file_on_the_command_line_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["list", "--config", "/nowhere.toml"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "Error: --config '/nowhere.toml' is not a file: pass the path of a TOML file\n"


@pytest.mark.parametrize(
    "setting", ["PIXIV_API_DELAY=abc", "PIXIV_STRICT=perhaps", "PIXIV_SANDBOX=perhaps", "PIXIV_STATE=x"]
)
def test_config_rejects_invalid_values(setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["config", "-s", setting])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"Error: {setting.partition('=')[0]} ")

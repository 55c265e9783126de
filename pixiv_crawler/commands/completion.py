"""pixiv-crawler completion: prints a script that completes what can follow in a shell, without running Python."""

import argparse
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from shlex import quote
from typing import Any

from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from pixiv_crawler.base_command import BaseCommand
from pixiv_crawler.configuration import PREFIX
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.paths import CONFIG_FILE
from pixiv_crawler.options import FileMove, WebUse

Table = dict[str, list[str]]
"""What can follow: `` the commands, `COMMAND` its first words, `COMMAND -` its options, `COMMAND OPTION` the values of one;
`SPIDER =` or `FORMAT =` the arguments, `SPIDER ARGUMENT` the values of one; likewise `-s =` and `-s SETTING`."""

_SHELLS = ("bash", "zsh", "fish")
_FLAG = ["true", "false"]

# Both shells share these functions; `words` is the line.
_FUNCTIONS = r"""
_pixiv_crawler_known() { case "$1" in
%(table)s
esac; }
_pixiv_crawler_runs() {
    local data=%(data)s given
    given="$(command sed -n "s/^ *PIXIV_DATA_DIR *= *[\"']\(.*\)[\"'].*/\1/p" %(config)s 2> /dev/null)"
    data="${PIXIV_DATA_DIR:-${given:-$data}}"
    for given in "${words[@]}"; do case "$given" in PIXIV_DATA_DIR=*) data="${given#*=}" ;; esac; done
    (
        CDPATH= cd -- "${data/#\~/$HOME}" 2> /dev/null || return
        command find $(_pixiv_crawler_known crawl) -mindepth 1 -maxdepth 1 -type d 2> /dev/null |
            if [ -n "$1" ]; then command sed 'p; s,.*/,,'; else command cat; fi
    )
}"""

_BASH = rf"""# Completes pixiv-crawler in bash: eval "$(pixiv-crawler completion bash)"{_FUNCTIONS}
_pixiv_crawler() {{
    local words word before command scope known list="" run
    # COMP_WORDS is of no use: bash splits it at = and :.
    read -r -a words <<< "${{COMP_LINE:0:COMP_POINT}}"
    [[ "${{COMP_LINE:0:COMP_POINT}}" == *" " ]] && words+=("")
    word="${{words[${{#words[@]}}-1]}}" before="${{words[${{#words[@]}}-2]}}" command="${{words[1]}}" COMPREPLY=()
    [ "${{#words[@]}}" = 2 ] && command=""
    [[ "$command" == *[:.@]* ]] && command=URL
    case "$before" in -a) scope="${{words[2]}}" ;; -s | --set) scope=-s ;; *) scope="$command" ;; esac
    if [[ "$word" == *=* ]]; then
        known="$(_pixiv_crawler_known "$scope ${{word%%%%=*}}")" word="${{word#*=}}"
    elif [[ "$before" == -[as] || "$before" == --set ]]; then
        compopt -o nospace 2> /dev/null
        COMPREPLY=($(compgen -S = -W "$(_pixiv_crawler_known "$scope =")" -- "$word"))
        return
    elif known="$(_pixiv_crawler_known "$command $before")" && [ -n "$known" ]; then
        :
    elif [[ "$word" == -* ]]; then
        known="$(_pixiv_crawler_known "$command -")"
    elif [[ "$command" == resume || "$command" == retry ]]; then
        # Not by compgen -W, which would expand the names of folders.
        while IFS= read -r run; do
            [[ "$run" == "$word"* ]] && COMPREPLY+=("$(printf %%q "$run")")
        done < <(_pixiv_crawler_runs "$word")
        return
    elif [ "${{#words[@]}}" -le 3 ] && known="$(_pixiv_crawler_known "$command")" && [ -n "$known" ]; then
        :
    else
        COMPREPLY=($(compgen -f -- "$word"))
        return
    fi
    # Only what follows the last comma of a list is new; bash inserts what follows the =.
    [[ "$word" == *,* ]] && list="${{word%%,*}},"
    COMPREPLY=($(compgen -P "$list" -W "$known" -- "${{word##*,}}"))
}}
complete -F _pixiv_crawler pixiv-crawler"""

_ZSH = rf"""# Completes pixiv-crawler in zsh, after compinit: eval "$(pixiv-crawler completion zsh)"{_FUNCTIONS}
_pixiv_crawler() {{
    local word="${{words[CURRENT]}}" before="${{words[CURRENT-1]}}" command="${{words[2]}}" scope known
    (( CURRENT == 2 )) && command=""
    [[ "$command" == *[:.@]* ]] && command=URL
    case "$before" in -a) scope="${{words[3]}}" ;; -s | --set) scope=-s ;; *) scope="$command" ;; esac
    if [[ "$word" == *=* ]]; then
        known="$(_pixiv_crawler_known "$scope ${{word%%%%=*}}")"
        compset -P '*[=,]'
    elif [[ "$before" == -[as] || "$before" == --set ]]; then
        compadd -S = -- $(_pixiv_crawler_known "$scope =")
        return
    elif known="$(_pixiv_crawler_known "$command $before")" && [[ -n "$known" ]]; then
        compset -P '*,'
    elif [[ "$word" == -* ]]; then
        known="$(_pixiv_crawler_known "$command -")"
    elif [[ "$command" == resume || "$command" == retry ]]; then
        compadd -- ${{(f)"$(_pixiv_crawler_runs "$word")"}}
        return
    elif (( CURRENT <= 3 )) && known="$(_pixiv_crawler_known "$command")" && [[ -n "$known" ]]; then
        :
    else
        _files
        return
    fi
    compadd -- ${{=known}}
}}
compdef _pixiv_crawler pixiv-crawler"""

_FISH_RUNS = """function __pixiv_crawler_runs
    set -q PIXIV_DATA_DIR; and set -l data $PIXIV_DATA_DIR; or set -l data {data}
    for spider in {spiders}
        for run in $data/$spider/*/
            string replace -r '.*/([^/]+/[^/]+)/$' '$1' -- $run
        end
    end
end"""


class Command(BaseCommand):
    """Exit status: 0 the script was printed, 1 the shell is not known."""

    summary = "Print a script that completes commands and arguments in your shell"
    usage = "|".join(_SHELLS)

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        say(*_script(args, settings).splitlines())
        return COMPLETE


def _script(args: list[str], settings: BaseSettings) -> str:
    match args:
        case ["bash"]:
            return _filled(_BASH, settings)
        case ["zsh"]:
            return _filled(_ZSH, settings)
        case ["fish"]:
            return "\n".join(_fish(settings))
        case []:
            raise ArgumentError("no shell is given: pass bash, zsh or fish")
        case _:
            raise ArgumentError(f"{' '.join(args)!r} is not a known shell: pass bash, zsh or fish")


def _filled(script: str, settings: BaseSettings) -> str:
    keys: dict[str, list[str]] = {}
    for key, words in _table(settings).items():
        keys.setdefault(" ".join(words), []).append(f"'{key}'")
    lines = [f"{' | '.join(same)}) echo '{words}' ;;" for words, same in keys.items() if words]
    return script % {"table": "\n".join(lines), "data": quote(settings["PIXIV_DATA_DIR"]), "config": CONFIG_FILE}


def _table(settings: BaseSettings) -> Table:
    from pixiv_crawler.outputs.export import format_names, load_format

    loader = get_spider_loader(settings)
    spiders, formats, commands = sorted(loader.list()), format_names(), _commands(settings)
    first = {"crawl": spiders, "export": formats, "completion": [*_SHELLS], "state": ["rebuild"]}
    table: Table = {"": [*commands], " -": ["--help", "--version", "--config"], **first, **_settings(settings)}
    for name, parser in commands.items():
        table |= _options(name, parser)
    table["URL -"] = table["crawl -"]
    with_arguments: dict[str, Any] = {name: loader.load(name) for name in spiders}
    for name, one in (with_arguments | {name: load_format(name) for name in formats}).items():
        table |= _arguments(name, one.Args)
    return table


def _commands(settings: BaseSettings) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands of this project."""
    package = settings["COMMANDS_MODULE"]
    parsers = {}
    for module in iter_modules(import_module(package).__path__):
        command = import_module(f"{package}.{module.name}").Command()
        command.settings = settings
        parsers[module.name] = argparse.ArgumentParser(conflict_handler="resolve")
        command.add_options(parsers[module.name])
    return parsers


def _options(command: str, parser: argparse.ArgumentParser) -> Table:
    """The options of a command, and the values of those with choices: given to the parser, or named as A|B in the help."""
    actions = parser._actions
    table = {f"{command} -": [*(option for action in actions for option in action.option_strings), "--config"]}
    for action in actions:
        shown = action.metavar.split("|") if isinstance(action.metavar, str) else []
        choices = [*map(str, action.choices)] if action.choices else shown
        if len(choices) > 1:
            table |= {f"{command} {option}": choices for option in action.option_strings}
    return table


def _settings(settings: BaseSettings) -> Table:
    names = sorted(str(name) for name in settings if str(name).startswith(PREFIX))
    flags = {f"-s {name}": ["1", "0"] for name in names if isinstance(settings[name], bool)}
    return {"-s =": names, "-s PIXIV_FILE_MOVE": [*FileMove], "-s PIXIV_WEB": [*WebUse], **flags}


def _arguments(name: str, args: Any) -> Table:
    """The arguments of a spider or format, and their values."""
    schema = args.model_json_schema()
    values = {f"{name} {argument}": [*_values(shape, schema)] for argument, shape in schema["properties"].items()}
    return {f"{name} =": [*schema["properties"]], **values}


def _values(shape: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """The values of an enumeration, a list of one, or a flag."""
    if "$ref" in shape:
        shape = schema["$defs"][shape["$ref"].rpartition("/")[2]]
    if shape.get("type") == "boolean":
        yield from _FLAG
    yield from map(str, shape.get("enum", []))
    for inner in (*shape.get("anyOf", []), *([shape["items"]] if "items" in shape else [])):
        yield from _values(inner, schema)


def _fish(settings: BaseSettings) -> Iterator[str]:
    table = _table(settings)
    yield "# Completes pixiv-crawler in fish: pixiv-crawler completion fish | source"
    yield _FISH_RUNS.format(data=quote(settings["PIXIV_DATA_DIR"]), spiders=" ".join(table["crawl"]))
    rule = "complete -c pixiv-crawler -n"
    yield f"{rule} __fish_use_subcommand -f -a '{' '.join(table[''])}'"
    yield f"{rule} '__fish_seen_subcommand_from resume retry' -f -a '(__pixiv_crawler_runs)'"
    for key, words in table.items():
        name, _, kind = key.partition(" ")
        after = f"{rule} '__fish_seen_subcommand_from {name}'"
        if name == "-s" and kind == "=":
            pairs = _pairs(table, name, words)
            yield f"complete -c pixiv-crawler -s s -l set -x -a '{pairs}'"
        elif kind == "=":
            yield f"{after} -s a -x -a '{_pairs(table, name, words)}'"
        elif kind == "-" and name not in ("", "URL"):
            for option in words:
                if option not in ("-s", "--set", "-a"):
                    yield f"{after} {_fish_option(option, table.get(f'{name} {option}'))}"
        elif name and not kind:
            yield f"{after} -f -a '{' '.join(words)}'"


def _pairs(table: Table, scope: str, names: list[str]) -> str:
    return " ".join(f"{name}={value}" for name in names for value in table.get(f"{scope} {name}") or [""])


def _fish_option(option: str, values: list[str] | None) -> str:
    flag = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
    return f"{flag} -x -a '{' '.join(values)}'" if values else flag

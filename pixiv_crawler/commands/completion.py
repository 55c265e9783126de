"""pixiv-crawler completion: prints a script that completes commands, spiders, arguments and their values in a shell."""

import argparse
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from pixiv_crawler.base_command import BaseCommand
from pixiv_crawler.configuration import PREFIX
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE
from pixiv_crawler.exceptions import ArgumentError

Arguments = dict[str, list[str]]
"""The arguments of a spider, each with the values that are known."""

_BASH = r"""# Completes pixiv-crawler in bash: eval "$(pixiv-crawler completion bash)"
_pixiv_crawler_arguments() { case "$1" in %(arguments)s esac; }
_pixiv_crawler_values() { case "$1" in %(values)s esac; }
_pixiv_crawler() {
    local words word before spider list head
    # COMP_WORDS is of no use: bash splits it at = and :.
    read -r -a words <<< "${COMP_LINE:0:COMP_POINT}"
    [[ "${COMP_LINE:0:COMP_POINT}" == *" " ]] && words+=("")
    word="${words[${#words[@]}-1]}" before="${words[${#words[@]}-2]}" spider="${words[2]}" COMPREPLY=()
    if [ "${#words[@]}" = 2 ]; then
        COMPREPLY=($(compgen -W "%(commands)s" -- "$word"))
    elif [ "${words[1]}" = crawl ] && [ "${#words[@]}" = 3 ]; then
        COMPREPLY=($(compgen -W "%(spiders)s" -- "$word"))
    elif [ "${words[1]}" = export ] && [ "${#words[@]}" = 3 ]; then
        COMPREPLY=($(compgen -W "%(formats)s" -- "$word"))
    elif [ "$before" = -a ] && [[ "$word" == *=* ]]; then
        # Only what follows the last comma of a list is new; bash inserts what follows the =.
        head="${word#*=}" list=""
        [[ "$head" == *,* ]] && list="${head%%,*},"
        COMPREPLY=($(compgen -P "$list" -W "$(_pixiv_crawler_values "$spider.${word%%%%=*}")" -- "${head##*,}"))
    elif [ "$before" = -a ]; then
        compopt -o nospace 2> /dev/null
        COMPREPLY=($(compgen -S = -W "$(_pixiv_crawler_arguments "$spider")" -- "$word"))
    elif [ "$before" = -s ]; then
        compopt -o nospace 2> /dev/null
        COMPREPLY=($(compgen -S = -W "%(settings)s" -- "$word"))
    elif [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "%(options)s" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -F _pixiv_crawler pixiv-crawler"""

_ZSH = r"""# Completes pixiv-crawler in zsh, after compinit: eval "$(pixiv-crawler completion zsh)"
_pixiv_crawler_arguments() { case "$1" in %(arguments)s esac; }
_pixiv_crawler_values() { case "$1" in %(values)s esac; }
_pixiv_crawler() {
    local word="${words[CURRENT]}" before="${words[CURRENT-1]}" spider="${words[3]}"
    if (( CURRENT == 2 )); then
        compadd -- %(commands)s
    elif [[ "${words[2]}" == crawl ]] && (( CURRENT == 3 )); then
        compadd -- %(spiders)s
    elif [[ "${words[2]}" == export ]] && (( CURRENT == 3 )); then
        compadd -- %(formats)s
    elif [[ "$before" == -a && "$word" == *=* ]]; then
        compset -P '*[=,]'
        compadd -- $(_pixiv_crawler_values "$spider.${word%%%%=*}")
    elif [[ "$before" == -a ]]; then
        compadd -S = -- $(_pixiv_crawler_arguments "$spider")
    elif [[ "$before" == -s ]]; then
        compadd -S = -- %(settings)s
    elif [[ "$word" == -* ]]; then
        compadd -- %(options)s
    else
        _files
    fi
}
compdef _pixiv_crawler pixiv-crawler"""

_OPTIONS = "-a -s -o -O -v -q --config --help --nolog --logfile"


class Command(BaseCommand):
    """Exit status: 0 the script was printed, 1 the shell is not known."""

    summary = "Print a script that completes commands and arguments in your shell"
    usage = "bash|zsh|fish"

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        say(*_script(args, settings).splitlines())
        return COMPLETE


def _script(args: list[str], settings: BaseSettings) -> str:
    from pixiv_crawler.outputs.export import format_names, load_format

    commands = [module.name for module in iter_modules(import_module(settings["COMMANDS_MODULE"]).__path__)]
    loader = get_spider_loader(settings)
    spiders = {name: _arguments(loader.load(name)) for name in sorted(loader.list())}
    formats = {name: _arguments(load_format(name)) for name in format_names()}
    ours = sorted(str(name) for name in settings if str(name).startswith(PREFIX))
    match args:
        case ["bash"]:
            return _filled(_BASH, commands, spiders, formats, ours)
        case ["zsh"]:
            return _filled(_ZSH, commands, spiders, formats, ours)
        case ["fish"]:
            return "\n".join(_fish(commands, spiders, formats, ours))
        case []:
            raise ArgumentError("no shell is given: pass bash, zsh or fish")
        case _:
            raise ArgumentError(f"{' '.join(args)!r} is not a known shell: pass bash, zsh or fish")


def _filled(
    script: str,
    commands: list[str],
    spiders: dict[str, Arguments],
    formats: dict[str, Arguments],
    settings: list[str],
) -> str:
    arguments = [f'{name}) echo "{" ".join(known)}" ;;' for name, known in (spiders | formats).items()]
    values = [
        f'{name}.{argument}) echo "{" ".join(known)}" ;;'
        for name, its_arguments in (spiders | formats).items()
        for argument, known in its_arguments.items()
        if known
    ]
    return script % {
        "arguments": " ".join(arguments),
        "values": " ".join(values),
        "commands": " ".join(commands),
        "spiders": " ".join(spiders),
        "formats": " ".join(formats),
        "settings": " ".join(settings),
        "options": _OPTIONS,
    }


def _fish(
    commands: list[str], spiders: dict[str, Arguments], formats: dict[str, Arguments], settings: list[str]
) -> Iterator[str]:
    yield "# Completes pixiv-crawler in fish: pixiv-crawler completion fish | source"
    rule = "complete -c pixiv-crawler -n"
    yield f"{rule} __fish_use_subcommand -f -a '{' '.join(commands)}'"
    yield f"{rule} '__fish_seen_subcommand_from crawl' -f -a '{' '.join(spiders)}'"
    yield f"{rule} '__fish_seen_subcommand_from crawl' -s s -x -a '{'= '.join(settings)}='"
    yield f"{rule} '__fish_seen_subcommand_from export' -f -a '{' '.join(formats)}'"
    for name, its_arguments in (spiders | formats).items():
        words = [f"{argument}={value}" for argument, known in its_arguments.items() for value in known or [""]]
        yield f"{rule} '__fish_seen_subcommand_from {name}' -s a -x -a '{' '.join(words)}'"


def _arguments(spider_or_format: Any) -> Arguments:
    schema = spider_or_format.Args.model_json_schema()
    return {name: list(_values(shape, schema)) for name, shape in schema["properties"].items()}


def _values(shape: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """The values of an enumeration, a list of one, or a flag."""
    if "$ref" in shape:
        shape = schema["$defs"][shape["$ref"].rpartition("/")[2]]
    if shape.get("type") == "boolean":
        yield from ("true", "false")
    yield from map(str, shape.get("enum", []))
    for inner in (*shape.get("anyOf", []), *([shape["items"]] if "items" in shape else [])):
        yield from _values(inner, schema)

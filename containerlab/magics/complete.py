"""Tab in ``%docker ...``: commands, their options, and the names of what the engine has."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from containerlab.engine import cli
from containerlab.errors import LabError
from containerlab.magics.command import parse

if TYPE_CHECKING:
    from containerlab.lab import Lab

_IMAGES = {"run", "create", "history", "image history", "rmi", "image rm", "image inspect", "tag", "image tag", "push"}
_IMAGES |= {"save", "image save", "image push", "pull", "image pull", "inspect"}
_CONTAINERS = {"start", "stop", "kill", "rm", "logs", "exec", "attach", "restart", "pause", "unpause", "wait", "top"}
_CONTAINERS |= {"port", "diff", "rename", "stats", "commit", "export", "cp", "update", "inspect"}
_COMMAND = re.compile(r"^  ([a-z][a-z-]*)\*?(?:  |$)", re.M)
_OPTION = re.compile(r"^ +(?:(-\w), +)?(--[a-z][a-z-]*)", re.M)


def complete(lab: Lab, line: str, symbol: str) -> list[str]:
    """The words that can stand where ``symbol`` stands, the last of ``line``."""
    typed = line.split()[1:]
    before = typed[:-1] if typed and symbol and line.endswith(symbol) else typed
    try:
        command = parse(before)
        address = lab.engine.address
        return sorted(word for word in _words(lab, address, command.verb, before, symbol) if word.startswith(symbol))
    except LabError:
        return []


def _words(lab: Lab, address: str, verb: str, before: list[str], symbol: str) -> set[str]:
    if not before:
        return _commands(address, ())
    if symbol.startswith("-"):
        return _options(address, tuple(verb.split()))
    words: set[str] = set()
    if len(before) == 1:
        words |= _commands(address, (before[0],))
    if verb in _IMAGES:
        words |= {tag for image in lab.engine.images() for tag in image.tags}
    if verb.removeprefix("container ") in _CONTAINERS:
        words |= {container.name for container in lab.engine.containers()}
    return words


@lru_cache(maxsize=64)
def _commands(address: str, group: tuple[str, ...]) -> set[str]:
    """The commands that ``docker GROUP --help`` lists; none for a command that has none below it."""
    text = cli.ask(address, [*group, "--help"])
    below = text.partition("ommands:\n")
    return set(_COMMAND.findall(below[2]))


@lru_cache(maxsize=64)
def _options(address: str, command: tuple[str, ...]) -> set[str]:
    found = _OPTION.findall(cli.ask(address, [*command, "--help"]))
    return {name for pair in found for name in pair if name}

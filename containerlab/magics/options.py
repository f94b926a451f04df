"""The options of ``docker build`` that our own build knows, for ``%%dockerfile`` and ``%docker build``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from containerlab.errors import CommandError

_VALUES = {
    "-t": "tag",
    "--tag": "tag",
    "-f": "file",
    "--file": "file",
    "--build-arg": "build_arg",
    "--label": "label",
    "--target": "target",
    "--builder": "builder",
    "--progress": "progress",
    "--network": "network",
}
_ALONE = {"--no-cache", "--pull", "--rm", "--force-rm", "--classic"}


@dataclass(slots=True)
class BuildOptions:
    """``context`` and ``file`` as typed, "" where not given. ``unknown`` names the first option that only the docker
    client knows, "" where ours knows them all."""

    tags: list[str] = field(default_factory=list)
    file: str = ""
    context: str = ""
    build_args: dict[str, str | None] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    target: str = ""
    builder: str = ""
    no_cache: bool = False
    pull: bool = False
    unknown: str = ""


def read_options(words: Sequence[str]) -> BuildOptions:
    """CommandError for what no builder could take: an option without its value, two contexts."""
    options = BuildOptions()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            if options.context:
                raise CommandError(f"Two folders to build from: {options.context} and {word}.", "give one")
            options.context = word
            continue
        if not word.startswith("--") and len(word) > 2 and name[:2] in _VALUES:  # -tname
            name, equals, value = word[:2], "=", word[2:].removeprefix("=")
        if name in _ALONE and value in ("", "true", "false"):
            if name == "--no-cache":
                options.no_cache = value != "false"
            elif name == "--pull":
                options.pull = value != "false"
            elif name == "--classic":  # the lab's own: the builder that gives each step an image
                options.builder = "classic"
        elif name in _VALUES:
            if not equals:
                if not rest:
                    raise CommandError(f"{name} needs a value.", f"for example {name} {_example(name)}")
                value = rest.pop(0)
            _take(options, _VALUES[name], value, name)
        else:
            options.unknown = options.unknown or name
            return options
    return options


def _take(options: BuildOptions, kind: str, value: str, name: str) -> None:
    match kind:
        case "tag":
            options.tags.append(value)
        case "file":
            options.file = value
        case "build_arg":
            key, equals, given = value.partition("=")
            options.build_args[key] = given if equals else None
        case "label":
            key, _, given = value.partition("=")
            options.labels[key] = given
        case "target":
            options.target = value
        case "builder" if value in ("classic", "buildkit"):
            options.builder = value
        case "network" if value == "default":
            pass
        case "progress":
            pass  # the player is the progress
        case _:
            options.unknown = options.unknown or name


def _example(name: str) -> str:
    return {"-t": "hello:first", "--tag": "hello:first", "-f": "Dockerfile", "--file": "Dockerfile"}.get(name, "NAME=1")

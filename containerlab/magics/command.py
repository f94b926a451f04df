"""A docker command line, read as far as the lab must know it: which command, what it makes, where options go."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from containerlab.errors import CommandError

_GROUPS = {"container", "image", "network", "volume", "builder", "buildx", "system", "context", "service", "plugin"}
_GROUPS |= {"secret", "config", "node", "stack", "swarm", "trust", "manifest", "checkpoint"}
_ALIASES = {
    "container run": "run",
    "container create": "create",
    "container exec": "exec",
    "container commit": "commit",
    "image build": "build",
    "builder build": "build",
    "buildx build": "build",
}
_ELSEWHERE = {"-H", "--host", "-c", "--context"}
_GLOBAL_VALUES = {"--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey"}
_SHELL = {"|", ">", ">>", "<", "&&", "||", ";", "&", "2>&1", "2>"}

# Options of `docker run`, `create` and `exec` that stand alone; every other one takes a value.
_ALONE = {"-d", "-i", "-t", "-P", "-q", "--detach", "--interactive", "--tty", "--rm", "--init", "--privileged"}
_ALONE |= {"--read-only", "--publish-all", "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--quiet"}
_ALONE |= {"--disable-content-trust", "--help", "--use-api-socket"}


@dataclass(frozen=True, slots=True)
class Command:
    """``args`` is what follows ``docker``; ``verb`` the command in its short form ("run", "network create"), "" where
    there is none; ``at`` is where its own options begin."""

    args: tuple[str, ...]
    verb: str
    at: int

    @property
    def options(self) -> tuple[str, ...]:
        """What follows the command's name."""
        return self.args[self.at :]

    def has(self, *names: str) -> bool:
        """Whether one of these options is among the command's own, as far as it is known where those end."""
        own = self.args[self.at : self._end()]
        return any(word == name or word.startswith(f"{name}=") for word in own for name in names)

    def with_options(self, *options: str) -> Command:
        """The same with more options, right after the command's name."""
        return replace(self, args=(*self.args[: self.at], *options, *self.args[self.at :]))

    def with_labels(self, labels: Mapping[str, str]) -> Command:
        return self.with_options(*(word for key, value in labels.items() for word in ("--label", f"{key}={value}")))

    def without_terminal(self) -> tuple[Command, bool]:
        """``-t`` dropped from run, create and exec, and whether it was there: a cell is no terminal."""
        if self.verb not in ("run", "create", "exec"):
            return self, False
        end = self._end()
        kept: list[str] = []
        for word in self.args[self.at : end]:
            if word in ("--tty", "--tty=true"):
                continue
            letters = _letters(word)
            word = "-" + letters.replace("t", "") + word[1 + len(letters) :] if "t" in letters else word
            if word != "-":
                kept.append(word)
        args = (*self.args[: self.at], *kept, *self.args[end:])
        return replace(self, args=args), args != self.args

    def _end(self) -> int:
        """Where the options of run, create and exec end: at the image or the container. Elsewhere: at the end."""
        if self.verb not in ("run", "create", "exec"):
            return len(self.args)
        at = self.at
        while at < len(self.args) and self.args[at].startswith("-"):
            word = self.args[at]
            at += 1
            if word == "--":
                break
            at += _takes_next(word)
        return min(at, len(self.args))


def read(line: str) -> Command:
    """The command in a line as typed; CommandError where it cannot be one."""
    typed = words(line)
    if typed and typed[0] == "docker":
        typed = typed[1:]
    for word in typed:
        if word in _SHELL:
            raise CommandError(
                f"%docker runs docker without a shell, so {word!r} would be passed on as a word.",
                f"use the value in Python (rows = %docker {typed[0]} ...), or a shell in the container: sh -c '...'",
            )
    return parse(typed)


def words(line: str) -> list[str]:
    """The line as a shell would split it."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise CommandError(f"The quotes do not match ({error}): {line.strip()}", "close the quote") from None


def parse(words: Sequence[str]) -> Command:
    """The same for words that are split already."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        name = words[at].partition("=")[0]
        if name in _ELSEWHERE or (name[:2] in ("-H", "-c") and not name.startswith("--")):
            raise CommandError(
                f"{name} would send this command to another engine than the lab's.",
                'leave it out; lab.use("ADDRESS") moves the whole lab to another engine',
            )
        at += 2 if name in _GLOBAL_VALUES and "=" not in words[at] else 1
    verb = words[at] if at < len(words) else ""
    at += 1
    if verb in _GROUPS and at < len(words) and not words[at].startswith("-"):
        verb = f"{verb} {words[at]}"
        at += 1
    return Command(tuple(words), _ALIASES.get(verb, verb), min(at, len(words)))


def _letters(word: str) -> str:
    """The letters at the front of ``-it`` or ``-itp`` that stand alone: "it"."""
    if word.startswith("--") or not word.startswith("-"):
        return ""
    count = 0
    while count < len(word) - 1 and f"-{word[count + 1]}" in _ALONE:
        count += 1
    return word[1 : count + 1]


def _takes_next(word: str) -> bool:
    """Whether the value of this option is the next word."""
    if word.startswith("--"):
        return word not in _ALONE and "=" not in word
    return len(word) - 1 - len(_letters(word)) == 1

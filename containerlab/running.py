"""``%docker ARGS``: the real command, its output as it comes, and what it made labelled and recorded."""

from __future__ import annotations

import re
import tempfile
from contextlib import nullcontext, suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from containerlab.engine import cli
from containerlab.errors import CommandError, EngineError, Interrupted
from containerlab.lab import INTERRUPTED
from containerlab.magics.command import Command
from containerlab.magics.options import read_options
from containerlab.results import CommandResult
from containerlab.show import ShownByItsCell, in_notebook, say
from containerlab.terminal import Screen

if TYPE_CHECKING:
    from containerlab.engine.ownership import Kind
    from containerlab.lab import Lab

_KINDS: dict[str, Kind] = {"run": "container", "create": "container"}
_KINDS |= {"network create": "network", "volume create": "volume"}
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|git@|github\.com/", re.I)


def docker(lab: Lab, command: Command) -> ShownByItsCell:
    """Carry it out; a build goes through the lab's own, so that it can be shown."""
    lab.connected()  # else the client would name a socket
    if command.verb == "build" and not command.has("--help", "-h"):
        refuse_urls(command)
        options = read_options(command.options)
        if not options.unknown:
            from containerlab.building import build_folder

            if not options.context:
                raise CommandError(
                    "docker build needs a folder to build from.", "a dot stands for this one: docker build ."
                )
            return build_folder(lab, Path(options.context), options)
        say(f"({options.unknown} is known to the docker command only: no picture of this build)")
    return _run(lab, command)


def _run(lab: Lab, command: Command) -> CommandResult:
    command, dropped = command.without_terminal()
    if dropped:
        say("(without -t: a cell is no terminal)")
    screen, live = Screen(), not in_notebook()  # a kernel sends what was printed five times a second by itself
    with tempfile.TemporaryDirectory(prefix="containerlab-") as scratch:
        made = Made(lab, command, Path(scratch))
        try:
            with lab.naming(*names_given(command)), lab.kept.building(()) if command.verb == "build" else nullcontext():
                done = cli.run(
                    lab.engine.address,
                    made.command.args,
                    lambda piece: print(screen.feed(piece), end="", flush=live),
                    undo=made.undo,
                )
        except KeyboardInterrupt:
            made.undo()
            raise Interrupted(INTERRUPTED) from None
        print(screen.end(), end="", flush=True)
        made.record(done)
    result = CommandResult(command.args, done.output, done.exit_code)
    result._shown_now()
    if done.exit_code:
        if done.output and not done.output.endswith("\n"):
            print()
        say(f"[exit status {done.exit_code}]")
        lab.connected()  # where the engine went away meanwhile, that is what the cell says
    lab.ran(result)
    return result


class Made:
    """What a command makes: its labels are recorded before it starts, so that it is the lab's even if all dies."""

    def __init__(self, lab: Lab, command: Command, scratch: Path) -> None:
        self._lab = lab
        self._verb = command.verb
        self._file: Path | None = None
        self._labels: dict[str, str] = {}
        kind = _KINDS.get(self._verb)
        if command.has("--help"):
            pass
        elif kind:
            self._labels = lab.session.intend(kind)
            command = command.with_labels(self._labels)
        elif self._verb == "commit":
            self._labels = lab.session.intend("image")
            changes = (("--change", f'LABEL "{key}"="{value}"') for key, value in self._labels.items())
            command = command.with_options(*(word for pair in changes for word in pair))
        elif self._verb == "build":  # the same labels each time: else every build of one text made another image
            command = command.with_labels(lab.session.labels())
            if not command.has("--iidfile"):
                self._file = scratch / "id"
                command = command.with_options("--iidfile", str(self._file))
        self.command = command

    def undo(self) -> None:
        """After Ctrl-C: the container that this command made, running or not, goes again."""
        if self._verb in ("run", "create") and self._labels:
            with suppress(EngineError):
                self._lab.remove_made(self._labels)

    def record(self, done: cli.Finished) -> None:
        """What is known by its id only when it is there."""
        if done.exit_code:
            return
        if self._file is not None and self._file.exists():
            self._lab.session.record("image", self._file.read_text("utf-8").strip())


def names_given(command: Command) -> list[str]:
    """The tags that a build, a commit or a tag gives."""
    words = command.options
    if command.verb == "build":
        named = [after for word, after in pairwise(words) if word in ("-t", "--tag")]
        return named + [word.partition("=")[2] for word in words if word.startswith("--tag=")]
    if command.verb in ("tag", "image tag"):
        return list(words[1:2]) if len(words) == 2 else []
    if command.verb == "commit" and len(words) >= 2 and not words[-2].startswith("-"):
        return list(words[-1:])
    return []


def refuse_urls(command: Command) -> None:
    for word in command.options[-1:]:
        if word == "-" or _URL.match(word):
            raise CommandError(
                f"{word} is not a folder on this machine, and the course builds from nothing else.",
                "clone it first, look at it, then: docker build FOLDER",
            )

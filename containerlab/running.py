"""``%docker ARGS``: the real command, its output as it comes, and what it made labelled and recorded."""

from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from containerlab.engine import cli
from containerlab.errors import CommandError, EngineError, Interrupted
from containerlab.lab import INTERRUPTED
from containerlab.magics.command import Command
from containerlab.magics.options import read_options
from containerlab.results import CommandResult
from containerlab.show import ShownByItsCell, say
from containerlab.terminal import Screen

if TYPE_CHECKING:
    from containerlab.lab import Lab

_URL = re.compile(r"[a-z][a-z0-9+.-]*://|git@|github\.com/", re.I)


def docker(lab: Lab, command: Command) -> ShownByItsCell:
    """Carry it out; a build goes through the lab's own, so that it can be shown."""
    lab.engine.ping()  # says plainly that the engine is gone; the client would name a socket
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
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="containerlab-") as scratch:
        made = Made(lab, command, Path(scratch))
        try:
            done = cli.run(
                lab.engine.address,
                made.command.args,
                lambda piece: print(screen.feed(piece), end="", flush=True),
                watch=made.look,
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
        lab.engine.ping()  # where the engine went away meanwhile, that is what the cell says
    lab.ran(result)
    return result


class Made:
    """What a command makes: labelled by options that are added to it, recorded as soon as it can be known."""

    def __init__(self, lab: Lab, command: Command, scratch: Path) -> None:
        self._lab = lab
        self._verb = command.verb
        self._file: Path | None = None
        self._id = ""
        labels = lab.session.labels() if command.makes or command.verb == "commit" else {}
        if command.makes:
            command = command.with_labels(labels)
        elif command.verb == "commit":
            changes = (("--change", f'LABEL "{key}"="{value}"') for key, value in labels.items())
            command = command.with_options(*(word for pair in changes for word in pair))
        option = {"run": "--cidfile", "create": "--cidfile", "build": "--iidfile"}.get(self._verb, "")
        if option and not command.has(option, "--help"):
            self._file = scratch / "id"
            command = command.with_options(option, str(self._file))
        self.command = command

    def look(self) -> None:
        """While the command runs: its container is recorded as soon as it is there, lest a killed kernel leave it."""
        if self._file is None or self._id or not self._file.exists():
            return
        self._id = self._file.read_text("utf-8").strip()
        if self._id:
            self._lab.session.record("image" if self._verb == "build" else "container", self._id)

    def undo(self) -> None:
        """After Ctrl-C: the container that this command made, running or not, goes again."""
        with suppress(OSError):
            self.look()
        if self._id and self._verb in ("run", "create"):
            with suppress(EngineError):
                self._lab.engine.remove(self._id, force=True)

    def record(self, done: cli.Finished) -> None:
        """What only the output or the command's own words tell."""
        words = [word for word in self.command.options if not word.startswith("-")]
        last = done.output.strip().splitlines()[-1:] or [""]
        if done.exit_code:
            return
        match self._verb:
            case "network create" | "volume create":
                self._lab.session.record(self._verb.split()[0], last[0])
            case "commit":
                self._lab.session.record("image", last[0])
            case "build":
                for tag in read_options(self.command.options).tags:
                    self._lab.session.record("image", tag)
            case "tag" | "image tag" if len(words) == 2:
                self._lab.session.record("image", words[1])


def refuse_urls(command: Command) -> None:
    for word in command.options[-1:]:
        if word == "-" or _URL.match(word):
            raise CommandError(
                f"{word} is not a folder on this machine, and the course builds from nothing else.",
                "clone it first, look at it, then: docker build FOLDER",
            )

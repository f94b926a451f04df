"""``lab clean``: lists what the course made, asks, removes that and nothing else."""

from __future__ import annotations

import argparse
import sys

from containerlab import settings
from containerlab.command import belongings, jupyter
from containerlab.command.screen import ask, paint, say, step
from containerlab.errors import CleanUpIncomplete, CommandError, LabError


def main(arguments: argparse.Namespace) -> int:
    ours_ran = _engine_runs()
    lab = jupyter.found()
    things = [*belongings.sessions(), *belongings.work()]
    if arguments.all:
        things += belongings.everything_else()
    if lab:
        things.insert(0, belongings.Belonging("the running JupyterLab and its open notebooks", jupyter.stop))
    try:
        if not things:
            say("Nothing to remove: the course has made nothing that is still here.")
            return 0
        say("This will be removed:")
        for thing in things:
            say(f"  - {thing.says}")
        if not arguments.yes:
            if not sys.stdin or not sys.stdin.isatty():
                raise CommandError("Nothing was removed: nobody can answer here.", "./lab clean --yes")
            if not ask("Remove it?"):
                say("Nothing was removed.")
                return 1
        return _remove(things)
    finally:
        if not ours_ran and _engine_runs():  # started only to look into it
            _private_stop()


def _remove(things: list[belongings.Belonging]) -> int:
    """All of it, whatever fails on the way; what stays is named, and the exit status says so."""
    left = []
    with step("Removing"):
        for thing in things:
            try:
                thing.remove()
            except LabError as error:
                left.append(f"{thing.says}: {error}")
    if left:
        raise CleanUpIncomplete("Not everything could be removed:\n  " + "\n  ".join(left), left=tuple(left))
    say(paint("Removed.", "good"))
    return 0


def _engine_runs() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    from containerlab.engine.private import PrivateEngine

    return PrivateEngine(settings.home()).status().state == "running"


def _private_stop() -> None:
    from containerlab.engine.private import PrivateEngine

    PrivateEngine(settings.home()).stop()

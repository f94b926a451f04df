"""``lab up``: an engine, its base images and JupyterLab, whatever of them is missing."""

from __future__ import annotations

import argparse
import signal
import time
import webbrowser
from types import FrameType

from containerlab.command import jupyter, prepare
from containerlab.command.checks import has_browser
from containerlab.command.screen import ask, paint, say, step
from containerlab.engine import find, wire
from containerlab.engine.client import Engine
from containerlab.errors import CommandError, LabError


def main(arguments: argparse.Namespace) -> int:
    jupyter.check_address(arguments.ip, arguments.token)
    running = jupyter.found()
    if running is None:
        port = jupyter.choose_port(arguments.ip, arguments.port)
    elif arguments.foreground or (arguments.port or running.port) != running.port or arguments.ip != running.ip:
        raise CommandError(f"JupyterLab runs already: {running.address}", "./lab down stops it; then say this again.")
    engine = engine_ready(arguments)
    named = str(engine.info())
    if running is None or not running.answers():
        if running is not None:
            jupyter.stop(running)
            port = jupyter.choose_port(arguments.ip, arguments.port)
        more = {"CONTAINERLAB_ENGINE": arguments.engine} if arguments.engine else {}
        if wire.is_remote(engine.address):
            more["CONTAINERLAB_REMOTE"] = "yes"
        with step("Starting JupyterLab"):
            running = jupyter.start(arguments.ip, port, arguments.token, named, more)
        if arguments.port is None and port != jupyter.FIRST_PORT:
            say(f"  port {jupyter.FIRST_PORT} is in use here, so it is {port}")
    _tell(running, named, arguments.foreground)
    if not arguments.no_browser and has_browser():
        webbrowser.open(running.url)
    return stay(running) if arguments.foreground else 0


def engine_ready(arguments: argparse.Namespace) -> Engine:
    """The engine, found or started, with the base images in it."""
    from containerlab.engine import bases

    private = prepare.needs_private(arguments.engine)
    if private:
        lacking = prepare.missing()
        if lacking:
            say(f"No engine here yet: installing Debian's packages {', '.join(lacking)} (apt-get).")
        with step("Getting the engine's packages and the base images ready", quiet=True) as running:
            prepare.finish(running)
    with step("Starting the engine" if private else "Finding the engine"):
        engine = find.find(arguments.engine, consent=True if arguments.yes else _consent)
        engine.info()
    if not all(engine.has_image(name) or engine.has_image(bases.stand_in(name)) for name in bases.NAMES):
        with step("Bringing the base images") as running:
            bases.ensure(engine, progress=running)
    return engine


def _consent(address: str) -> bool:
    return ask(f"The engine {address} is on another machine. Let the course use it?")


def _tell(lab: jupyter.Lab, engine: str, foreground: bool) -> None:
    how = "Ctrl-C" if foreground else "./lab down"
    say()
    say(f"  {'The course':<11}{paint(lab.url, 'bold')}")
    say(f"  {'Engine':<11}{engine}")
    say(f"  {'To stop':<11}{how}")


class _Ended(Exception):
    pass


def stay(lab: jupyter.Lab) -> int:
    """Stays until Ctrl-C, SIGTERM (what ``docker stop`` sends) or the end of Lab; then stops what ``up`` started."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        raise _Ended

    signal.signal(signal.SIGTERM, on_signal)
    try:
        while lab.is_alive():
            time.sleep(0.5)
    except (KeyboardInterrupt, _Ended):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say()
        from containerlab.command import down

        return down.main(argparse.Namespace())
    raise LabError("JupyterLab has ended by itself.", f"Its log: {jupyter.log_file()}")

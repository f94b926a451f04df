"""``lab down``: stops JupyterLab and the private engine, and nothing that is not ours."""

from __future__ import annotations

import argparse
import sys

from containerlab import settings
from containerlab.command import jupyter
from containerlab.command.screen import say, step


def main(arguments: argparse.Namespace) -> int:
    stopped = []
    if jupyter.found():
        with step("Stopping JupyterLab"):
            jupyter.stop()
        stopped.append("JupyterLab")
    else:
        jupyter.stop()
    if sys.platform.startswith("linux"):
        from containerlab.engine.private import PrivateEngine

        private = PrivateEngine(settings.home())
        if private.status().state == "running":
            with step("Stopping the lab's own engine and its containers"):
                private.stop()
            stopped.append("engine")
        else:
            private.stop()  # what a dead one left: its bridge, its rules
    if not stopped:
        say("Nothing of the course was running.")
    return 0

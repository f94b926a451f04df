"""``lab test``: the checks and the suites, one after the other (side by side they disturb each other on two cores)."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time

from containerlab.command import suites, tools
from containerlab.command.screen import coloured, paint, say, step
from containerlab.model.units import human_time

SHOWN = 120  # lines of a failed suite's log


def main(arguments: argparse.Namespace) -> int:
    # A job in the background of a script ignores Ctrl-C, and so would all that it starts: the tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chosen = [suite for suite in suites.all_suites() if not arguments.suites or suite.name in arguments.suites]
    start = time.monotonic()
    if any(suite.name in {"engine", "notebooks", "browser"} for suite in chosen):
        prepare()
    results: list[suites.Result] = []
    for suite in chosen:
        try:
            if suite.engine:
                make_engine(suite)
            for command in suite.commands:
                with step(f"Testing: {command.name}") as running:
                    result = suites.run(suite, command, running if coloured() else quietly)
                    running.result = paint("failed", "bad") if result.failed else "passed"
                results.append(result)
                report(result)
        finally:
            suites.clear(suite)
    return summary(results, time.monotonic() - start)


def quietly(line: str) -> None:
    """A log does not want each dot of pytest's."""


def prepare() -> None:
    """What the tests need from this machine; quick where all is there."""
    tools.ensure()
    if sys.platform.startswith("linux"):
        from containerlab.engine import bases, packages

        with step("Getting the engine's packages and the base images ready", quiet=True) as running:
            packages.install(progress=running)
            bases.make_archives(running)


def make_engine(suite: suites.Suite) -> None:
    """The suite's engine, in a process of its own: its home is another than ours."""
    with step(f"An engine for: {suite.name}"):
        code = (
            "from containerlab import settings; from containerlab.engine import bases, find\n"
            "bases.ensure(find.find('private'))"
        )
        subprocess.run(
            [sys.executable, "-c", code], env=suites.environment(suite.name), check=True, stdin=subprocess.DEVNULL
        )


def report(result: suites.Result) -> None:
    """pytest's own closing line; of a failure also what it says."""
    if result.failed:
        lines = result.log.read_text(errors="replace").splitlines()
        say("\n".join(lines[-SHOWN:]))
        say(f"all of it: {result.log}")
    elif result.closing:
        say(f"  {result.closing}")


def summary(results: list[suites.Result], seconds: float) -> int:
    say()
    for result in results:
        mark = paint("failed", "bad") if result.failed else paint("passed", "good")
        numbers = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
        say(f"  {result.name:<12} {mark}  {numbers}  ({human_time(result.seconds)})")
    failed = sum(result.failed for result in results)
    say(f"  {'together':<12} {'':<6}  {human_time(seconds)}")
    passed, skipped = sum(result.passed for result in results), sum(result.skipped for result in results)
    say(f"total: {passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0

"""The test suites: what each runs, in a home of its own, with its log and its counts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from containerlab import settings

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "build" / "test"
LIMIT = 30 * 60.0  # seconds for one command of a suite: a hang must not look like a long test


@dataclass(frozen=True, slots=True)
class Command:
    """One process of a suite. ``counts``: its junit file has the numbers; else its exit status is one test."""

    name: str
    argv: tuple[str, ...]
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Suite:
    """``engine``: a private one is started for it beforehand, with the base images in it."""

    name: str
    commands: tuple[Command, ...]
    engine: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    closing: str
    log: Path


def _pytest(name: str, *arguments: str) -> Command:
    quiet = ("-q", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=600", "-o", "console_output_style=classic")
    return Command(name, (sys.executable, "-m", "pytest", *quiet, *_own(name), *arguments))


def _own(name: str) -> tuple[str, str]:
    """Its counts, and its temporary folders: pytest tidies those of earlier runs, whatever is mounted in them."""
    return f"--junitxml={FOLDER / f'{name}.xml'}", f"--basetemp={FOLDER / 'tmp' / name}"


def _python(name: str, *arguments: str) -> Command:
    return Command(name, (sys.executable, "-m", *arguments), counts=False)


LECTURES = FOLDER / "lectures"  # a copy: what a lesson writes beside itself must not meet what a reader's wrote


def _lectures() -> tuple[str, ...]:
    return tuple(str(LECTURES / path.name) for path in sorted((CHECKOUT / "notebooks").glob("*.ipynb")))


def copy_lectures() -> None:
    """The notebooks and their apps, and nothing that a run of them left."""
    shutil.rmtree(LECTURES, ignore_errors=True)
    LECTURES.mkdir(parents=True)
    for path in (CHECKOUT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, LECTURES)
    if (apps := CHECKOUT / "notebooks" / "apps").exists():
        shutil.copytree(apps, LECTURES / "apps", ignore=shutil.ignore_patterns("__pycache__"))


def _tests_in(folder: str) -> tuple[Path, ...]:
    return tuple((CHECKOUT / "tests" / folder).glob("test_*.py"))


def all_suites() -> tuple[Suite, ...]:
    sanitize = "--nbval-sanitize-with=tests/notebooks/sanitize.cfg"
    return (
        Suite(
            "checks",
            (
                _python("format", "ruff", "format", "--check", "."),
                _python("lint", "ruff", "check", "."),
                _python("types", "mypy"),
                _python("normal-form", "containerlab", "notebooks", "--check"),
            ),
        ),
        Suite("unit", (_pytest("unit", "tests/unit"),)),
        Suite("engine", (_pytest("engine", "tests/engine"),)),
        Suite(
            "notebooks",
            (
                _pytest("lectures", "--rootdir=.", "--nbval", sanitize, *_lectures()),
                *((_pytest("notebooks", "tests/notebooks"),) if _tests_in("notebooks") else ()),
            ),
            engine=True,
        ),
        Suite("browser", (_pytest("browser", "tests/browser"),), engine=True),
    )


def environment(suite: str) -> dict[str, str]:
    """A home for the suite alone, the cache shared; whatever engine the developer uses stays out of it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "CONTAINERLAB_"))}
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    return {
        **kept,
        "CONTAINERLAB_HOME": str(home(suite)),
        "CONTAINERLAB_CACHE": str(settings.cache()),
        "PYTHONPATH": path,
        "NO_COLOR": "1",
    }


def home(suite: str) -> Path:
    return FOLDER / "homes" / suite


def run(suite: Suite, command: Command, tell: Callable[[str], None]) -> Result:
    """Runs it to its end (or ours); its output goes to its log, the last line of it to ``tell``."""
    log = FOLDER / "logs" / f"{command.name}.log"
    for folder in (log.parent, FOLDER / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    xml = FOLDER / f"{command.name}.xml"
    xml.unlink(missing_ok=True)
    if command.name == "lectures":
        copy_lectures()
    env = environment(suite.name) | ({"CONTAINERLAB_ENGINE": "private"} if suite.engine else {})
    start = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command.argv,
            cwd=CHECKOUT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                if time.monotonic() - start > LIMIT:
                    raise TimeoutError
                tell(last_line(log))
                time.sleep(0.25)
        except TimeoutError:
            file.write(f"\nended after {LIMIT:.0f} s\n".encode())
        finally:
            _end(process)
    seconds = time.monotonic() - start
    passed, failed, skipped = counts(xml) if command.counts else (0, 0, 0)
    if process.returncode and not failed:  # it failed without a test that did: a crash, a usage error, no test at all
        failed = 1
    elif not command.counts:
        passed = 1
    return Result(command.name, passed, failed, skipped, seconds, last_line(log), log)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process group: Ctrl-C first, so that fixtures clean up."""
    for number, patience in ((signal.SIGINT, 60), (signal.SIGKILL, 5)):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue


def last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:160] if lines else ""


def counts(xml: Path) -> tuple[int, int, int]:
    """(passed, failed, skipped) of a junit file; nothing where there is none."""
    try:
        suites = ElementTree.parse(xml).getroot().iter("testsuite")
    except (OSError, ElementTree.ParseError):
        return (0, 0, 0)
    passed = failed = skipped = 0
    for suite in suites:
        wrong = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        missed = int(suite.get("skipped", 0))
        failed += wrong
        skipped += missed
        passed += max(0, int(suite.get("tests", 0)) - wrong - missed)
    return passed, failed, skipped


def clear(suite: Suite) -> None:
    """Stops the suite's own engine and removes its data."""
    if home(suite.name).exists() and sys.platform.startswith("linux"):
        from containerlab.engine.private import PrivateEngine

        PrivateEngine(home(suite.name)).remove()
    shutil.rmtree(home(suite.name), ignore_errors=True)
    shutil.rmtree(LECTURES, ignore_errors=True)

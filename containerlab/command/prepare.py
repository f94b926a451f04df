"""What an engine of our own needs before it starts: its packages and the base archives. Standard library only.

``lab up`` begins this beside the making of the environment; ``up`` then waits for it and shows how far it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from containerlab import settings
from containerlab.command.screen import Step, say
from containerlab.engine import find
from containerlab.errors import LabError

_CHECKOUT = str(Path(__file__).resolve().parents[2])


def needs_private(engine: str) -> bool:
    """Whether the lab's own engine is what ``up`` will come to: asked for, or nothing else answers here."""
    if not sys.platform.startswith("linux"):
        return False
    choice = engine or settings.engine_choice()
    if choice:
        return choice == "private"
    if find.current_context():
        return False
    return next(find.answering(), None) is None


def missing() -> list[str]:
    """The engine's packages that this machine lacks."""
    from containerlab.engine import packages

    return list(packages.missing())


def make(progress: Any) -> None:
    """Installs what is missing and, where the base images cannot be pulled, makes their archives."""
    from containerlab.engine import bases, packages

    packages.install(progress=progress)
    if not bases.registry_answers():
        bases.make_archives(progress)


def begin(engine: str) -> None:
    """Starts ``make`` in a process of its own, where it has something to do."""
    with suppress(LabError):
        if needs_private(engine):
            lacking = missing()
            if lacking:
                say(f"No engine here yet: installing Debian's packages {', '.join(lacking)} meanwhile (apt-get).")
            settings.home().mkdir(parents=True, exist_ok=True)
            environment = {**os.environ, "PYTHONPATH": _CHECKOUT}
            with (settings.home() / "prepare.log").open("wb") as log:
                subprocess.Popen(
                    [sys.executable, "-m", "containerlab.command.prepare", str(os.getpid())],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )


def finish(step: Step) -> None:
    """Waits for the one that ``begin`` started, showing its progress, then installs what is still missing."""
    from containerlab.engine import packages

    with _lock() as held:
        if not held:
            _follow(step)
    packages.install(progress=step)


def _follow(step: Step) -> None:
    while True:
        with _lock() as held:
            if held:
                return
        with suppress(OSError, ValueError, TypeError):
            step(*json.loads(_progress_file().read_text()))
        time.sleep(0.2)


def _progress_file() -> Path:
    return settings.home() / "prepare.json"


@contextmanager
def _lock(wait: bool = False) -> Iterator[bool]:
    """True if we hold it; the kernel lets it go when its process ends, however that is."""
    import fcntl

    settings.home().mkdir(parents=True, exist_ok=True)
    file: IO[str]
    with (settings.home() / "prepare.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def main(parent: int) -> int:
    """In the process of its own; ends when the ``lab`` that began it has gone."""

    def tell(text: str, fraction: float | None = None) -> None:
        if os.getppid() != parent:
            raise KeyboardInterrupt
        new = _progress_file().with_suffix(".new")
        new.write_text(json.dumps([text, fraction]))
        new.replace(_progress_file())

    with _lock(wait=True):
        try:
            make(tell)
        except LabError as error:  # `up` meets it again, and says it
            print(error)
            return 1
        finally:
            _progress_file().unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main(int(sys.argv[1])))

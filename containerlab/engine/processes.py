"""Processes that outlive us: started apart, recognised again by their start time, ended with patience."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from containerlab.errors import SetupError

_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def path() -> str:
    """PATH with the system folders, which a user's own often lacks."""
    return f"{os.environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')}:{_SBIN}"


def which(program: str) -> str | None:
    return shutil.which(program, path=path())


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def as_root(argv: Sequence[str]) -> list[str]:
    """The command, through sudo where we are not root; SetupError where that is impossible."""
    if is_root():
        return list(argv)
    sudo = shutil.which("sudo")
    if sudo is None:
        raise SetupError("This needs root, and there is no sudo here.", "Run it as root, or start Docker yourself.")
    # Without a terminal nobody can type a password: fail at once instead of hanging.
    ask = [] if sys.stdin is not None and sys.stdin.isatty() else ["-n"]
    return [sudo, *ask, *argv]


def run(argv: Sequence[str], root: bool = False, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Runs a short command; its output is in the result, its failure is the caller's to judge."""
    command = as_root(argv) if root else list(argv)
    try:
        return subprocess.run(
            command,
            stdin=None if root and not is_root() else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env={**os.environ, "PATH": path(), "LC_ALL": "C"},
            check=False,
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"{argv[0]} did not end in {timeout:g} s")


def start_apart(argv: Sequence[str], log: Path) -> int:
    """Starts a process in a session of its own, output appended to ``log``; its pid.

    A shell in between makes it no child of ours: it gets no Ctrl-C of the kernel, leaves no zombie, and survives.
    """
    script = 'log="$1"; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    answer = subprocess.run(
        as_root(["/bin/sh", "-c", script, "sh", str(log), *argv]),
        stdin=None if not is_root() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=is_root(),  # sudo may need the terminal that we have
        cwd="/",
        env={**os.environ, "PATH": path()},
        check=False,
    )
    if answer.returncode != 0 or not answer.stdout.strip().isdigit():
        raise SetupError(f"{argv[0]} could not be started.", f"Its log: {log}")
    return int(answer.stdout)


def started_at(pid: int) -> str:
    """The process's start time in ticks since boot, "" for none such or a zombie. With the pid it is an identity."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    if fields[0] in {"Z", "X"}:
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)
        return ""
    return fields[19]


def naming(text: str) -> Iterator[tuple[int, str]]:
    """Processes whose command line holds ``text``: (pid, command line)."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and int(entry.name) != os.getpid():
            yield int(entry.name), line


def send(pid: int, number: signal.Signals) -> None:
    if is_root():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    else:
        run(["kill", f"-{number.value}", str(pid)], root=True)


def until(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Waits for the condition; False if the time is over first."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return condition()
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)
    return True


def end(pid: int, identity: str, patience: float = 30.0) -> bool:
    """SIGTERM, then after ``patience`` seconds SIGKILL; True if it ended by itself. Never another process."""
    if started_at(pid) != identity or not identity:
        return True
    send(pid, signal.SIGTERM)
    if until(lambda: started_at(pid) != identity, patience):
        return True
    send(pid, signal.SIGKILL)
    until(lambda: started_at(pid) != identity, 10)
    return False

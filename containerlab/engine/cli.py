"""The docker command line, run for real: stdout and stderr in one order as they come, Ctrl-C, exit status.

A student's command goes to the same program that a terminal would start; only the engine is named for it. The output
is read through one shared pipe and handed on as text: a child that wrote to the kernel's own file descriptors would
be lost under some notebook runners.
"""

from __future__ import annotations

import codecs
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from containerlab.errors import SetupError

TICK = 0.03  # seconds between two looks at what the command has made so far
GRACE = 2.0  # seconds that an interrupted command has to end by itself

# What would send the command elsewhere, or change what it prints, without a word in the cell.
_SURPRISES = (
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
    "DOCKER_DEFAULT_PLATFORM",
    "DOCKER_BUILDKIT",
    "DOCKER_HIDE_LEGACY_COMMANDS",
    "BUILDKIT_PROGRESS",
)
_TLS = ("DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended: what it printed, stdout and stderr in order, and its exit status (128 + n for signal n)."""

    argv: tuple[str, ...]
    output: str
    exit_code: int


def program() -> str:
    """The path of the docker client; SetupError where this machine has none."""
    found = shutil.which("docker")
    if not found:
        raise SetupError(
            "This machine has an engine but no `docker` command.",
            "run `./lab doctor`: it tells the step that adds it; lab.image(...) and %%dockerfile work without it",
        )
    return found


def environment(address: str) -> dict[str, str]:
    """This process's environment without what would redirect the command. Certificates stay for their own engine."""
    keep = _TLS if address == os.environ.get("DOCKER_HOST") else ()
    return {name: value for name, value in os.environ.items() if name not in _SURPRISES or name in keep}


def run(
    address: str,
    args: Sequence[str],
    write: Callable[[str], object],
    *,
    watch: Callable[[], object] | None = None,
    undo: Callable[[], object] | None = None,
    cwd: str | None = None,
    environ: dict[str, str] | None = None,
) -> Finished:
    """Run ``docker ARGS`` against the engine at ``address``; ``write`` gets its output in pieces as it comes.

    ``watch`` is called every few hundredths of a second while it runs. On Ctrl-C ``undo`` is called first (it ends
    what the command started on the engine: a container whose process ignores SIGINT keeps its client waiting), then
    the client is ended, and KeyboardInterrupt goes on.
    """
    child = subprocess.Popen(
        [program(), "-H", address, *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env={**environment(address), **(environ or {})},
        start_new_session=True,  # else the notebook's Ctrl-C reaches the client before us
    )
    pieces: queue.Queue[bytes] = queue.Queue(maxsize=256)
    reader = threading.Thread(target=_read, args=(child, pieces), daemon=True)
    text = codecs.getincrementaldecoder("utf-8")("replace")
    output: list[str] = []
    try:
        reader.start()
        while True:
            try:
                piece = pieces.get(timeout=TICK)
            except queue.Empty:
                piece = None
            if watch:
                watch()
            if piece is None:
                continue
            if said := text.decode(piece, final=not piece):
                output.append(said)
                write(said)
            if not piece:
                break
        code = child.wait()
        if watch:
            watch()
    except BaseException:
        _end(child, undo)
        raise
    return Finished(tuple(args), "".join(output), code if code >= 0 else 128 - code)


def ask(address: str, args: Sequence[str], seconds: float = 5.0) -> str:
    """What ``docker ARGS`` prints to stdout, for our own use (help texts); "" where it fails or takes too long."""
    try:
        done = subprocess.run(
            [program(), "-H", address, *args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=environment(address),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, SetupError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _read(child: subprocess.Popen[bytes], pieces: queue.Queue[bytes]) -> None:
    """Pieces of the output as they come; b"" once the pipe is closed."""
    assert child.stdout is not None
    with child.stdout:
        while piece := os.read(child.stdout.fileno(), 65536):
            pieces.put(piece)
    pieces.put(b"")


def _end(child: subprocess.Popen[bytes], undo: Callable[[], object] | None) -> None:
    """End the client, whatever happens on the way; a second Ctrl-C makes it quick."""
    try:
        if undo:
            undo()
        _signal(child, signal.SIGINT)
        child.wait(GRACE)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        pass
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if os.name == "nt":
        child.terminate()
        return
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)

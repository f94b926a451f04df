"""The engine's own packages, on Debian and its like; anywhere else the person installs an engine."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from containerlab.engine import processes as ps
from containerlab.errors import NoNetwork, SetupError

Progress = Callable[[str, float | None], None]

_STATUS = re.compile(r"(dl|pm)status:.*?:(\d+(?:\.\d+)?):(.*)")

# program -> package; debian-archive-keyring lets Ubuntu's mmdebstrap trust Debian's archive
PROGRAMS = {
    "dockerd": "docker.io",
    "iptables": "iptables",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "busybox": "busybox-static",
}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def can_install() -> bool:
    """True on a Debian-like Linux where we are root or have sudo."""
    return ps.which("apt-get") is not None and (ps.is_root() or ps.which("sudo") is not None)


def missing() -> list[str]:
    """The packages that the private engine and its base images need and this machine lacks."""
    from containerlab.engine import busybox

    lacking = [package for program, package in PROGRAMS.items() if ps.which(program) is None]
    if "busybox-static" not in lacking:
        try:
            busybox.program()
        except SetupError:
            lacking.append("busybox-static")
    return lacking if KEYRING.exists() else [*lacking, "debian-archive-keyring"]


def command(names: Sequence[str]) -> list[str]:
    """What ``install`` runs, as one can type it."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *names]


def install(names: Sequence[str] | None = None, progress: Progress | None = None) -> list[str]:
    """Installs what is missing; says first what it is about to run. The names that were installed, maybe none."""
    tell = progress or _silently
    wanted = list(missing() if names is None else names)
    if not wanted:
        return []
    if not can_install():
        raise SetupError(
            f"These programs' packages are missing: {', '.join(wanted)}.",
            "Install Docker (or Podman) with this system's package manager, start it, then try again.",
        )
    typed = " ".join(("" if ps.is_root() else "sudo ", *command(wanted))).strip()
    tell(f"installing the engine's packages: {typed}", 0.0)
    with _no_services():
        if (said := _run(["apt-get", "update", "-q"], tell, 0.0, 0.2)) and _no_lists():
            raise NoNetwork(f"No package server was reached; apt-get said:\n{said}", "Check the connection; try again.")
        if said := _run(command(wanted), tell, 0.2, 1.0):
            raise SetupError(f"apt-get could not install {', '.join(wanted)}:\n{said}", f"Try it by hand: {typed}")
    still = [name for name in missing() if name in wanted]
    if still:
        raise SetupError(f"Installed, but still not there: {', '.join(still)}.", f"Try it by hand: {typed}")
    return wanted


class _no_services:  # noqa: N801 - reads as the words of a with statement
    """Within, a package's service is not started: on a machine without systemd nothing could stop it again."""

    _policy = Path("/usr/sbin/policy-rc.d")

    def __enter__(self) -> None:
        self._ours = ps.is_root() and not Path("/run/systemd/system").exists() and not self._policy.exists()
        if self._ours:
            self._policy.write_text("#!/bin/sh\nexit 101\n")
            self._policy.chmod(0o755)

    def __exit__(self, *_: object) -> None:
        if self._ours:
            self._policy.unlink(missing_ok=True)


def _run(argv: Sequence[str], tell: Progress, low: float, high: float) -> str:
    """Runs apt-get, telling its progress between ``low`` and ``high``; the end of its output if it failed, else "".

    Its status lines (apt's README.progress-reporting) come between the others: sudo closes any further descriptor.
    """
    environment = {**os.environ, "PATH": ps.path(), "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    middle = (low + high) / 2
    with subprocess.Popen(
        ps.as_root(["env", "DEBIAN_FRONTEND=noninteractive", argv[0], "-o", "APT::Status-Fd=1", *argv[1:]]),
        stdin=None if not ps.is_root() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        assert process.stdout is not None
        last: deque[str] = deque(maxlen=20)
        for line in process.stdout:
            if match := _STATUS.match(line):
                start, end = (low, middle) if match[1] == "dl" else (middle, high)
                tell(match[3].strip(), start + (end - start) * float(match[2]) / 100)
            elif line.strip():
                last.append(line.rstrip())
    return "\n".join(last) or "it failed" if process.returncode else ""


def _no_lists() -> bool:
    """True if apt knows no package at all, so that an install must fail as well."""
    return not any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def _silently(text: str, fraction: float | None) -> None:
    """Progress that nobody asked for."""

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
        if _run(["apt-get", "update", "-q"], tell, 0.0, 0.2) and _no_lists():
            raise NoNetwork("apt-get update failed: no package server was reached.", "Check the connection; try again.")
        if _run(command(wanted), tell, 0.2, 1.0):
            raise SetupError(f"These packages could not be installed: {', '.join(wanted)}.", f"Try it by hand: {typed}")
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
    """Runs apt-get, telling its progress between ``low`` and ``high``; the end of its output if it failed, else ""."""
    read, write = os.pipe()
    environment = {**os.environ, "PATH": ps.path(), "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    status = ["-o", f"APT::Status-Fd={write}"] if ps.is_root() else []  # sudo closes descriptors
    with subprocess.Popen(
        ps.as_root([argv[0], *status, "-o", "Dpkg::Use-Pty=0", *argv[1:]]),
        stdin=None if not ps.is_root() else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        pass_fds=[write] if status else [],
    ) as process:
        os.close(write)
        assert process.stdout is not None
        last: deque[str] = deque(maxlen=20)
        with open(read, errors="replace") as reports:
            for line in process.stdout:
                last.append(line.rstrip())
                if match := re.match(r"(Get|Unpacking|Setting up|Hit|Fetched)\b.*", line):
                    tell(match[0][:80].strip(), None if not status else low)
            for report in reports:
                if match := re.match(r"\w+:[^:]*:([\d.]+):", report):
                    tell(argv[0], low + (high - low) * float(match[1]) / 100)
    return "\n".join(last) or "it failed" if process.returncode else ""


def _no_lists() -> bool:
    """True if apt knows no package at all, so that an install must fail as well."""
    return not any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def _silently(text: str, fraction: float | None) -> None:
    """Progress that nobody asked for."""

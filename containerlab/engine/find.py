"""Which engine the lab works on (design.md, decision 1)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from containerlab import errors, settings
from containerlab.engine import processes as ps
from containerlab.engine import wire
from containerlab.engine.client import Engine

Consent = Callable[[str], bool]

PROBE = 2.0  # seconds for each place where an engine may be


def find(choice: str = "", consent: Consent | bool | None = None, home: Path | None = None) -> Engine:
    """The engine to use: the one named by ``choice`` (else by CONTAINERLAB_ENGINE), else the first that answers.

    ``choice``: "docker", "podman", "private" or an address. A remote engine is used only if ``consent`` (True, or a
    function that is given its address) agrees; else ConsentNeeded, and nothing was changed. Where none answers, the
    private engine is started if this machine can; EngineNotFound says the next step for this system.
    """
    named = (choice or settings.engine_choice()).strip()
    own = home or settings.home()
    if named == "private":
        return _private(own)
    if named in {"docker", "podman"}:
        return _first(named, consent)
    if named:
        return _agreed(wire.checked(named), consent)
    context = current_context()
    if context and wire.is_remote(context):
        return _agreed(context, consent)
    for engine in answering(own):
        return engine
    if sys.platform.startswith("linux") and ps.which("dockerd"):
        return _private(own)
    raise errors.EngineNotFound("No container engine answers on this machine.", next_step())


def answering(home: Path | None = None) -> Iterator[Engine]:
    """Engines of this machine that answer now, the private one last; none is started."""
    for address, kind in places():
        if engine := _probed(address, kind):
            yield engine
    if sys.platform.startswith("linux") and home is not None:
        from containerlab.engine.private import PrivateEngine

        private = PrivateEngine(home)
        if private.status().running and (engine := _probed(private.address, "private")):
            yield engine


def places() -> list[tuple[str, str]]:
    """Where an engine of this machine usually listens, the context of the docker command first: (address, kind)."""
    found: list[tuple[str, str]] = []
    context = current_context()
    if context and not wire.is_remote(context):
        found.append((context, "docker"))
    if sys.platform == "win32":
        pipes = ("docker_engine", "docker"), ("podman-machine-default", "podman")
        return [*found, *((f"npipe:////./pipe/{name}", kind) for name, kind in pipes)]
    home, runtime = Path.home(), os.environ.get("XDG_RUNTIME_DIR", "")
    sockets = [
        ("/var/run/docker.sock", "docker"),
        (f"{runtime}/docker.sock" if runtime else "", "docker"),
        (f"{home}/.docker/run/docker.sock", "docker"),
        (f"{home}/.docker/desktop/docker.sock", "docker"),
        (f"{home}/.colima/default/docker.sock", "docker"),
        (f"{home}/.orbstack/run/docker.sock", "docker"),
        (f"{home}/.rd/docker.sock", "docker"),
        (f"{runtime}/podman/podman.sock" if runtime else "", "podman"),
        ("/run/podman/podman.sock", "podman"),
    ]
    found += [(f"unix://{path}", kind) for path, kind in sockets if path and Path(path).exists()]
    return list({address: (address, kind) for address, kind in reversed(found)}.values())[::-1]


def current_context() -> str:
    """The address that the docker command would use: DOCKER_HOST, else the current context's, else ""."""
    if host := os.environ.get("DOCKER_HOST", "").strip():
        return wire.checked(host)
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    name = os.environ.get("DOCKER_CONTEXT", "").strip()
    with contextlib.suppress(OSError, ValueError, AttributeError):
        name = name or str(json.loads((folder / "config.json").read_text()).get("currentContext") or "")
    if name in {"", "default"}:
        return ""
    for meta in folder.glob("contexts/meta/*/meta.json"):
        try:
            entry = json.loads(meta.read_text())
            if entry["Name"] == name:
                return wire.checked(str(entry["Endpoints"]["docker"]["Host"]))
        except (OSError, ValueError, KeyError, TypeError, errors.WrongAddress):
            continue
    return ""


def next_step() -> str:
    """What to do on this system so that an engine answers."""
    if sys.platform == "darwin":
        if Path("/Applications/Docker.app").exists():
            return "Start Docker Desktop (open -a Docker), wait until its whale stands still, then try again."
        return "Install Docker Desktop, OrbStack or Colima, start it, then try again."
    if sys.platform == "win32":
        return "Start Docker Desktop from the Start menu (install it first if it is not there), then try again."
    if not ps.is_root() and Path("/var/run/docker.sock").exists() and not os.access("/var/run/docker.sock", os.W_OK):
        return "There is one, but it is not open to you: sudo usermod -aG docker $USER, then log in again."
    if ps.which("dockerd"):
        return "Start it: sudo systemctl start docker; or let the course run its own: ./lab up --engine private"
    if ps.which("apt-get"):
        return "Run ./lab up: it installs the engine; by hand: sudo apt-get install docker.io"
    return "Install Docker Engine or Podman from this system's packages, start it, then try again."


def _private(home: Path) -> Engine:
    from containerlab.engine.private import PrivateEngine

    return PrivateEngine(home).start()


def _first(named: str, consent: Consent | bool | None) -> Engine:
    """The first engine that answers of the kind that was named."""
    context = current_context()
    if named == "docker" and context and wire.is_remote(context):
        return _agreed(context, consent)
    for address, kind in places():
        engine = _probed(address, kind)
        if engine and (engine.kind == "podman") == (named == "podman"):
            return engine
    raise errors.EngineNotFound(f"{named.capitalize()} was asked for, and does not answer.", next_step())


def _agreed(address: str, consent: Consent | bool | None) -> Engine:
    """An engine by its address: asked for consent first where it is remote, then whether it answers."""
    if wire.is_remote(address):
        agreed = consent(address) if callable(consent) else bool(consent) or settings.remote_consent()
        if not agreed:
            raise errors.ConsentNeeded(
                f"The engine at {address} is on another machine; nothing was changed on it.",
                "To use it: CONTAINERLAB_REMOTE=yes. To use one here instead: unset DOCKER_HOST, "
                "or CONTAINERLAB_ENGINE=private",
            )
    engine = Engine(address)
    try:
        engine.info()
    except errors.EngineGone:
        raise errors.EngineNotFound(f"No engine answers at {address}.", next_step()) from None
    return engine


def _probed(address: str, kind: str) -> Engine | None:
    engine = Engine(address, kind)
    try:
        if wire.speaks_plainly(address):
            engine.ping(timeout=PROBE)
        engine.info()
    except (errors.EngineGone, errors.EngineSilent, errors.EngineNotFound):
        return None
    except (OSError, subprocess.SubprocessError):
        return None
    return engine

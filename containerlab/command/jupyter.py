"""The course's JupyterLab: a process of its own session, known by pid and start time, kept in ``home()/lab.json``."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from containerlab import settings
from containerlab.errors import CommandError, PortTaken, SetupError

FIRST_PORT = 8888
PATIENCE = 90.0  # seconds until a Lab that does not answer counts as failed; 2 to 4 on a machine at rest
CHECKOUT = Path(__file__).resolve().parents[2]
NOTEBOOKS = CHECKOUT / "notebooks"

# Kept out of the student's own Jupyter settings, and theirs out of ours: a password or an open address there must
# not change what this server does.
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    # A saved notebook keeps its pictures and plays its builds again, without an engine.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}


@dataclass(frozen=True, slots=True)
class Lab:
    """A running Lab: its process, where it listens and the token that opens it."""

    pid: int
    started: float
    ip: str
    port: int
    token: str
    engine: str

    @property
    def address(self) -> str:
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"http://{'127.0.0.1' if host in {'0.0.0.0', '[::]'} else host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.address}/lab?token={self.token}"

    def is_alive(self) -> bool:
        return started_at(self.pid) == self.started

    def answers(self) -> bool:
        """Whether it lets this token in."""
        request = urllib.request.Request(f"{self.address}/api/status", headers={"Authorization": f"token {self.token}"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False


def started_at(pid: int) -> float:
    """The process's start time; 0 where there is none such, or only what is left of it."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return 0.0


def _state() -> Path:
    return settings.home() / "lab.json"


def log_file() -> Path:
    return settings.home() / "lab.log"


def found() -> Lab | None:
    """The Lab that an earlier ``up`` left running, None where it has ended."""
    try:
        lab = Lab(**json.loads(_state().read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return lab if lab.is_alive() else None


def check_address(ip: str, token: str | None) -> None:
    """An address that others can reach needs a token: refused without one (never an open port)."""
    try:
        loopback = ip == "localhost" or ipaddress.ip_address(ip).is_loopback
    except ValueError:
        raise CommandError(f"'{ip}' is no address of this machine.", "Leave --ip out to listen on 127.0.0.1.") from None
    if token == "" and not loopback:
        raise CommandError(
            f"JupyterLab would listen on {ip} without a token: anyone who reaches this machine could use it.",
            "Leave --token out (a random one is made), or leave --ip out (127.0.0.1 alone).",
        )


def choose_port(ip: str, wanted: int | None) -> int:
    """``wanted``, or PortTaken with its owner's name; without a wish the first free port from 8888 on."""
    if wanted is not None:
        if _is_free(ip, wanted):
            return wanted
        raise PortTaken(f"Port {wanted} is in use{_owner(wanted)}.", "Name another with --port, or leave it out.")
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        if _is_free(ip, port):
            return port
    raise PortTaken(f"Ports {FIRST_PORT} to {FIRST_PORT + 49} are all in use.", "Name a free one with --port.")


def _is_free(ip: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError:
            return False
    return True


def _owner(port: int) -> str:
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""


def start(
    ip: str, port: int, token: str | None, engine: str, environment: Mapping[str, str], folder: Path = NOTEBOOKS
) -> Lab:
    """Starts it and waits until it answers; SetupError shows the end of its log."""
    home = settings.home()
    home.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_hex(24) if token is None else token
    with log_file().open("wb") as log:
        process = subprocess.Popen(
            _command(ip, port, secret, folder),
            cwd=folder,
            env=_environment(home, secret, environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            **_apart(),
        )
    lab = Lab(process.pid, started_at(process.pid), ip, port, secret, engine)
    try:
        _await(lab, process)
    except BaseException:
        stop(lab)
        raise
    _keep(lab)
    return lab


def _command(ip: str, port: int, token: str, folder: Path = NOTEBOOKS) -> list[str]:
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ip={ip}", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    if not token:  # asked for, and on loopback alone: see check_address
        command += ["--IdentityProvider.token="]
    return [*command, "--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else command


def _environment(home: Path, token: str, more: Mapping[str, str]) -> dict[str, str]:
    """The token goes by environment: on the command line every user of the machine could read it."""
    config = home / "jupyter" / "config"
    overrides = config / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True, exist_ok=True)
    overrides.write_text(json.dumps(OVERRIDES, indent=2))
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    own = {
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_RUNTIME_DIR": str(home / "jupyter" / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "jupyter" / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "jupyter" / "settings"),
        "PYTHONPATH": path,
    }
    return {**os.environ, **own, **more}


def _apart() -> dict[str, Any]:
    """A session of its own: the terminal's Ctrl-C and its end do not reach it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _await(lab: Lab, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not lab.answers():
        if process.poll() is not None or time.monotonic() > end:
            last = log_file().read_text(errors="replace").splitlines()[-12:]
            raise SetupError(
                "JupyterLab did not start. Its log ends:\n  " + "\n  ".join(last), f"All of it: {log_file()}"
            )
        time.sleep(0.1)


def _keep(lab: Lab) -> None:
    """Only its owner may read the token."""
    new = _state().with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(lab), file)
    new.replace(_state())


def stop(lab: Lab | None = None) -> bool:
    """Ends Lab and its kernels, if it is the process that we started; False where none ran."""
    lab = lab or found()
    if lab is None or not lab.is_alive():
        _state().unlink(missing_ok=True)
        return False
    process = psutil.Process(lab.pid)
    family = [process, *process.children(recursive=True)]
    with suppress(psutil.NoSuchProcess):
        process.terminate()  # Lab ends its kernels by itself
    _, alive = psutil.wait_procs(family, timeout=15)
    for left in alive:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    psutil.wait_procs(alive, timeout=5)
    _state().unlink(missing_ok=True)
    return True

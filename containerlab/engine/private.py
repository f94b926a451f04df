"""Our own dockerd: own data, own socket, own bridge. It survives the notebook's kernel and is found again."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from containerlab import errors
from containerlab.engine import network
from containerlab.engine import processes as ps
from containerlab.engine.client import Engine
from containerlab.engine.locks import locked

Progress = Callable[[str, float | None], None]

LOG_LIMIT = 5_000_000  # bytes of dockerd.log until it is moved aside
START_LIMIT = 90.0  # seconds; 0.4 to 1.5 on a machine at rest
LONGEST_SOCKET = 103  # bytes: sun_path holds 108 with its end, and dockerd derives longer names
# What two dockerds do to each other's chains when they start together; a second try succeeds.
CHAIN_ERRORS = re.compile(
    r"no chain/target/match by that name|chain already exists|rule_(?:delete|append|insert)|iptables failed"
    r"|does a matching rule exist|another app is currently holding|resource temporarily unavailable",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Status:
    """``state``: "running" answers; "stopped" was never started or was stopped; "dead" ended without our doing."""

    state: str
    address: str
    pid: int = 0
    bridge: str = ""
    subnet: str = ""
    log: str = ""

    @property
    def running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class _Record:
    """What is kept in ``engine.json`` of a dockerd that we started."""

    pid: int
    identity: str
    bridge: str
    subnet: str


class PrivateEngine:
    """The engine whose things lie under ``home``/engine. Any number of these objects speak of the same one."""

    def __init__(self, home: Path) -> None:
        self.home = Path(home).absolute()
        self.folder = self.home / "engine"
        self.data = self.folder / "data"
        self.log = self.folder / "dockerd.log"
        key = hashlib.sha256(str(self.home).encode()).hexdigest()[:10]
        # Sockets have short names: the run folder never lies in the home, whose path may be long.
        self.run = _run_root() / key
        self.bridge = f"clab{key}"
        self.socket = self.run / "docker.sock"
        self.address = f"unix://{self.socket}"

    # -- for the face --------------------------------------------------------------------------------------------

    def start(self, progress: Progress | None = None) -> Engine:
        """The running engine, found or started; SetupError says what this machine lacks."""
        tell = progress or _silently
        _require_linux()
        with self._lock():
            record = self._living()
            if record is not None:
                tell("the lab's own engine is running", 1.0)
                self._await(record, patience=START_LIMIT)
                self._trim_log()
                return self._engine()
            dockerd = ps.which("dockerd")
            if dockerd is None:
                raise errors.SetupError(
                    "Docker's engine (dockerd) is not installed.",
                    "./lab up installs it; by hand: sudo apt-get install docker.io",
                )
            tell("starting the lab's own engine", None)
            with machine_lock():
                self._sweep()
                self._start(dockerd)
            tell("the lab's own engine is up", 1.0)
        return self._engine()

    def stop(self) -> bool:
        """Stops it with its containers, and takes down its bridge and rules; False if it did not run."""
        if not self.folder.exists():
            return False
        with self._lock():
            record = self._living()
            if record is None and self._record() is None and not network.has_bridge(self.bridge):
                return False
            bridges = self._bridges() if record else []
            if record is not None:
                ps.end(record.pid, record.identity, patience=45)
            with machine_lock():
                self._sweep(bridges)
            (self.folder / "engine.json").unlink(missing_ok=True)
            return record is not None

    def status(self) -> Status:
        record, log = self._record(), str(self.log)
        if record is None:
            return Status("stopped", self.address, bridge=self.bridge, log=log)
        alive = ps.started_at(record.pid) == record.identity
        state, pid = ("running", record.pid) if alive else ("dead", 0)
        return Status(state, self.address, pid, self.bridge, record.subnet, log)

    def remove(self) -> None:
        """Stops it and removes all that it ever kept: its images, containers and logs."""
        self.stop()
        if ps.is_root():
            shutil.rmtree(self.folder, ignore_errors=True)
        elif self.folder.exists():
            ps.run(["rm", "-rf", "--one-file-system", str(self.folder)], root=True, timeout=600)

    # -- starting ------------------------------------------------------------------------------------------------

    def _start(self, dockerd: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _private_folder(self.run)
        network.check_iptables()
        old = self._record()
        kept = self.folder / "subnet"  # outlives the record, as the data do
        before = kept.read_text() if kept.exists() else old.subnet if old else ""
        subnet = network.free_subnet(before)
        if before and str(subnet) != before:
            self._forget_networks()
        kept.write_text(str(subnet))
        for attempt in (1, 2):
            self._rotate_log()
            network.remove_bridge(self.bridge)
            network.make_bridge(self.bridge, subnet)
            pid = ps.start_apart(self._command(dockerd, subnet), self.log)
            record = _Record(pid, ps.started_at(pid), self.bridge, str(subnet))
            self._write(record)
            try:
                self._await(record, START_LIMIT)
                break
            except BaseException as error:
                ps.end(record.pid, record.identity, patience=15)
                self._sweep()
                again = attempt == 1 and isinstance(error, errors.SetupError) and CHAIN_ERRORS.search(self._log_end())
                if not again:
                    raise
        if not ps.is_root():  # it is root's until here, in a folder that only we can enter
            ps.run(["chown", f"{os.getuid()}:{os.getgid()}", str(self.socket)], root=True)
        self.socket.chmod(0o600)

    def _forget_networks(self) -> None:
        """dockerd keeps its networks' addresses, also those of a bridge that has got another subnet since: containers
        would get addresses that lead nowhere. It makes its default networks anew."""
        ps.run(["rm", "-rf", "--one-file-system", str(self.data / "network")], root=True, timeout=60)

    def _command(self, dockerd: str, subnet: network.Network) -> list[str]:
        _, pool = network.halves(subnet)
        size = min(pool.prefixlen + 7, 28)
        return [
            dockerd,
            f"--data-root={self.data}",
            f"--exec-root={self.run / 'exec'}",
            f"--pidfile={self.run / 'dockerd.pid'}",
            f"--host={self.address}",
            f"--bridge={self.bridge}",
            f"--default-address-pool=base={pool},size={size}",
            "--config-file=" + str(self._config()),
            "--log-level=warn",
            "--log-driver=json-file",
            "--log-opt=max-size=10m",
            "--log-opt=max-file=1",
            "--shutdown-timeout=5",
        ]

    def _config(self) -> Path:
        """An empty configuration: /etc/docker/daemon.json belongs to another engine."""
        path = self.folder / "daemon.json"
        path.write_text("{}\n")
        return path

    def _await(self, record: _Record, patience: float) -> None:
        """Returns when it answers; SetupError with the end of its log when it died or never did."""
        answers: list[bool] = []

        def settled() -> bool:
            with suppress(errors.EngineError):
                Engine(self.address).ping(timeout=2)
                answers.append(True)
                return True
            return ps.started_at(record.pid) != record.identity

        ps.until(settled, patience)
        if answers:
            return
        died = ps.started_at(record.pid) != record.identity
        raise errors.SetupError(
            f"The lab's own engine {'ended while it started' if died else f'did not answer in {patience:g} s'}:\n"
            + self._log_end(lines=5),
            f"Its whole log: {self.log}",
        )

    # -- finding it again, and what it leaves ----------------------------------------------------------------------

    def _engine(self) -> Engine:
        return Engine(self.address, "private")

    def _record(self) -> _Record | None:
        try:
            return _Record(**json.loads((self.folder / "engine.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, record: _Record) -> None:
        path = self.folder / "engine.json"
        path.with_suffix(".new").write_text(json.dumps(asdict(record)) + "\n")
        path.with_suffix(".new").replace(path)

    def _living(self) -> _Record | None:
        record = self._record()
        return record if record and record.identity and ps.started_at(record.pid) == record.identity else None

    def _bridges(self) -> list[str]:
        """Interfaces of the networks that students made; they outlive the dockerd that made them."""
        with suppress(errors.LabError):
            engine = Engine(self.address, "private", deadline=10)
            with engine.asking():
                found = engine.api.networks(filters={"driver": ["bridge"]})
            return [f"br-{entry['Id'][:12]}" for entry in found if entry["Name"] != "bridge"]
        return []

    def _sweep(self, bridges: list[str] | None = None) -> None:
        """Takes away what a dockerd that ended leaves: its containerd and shims, mounts, bridge, rules, sockets."""
        for pid, line in list(ps.naming(f"{self.run}/")):
            if "containerd" in line or line.startswith(("dockerd", "/usr/sbin/dockerd", "/usr/bin/dockerd")):
                identity = ps.started_at(pid)
                if not ps.end(pid, identity, patience=5):
                    ps.send(pid, signal.SIGKILL)
        for mount in _mounts_below(self.run, self.data):
            ps.run(["umount", "-l", mount], root=True)
        record = self._record()
        if record is not None:
            network.remove_rules([self.bridge, *(bridges or ())], record.subnet)
        for name in [*(bridges or ()), self.bridge]:
            network.remove_bridge(name)
        if ps.is_root():
            shutil.rmtree(self.run, ignore_errors=True)
        elif self.run.exists():
            ps.run(["rm", "-rf", "--one-file-system", str(self.run)], root=True)

    # -- log and lock ----------------------------------------------------------------------------------------------

    def _rotate_log(self) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)

    def _trim_log(self) -> None:
        """Moves a log that grew too large aside; dockerd goes on at its start, because it appends."""
        with suppress(OSError):
            if self.log.stat().st_size > LOG_LIMIT:
                with self.log.open("rb") as log:
                    log.seek(-LOG_LIMIT // 2, os.SEEK_END)
                    self.log.with_suffix(".log.1").write_bytes(log.read())
                os.truncate(self.log, 0)

    def _log_end(self, lines: int = 20) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time starts or stops this engine."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / "lock"):
            yield


@contextmanager
def machine_lock() -> Iterator[None]:
    """One dockerd at a time starts on this machine: two at once break each other's iptables chains."""
    path = Path(tempfile.gettempdir()) / "containerlab-dockerd.lock"
    with locked(path, mode=0o666):
        yield


def _run_root() -> Path:
    if ps.is_root():
        return Path("/run/containerlab")
    return Path(tempfile.gettempdir()) / f"containerlab-{os.getuid() if hasattr(os, 'getuid') else 0}"


def _private_folder(path: Path) -> None:
    """A folder that only we can enter; refused if somebody else made it first."""
    for folder in (path.parent, path):
        folder.mkdir(mode=0o700, exist_ok=True, parents=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise errors.SetupError(f"{folder} belongs to somebody else.", f"Remove it, then try again: rm -r {folder}")
        folder.chmod(0o700)
    if len(str(path / "docker.sock").encode()) > LONGEST_SOCKET:
        raise errors.SetupError(f"{path} is too long for a socket.", "Set TMPDIR to a short folder, for example /tmp.")


def _mounts_below(*folders: Path) -> list[str]:
    """Mount points in the folders, themselves included (dockerd mounts its data root on itself), deepest first."""
    try:
        table = Path("/proc/self/mountinfo").read_text(errors="replace")
    except OSError:
        return []
    points = [line.split()[4].replace("\\040", " ") for line in table.splitlines()]
    below = [point for point in points if any(f"{point}/".startswith(f"{folder}/") for folder in folders)]
    return sorted(below, key=len, reverse=True)


def _silently(text: str, fraction: float | None) -> None:
    """Progress that nobody asked for."""


def _require_linux() -> None:
    if not Path("/proc/self/stat").exists():
        raise errors.SetupError(
            "The lab's own engine runs on Linux only.", "Start Docker Desktop (or Podman), then try again."
        )

"""Other engines for the tests: Debian 13's with the containerd store, and Podman. Each is made and started here.

Used as fixtures: ``from tests.engine.other_engines import podman_engine, trixie_engine``.
"""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from containerlab import settings
from containerlab.engine.client import Engine
from containerlab.errors import LabError

LIMIT = 120.0  # seconds to wait for an engine, on a busy machine
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")


@pytest.fixture(scope="session")
def trixie_engine(engine: Engine) -> Iterator[Engine]:
    """Docker 26 of Debian 13 with images in containerd's store, and ``busybox`` in it."""
    tree = trixie_tree(settings.cache() / "engines" / "trixie")
    with (
        tempfile.TemporaryDirectory(prefix="containerlab-trixie-") as folder,
        started_trixie(tree, Path(folder)) as client,
    ):
        give_busybox(engine, client)
        yield client


@pytest.fixture(scope="session")
def podman_engine(engine: Engine) -> Iterator[Engine]:
    """Podman's service with storage of its own, and ``busybox`` in it."""
    with tempfile.TemporaryDirectory(prefix="containerlab-podman-") as folder, started_podman(Path(folder)) as client:
        give_busybox(engine, client)
        yield client


def give_busybox(giver: Engine, taker: Engine) -> None:
    with tempfile.TemporaryFile() as archive:
        for piece in giver.save("busybox"):
            archive.write(piece)
        archive.seek(0)
        taker.load(archive)


# -- Debian 13 -----------------------------------------------------------------------------------------------------


def trixie_tree(tree: Path) -> Path:
    """Debian 13 with its engine, made once by mmdebstrap; whole or not there at all."""
    tree.parent.mkdir(parents=True, exist_ok=True)
    with (tree.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if tree.exists():
            return tree
        half = Path(tempfile.mkdtemp(prefix="half-", dir=tree.parent))
        try:
            options = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
            packages = "docker.io,iptables,ca-certificates,mount"
            run = subprocess.run(
                [
                    "mmdebstrap",
                    "--quiet",
                    "--variant=apt",
                    '--aptopt=APT::Install-Recommends "false"',
                    *options,
                    f"--include={packages}",
                    "trixie",
                    str(half),
                ],
                capture_output=True,
                text=True,
            )
            assert run.returncode == 0, run.stderr[-2000:]
            half.chmod(0o755)
            half.rename(tree)
        finally:
            remove_tree(half)
    return tree


def remove_tree(tree: Path) -> None:
    """Removes a tree that mounts may be left in: never through a mount."""
    inside = str(tree) + "/"
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((one for one in mounts if one.startswith(inside)), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=True)
    if tree.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", str(tree)], check=True)


# In a mount namespace of its own, so that all mounts go with the process; a chroot does not do, since runc needs a root
# that is a mount. In a network namespace of its own, since two engines in one break each other's iptables chains. The
# tree stays as it is: what is written goes to a layer on top.
_INSIDE = """
set -e
mount --make-rprivate /
mkdir -p "$WORK/layer" "$WORK/root" "$WORK/data" "$WORK/socket"
mount -t tmpfs layer "$WORK/layer"
mkdir "$WORK/layer/upper" "$WORK/layer/work"
mount -t overlay overlay -o "lowerdir=$TREE,upperdir=$WORK/layer/upper,workdir=$WORK/layer/work" "$WORK/root"
cd "$WORK/root"
for each in proc sys dev; do mount --rbind "/$each" "$each"; done
mkdir -p old var/lib/docker run/engine
mount --bind "$WORK/data" var/lib/docker
mount --bind "$WORK/socket" run/engine
echo '{"features": {"containerd-snapshotter": true}}' > etc/engine.json
ip link set lo up
pivot_root . old
cd /
umount --lazy /old
exec dockerd --config-file /etc/engine.json --data-root /var/lib/docker --exec-root /run/docker \
    --pidfile /run/docker.pid --host unix:///run/engine/docker.sock
"""


@contextmanager
def started_trixie(tree: Path, work: Path) -> Iterator[Engine]:
    with (work / "log").open("w") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "unshare", "--mount", "--net", "sh", "-c", _INSIDE],
            env={**os.environ, "TREE": str(tree), "WORK": str(work)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield answering(f"unix://{work}/socket/docker.sock", process, work / "log")
        finally:
            end(process)


# -- Podman --------------------------------------------------------------------------------------------------------


@contextmanager
def started_podman(work: Path) -> Iterator[Engine]:
    # Podman raises its containers' limits to the kernel's own, which a root without CAP_SYS_RESOURCE may not.
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 4096)
    processes = min(resource.getrlimit(resource.RLIMIT_NPROC)[1] & 0x7FFFFFFF, 4096)
    config = work / "containers.conf"
    config.write_text(
        f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]\n'
        '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    )
    with (work / "log").open("w") as log:
        process = subprocess.Popen(
            [
                "setpriv",
                "--pdeathsig",
                "TERM",
                "podman",
                "--root",
                str(work / "root"),
                "--runroot",
                str(work / "run"),
                "system",
                "service",
                "--time=0",
                f"unix://{work}/podman.sock",
            ],
            env={**os.environ, "CONTAINERS_CONF": str(config)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield answering(f"unix://{work}/podman.sock", process, work / "log")
        finally:
            end(process)
            for mount in (work / "root" / "overlay", work / "root"):
                subprocess.run(["umount", "--lazy", str(mount)], capture_output=True)


# -- processes -----------------------------------------------------------------------------------------------------


def answering(address: str, process: subprocess.Popen[bytes], log: Path) -> Engine:
    client = Engine(address)
    until(lambda: process.poll() is not None or answers(client), f"an engine at {address}")
    assert process.poll() is None, log.read_text()[-2000:]
    return client


def answers(client: Engine) -> bool:
    with suppress(LabError):
        client.ping()
        return True
    return False


def until(condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
    end_of_patience = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end_of_patience:
            raise AssertionError(f"waited {limit:g} s for {what}")
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT)


if __name__ == "__main__":  # makes the tree beforehand: other_engines.py FOLDER
    print(trixie_tree(Path(sys.argv[1])), shutil.disk_usage(sys.argv[1]).used)

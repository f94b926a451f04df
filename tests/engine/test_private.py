"""The private engine: promises 12 and 20, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from containerlab.engine import network
from containerlab.engine import processes as ps
from containerlab.engine.client import Engine
from containerlab.engine.find import find
from containerlab.engine.private import LONGEST_SOCKET, PrivateEngine
from containerlab.errors import EngineGone

START = "import sys; from pathlib import Path; from containerlab.engine.private import PrivateEngine; "


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateEngine]:
    """An engine of this module's own, in a home deeper than a socket's name may be: it is stopped and killed here."""
    deep = tmp_path_factory.mktemp("a-home") / ("deep-" * 12) / ("deeper-" * 8)
    engine = PrivateEngine(deep)
    yield engine
    engine.remove()


def in_another_process(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + code, str(home)], capture_output=True, text=True, timeout=120, check=True
    )


def dockerds(engine: PrivateEngine) -> list[int]:
    return [pid for pid, line in ps.naming(str(engine.socket)) if "dockerd" in line.split(" ", 1)[0]]


def test_the_socket_is_ours_alone_and_there_is_no_tcp_port(engine: Engine, private: PrivateEngine) -> None:
    mode = private.socket.stat()
    assert stat.S_ISSOCK(mode.st_mode)
    assert stat.S_IMODE(mode.st_mode) == 0o600
    assert mode.st_uid == os.getuid()
    assert stat.S_IMODE(private.run.stat().st_mode) & 0o077 == 0
    assert len(str(private.socket)) <= LONGEST_SOCKET
    assert listening(private.status().pid) == []


def listening(pid: int) -> list[str]:
    """TCP sockets in state LISTEN (0A in /proc/net/tcp) that the process holds."""
    links = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()]
    held = {link[8:-1] for link in links if link.startswith("socket:[")}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in held]


def test_it_outlives_who_started_it_and_is_found_again(second: PrivateEngine) -> None:
    # Two processes start it at the same time, and end: one dockerd, in a session without them.
    code = "engine = PrivateEngine(Path(sys.argv[1])); engine.start(); print(engine.status().pid)"
    both = [
        subprocess.Popen([sys.executable, "-c", START + code, str(second.home)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    pids = {process.communicate(timeout=120)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert pids == {str(second.status().pid)}
    assert dockerds(second) == [second.status().pid]
    assert os.getsid(second.status().pid) not in {os.getsid(0), *(process.pid for process in both)}

    found = find("private", home=second.home)
    assert found.address == second.address
    assert found.info().kind == "private"
    assert second.status().state == "running"
    assert dockerds(second) == [second.status().pid]


def test_it_has_a_bridge_and_a_subnet_of_its_own(second: PrivateEngine, private: PrivateEngine) -> None:
    second.start()
    mine, other = (network.Network(one.status().subnet) for one in (second, private))
    assert not mine.overlaps(other)
    assert second.bridge != private.bridge
    assert network.has_bridge(second.bridge)
    assert network.free_subnet(taken=[*network.in_use(), mine]).overlaps(mine) is False


def test_one_that_was_killed_is_recognised_and_started_again(second: PrivateEngine) -> None:
    client = second.start()
    client.ping()
    before = second.status()
    os.kill(before.pid, signal.SIGKILL)
    assert ps.until(lambda: second.status().state == "dead", 60)
    with pytest.raises(EngineGone, match="does not answer"):
        client.images()

    again = second.start()
    again.ping()
    assert second.status().pid != before.pid
    assert second.status().subnet == before.subnet
    assert client.images() == []  # the same client goes on when the engine is back
    client.close()


def test_stopped_it_leaves_no_process_bridge_rule_or_mount(second: PrivateEngine) -> None:
    client = second.start()
    with client.asking():
        made = client.api.create_network("left-behind")["Id"]
    client.close()
    assert network.has_bridge(f"br-{made[:12]}")

    in_another_process(second.home, "assert PrivateEngine(Path(sys.argv[1])).stop()")

    assert second.status().state == "stopped"
    assert list(ps.naming(f"{second.run}/")) == []
    assert not network.has_bridge(second.bridge)
    assert not network.has_bridge(f"br-{made[:12]}")
    rules = ps.run(["iptables", "-w", "-S"]).stdout + ps.run(["iptables", "-w", "-t", "nat", "-S"]).stdout
    assert second.bridge not in rules
    assert not second.run.exists()
    assert second.stop() is False


def test_its_log_has_a_limit(second: PrivateEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    second.start()
    monkeypatch.setattr("containerlab.engine.private.LOG_LIMIT", 20)
    second.start()
    assert second.log.stat().st_size <= 20 or not second.log.read_text()
    assert second.log.with_suffix(".log.1").exists()


def test_another_subnet_makes_the_networks_anew(tmp_path: Path, engine: Engine) -> None:
    """dockerd remembers its bridge's old addresses; a container must get one that leads somewhere."""
    private = PrivateEngine(tmp_path / "home")
    client = private.start()
    first = private.status().subnet
    client.close()
    private.stop()
    taken = f"{network.Network(first)[1]}/{network.Network(first).prefixlen}"
    ps.run(["ip", "link", "add", "clabtaken0", "type", "bridge"], root=True)
    try:
        ps.run(["ip", "addr", "add", taken, "dev", "clabtaken0"], root=True)
        ps.run(["ip", "link", "set", "clabtaken0", "up"], root=True)
        client = private.start()
        second = private.status().subnet
        assert second != first
        (bridge,) = client.api.networks(names=["bridge"])
        assert network.Network(bridge["IPAM"]["Config"][0]["Subnet"]).subnet_of(network.Network(second))
        client.close()
    finally:
        private.remove()
        ps.run(["ip", "link", "del", "clabtaken0"], root=True)

"""A bridge and a subnet of our own: two dockerds on one bridge cut off each other's containers."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from containerlab.engine.processes import run, which
from containerlab.errors import SetupError

Network = ipaddress.IPv4Network


def candidates() -> Iterator[Network]:
    """Private subnets in the order in which we try them; the usual ones of routers and of Docker come last."""
    for second in range(213, 255):
        yield Network(f"10.{second}.0.0/16")
    for second in range(31, 19, -1):
        yield Network(f"172.{second}.0.0/16")
    for third in range(254, 1, -1):
        yield Network(f"192.168.{third}.0/24")


def in_use() -> list[Network]:
    """Every IPv4 network that this machine has an address in or a route to (the default route aside)."""
    found: list[Network] = []
    for entry in _json(["ip", "-j", "-4", "addr"]):
        found += [
            Network(f"{address['local']}/{address['prefixlen']}", strict=False)
            for address in entry.get("addr_info", ())
            if "local" in address
        ]
    for route in _json(["ip", "-j", "-4", "route", "show", "table", "all"]):
        with contextlib.suppress(ValueError):
            network = Network(route.get("dst", "default"), strict=False)
            if network.prefixlen > 0:
                found.append(network)
    return found


def free_subnet(wanted: str = "", taken: Iterable[Network] | None = None) -> Network:
    """The ``wanted`` subnet if it is free, else the first free one."""
    used = list(in_use() if taken is None else taken)
    first = [Network(wanted)] if wanted else []
    for network in [*first, *candidates()]:
        if not any(network.overlaps(other) for other in used):
            return network
    raise SetupError(
        "No private subnet is free on this machine (10.x, 172.x and 192.168.x are all routed).",
        "Leave the VPN for the moment, or use an engine that you have: CONTAINERLAB_ENGINE=docker",
    )


def halves(network: Network) -> tuple[Network, Network]:
    """The bridge's part, and the part from which networks that students make get their subnets."""
    low, high = network.subnets(prefixlen_diff=1)
    return low, high


def make_bridge(name: str, network: Network) -> None:
    """A bridge with the first address of the network's lower half; SetupError says why it cannot be had."""
    low, _ = halves(network)
    gateway = f"{next(low.hosts())}/{low.prefixlen}"
    for command in (
        ["ip", "link", "add", "name", name, "type", "bridge"],
        ["ip", "addr", "add", gateway, "dev", name],
        ["ip", "link", "set", name, "up"],
    ):
        answer = run(command, root=True)
        if answer.returncode != 0:
            remove_bridge(name)
            raise SetupError(
                f"A network bridge for the engine cannot be made ({' '.join(command)}: {answer.stderr.strip()}).",
                "Where the course runs in a container, that container needs --cap-add NET_ADMIN; "
                "else use an engine that you have: CONTAINERLAB_ENGINE=docker",
            )


def has_bridge(name: str) -> bool:
    return run(["ip", "link", "show", name]).returncode == 0


def remove_bridge(name: str) -> None:
    """Removes the interface, if it is there."""
    run(["ip", "link", "del", name], root=True)


def check_iptables() -> None:
    """SetupError if iptables is missing or may not change the nat and filter tables, with the reason."""
    if which("iptables") is None:
        raise SetupError("The engine needs iptables, which is not installed.", "sudo apt-get install iptables")
    for table, chain in (("nat", "POSTROUTING"), ("filter", "FORWARD")):
        answer = run(["iptables", "--wait", "-t", table, "-S", chain], root=True)
        if answer.returncode != 0:
            raise SetupError(
                f"iptables cannot use the {table} table here: {answer.stderr.strip()}",
                "Where the course runs in a container, that container needs --cap-add NET_ADMIN; "
                "else use an engine that you have: CONTAINERLAB_ENGINE=docker",
            )


def remove_rules(bridges: Iterable[str], network: str) -> None:
    """Removes iptables rules that name one of the bridges or a subnet of ``network``: dockerd leaves them behind."""
    names = {re.escape(name) for name in bridges}
    ours = Network(network)
    for table in ("nat", "filter"):
        for rule in run(["iptables", "--wait", "-t", table, "-S"], root=True).stdout.splitlines():
            words = rule.split()
            if words[:1] != ["-A"]:
                continue
            if any(re.fullmatch(name, word) for name in names for word in words) or _inside(words, ours):
                run(["iptables", "--wait", "-t", table, "-D", *words[1:]], root=True)


def _inside(words: list[str], network: Network) -> bool:
    for flag, value in pairwise(words):
        if flag in {"-s", "-d"}:
            with contextlib.suppress(ValueError):
                if Network(value, strict=False).subnet_of(network):
                    return True
    return False


def _json(command: list[str]) -> list[dict[str, Any]]:
    answer = run(command)
    if answer.returncode != 0:
        raise SetupError(
            f"This machine's networks cannot be listed: {answer.stderr.strip()}", "sudo apt-get install iproute2"
        )
    found: list[dict[str, Any]] = json.loads(answer.stdout or "[]")
    return found

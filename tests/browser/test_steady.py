"""The browser's wrapper refuses what it says, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TRY = "import socket, sys; socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_DGRAM).close()"


@pytest.mark.parametrize(("family", "allowed"), [("AF_NETLINK", False), ("AF_INET", True), ("AF_UNIX", True)])
def test_only_netlink_is_refused(family: str, allowed: bool) -> None:
    command = [sys.executable, str(Path(__file__).with_name("steady.py")), sys.executable, "-c", TRY, family]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode == 0) is allowed, ran.stderr
    assert ("PermissionError" in ran.stderr) is not allowed

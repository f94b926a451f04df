"""Where JupyterLab listens, with what token, and whose process it is."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from containerlab.command import jupyter
from containerlab.errors import CommandError, PortTaken


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONTAINERLAB_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("ip", ["0.0.0.0", "::", "192.0.2.7"])
def test_an_address_that_others_reach_without_a_token_is_refused(ip: str) -> None:
    with pytest.raises(CommandError, match="without a token"):
        jupyter.check_address(ip, "")
    jupyter.check_address(ip, None)  # the allowed twin: a random token is made
    jupyter.check_address(ip, "secret")


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "localhost"])
def test_loopback_may_go_without(ip: str) -> None:
    jupyter.check_address(ip, "")


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(CommandError, match="'everywhere' is no address"):
        jupyter.check_address("everywhere", None)


def test_a_wanted_port_that_is_taken_names_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} is in use by .*pid {os.getpid()}"):
            jupyter.choose_port("127.0.0.1", port)
    assert jupyter.choose_port("127.0.0.1", port) == port


def test_without_a_wish_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(jupyter, "FIRST_PORT", port)
        assert port < jupyter.choose_port("127.0.0.1", None) < port + 50


def lab(pid: int, started: float) -> jupyter.Lab:
    return jupyter.Lab(pid, started, "127.0.0.1", 9, "secret", "an engine")


def test_a_pid_that_another_process_has_now_is_not_ours(home: Path) -> None:
    """Ours would be ended by ``down``: this test's own process stands for the stranger."""
    jupyter._keep(lab(os.getpid(), 1.0))
    assert jupyter.found() is None
    assert jupyter.stop() is False
    assert not (home / "lab.json").exists()


def test_state_is_for_its_owner_alone_and_found_again(home: Path) -> None:
    running = lab(os.getpid(), jupyter.started_at(os.getpid()))
    jupyter._keep(running)
    assert stat.S_IMODE((home / "lab.json").stat().st_mode) == 0o600
    assert jupyter.found() == running


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"pid": 1})])
def test_a_broken_state_is_no_lab(home: Path, text: str) -> None:
    (home / "lab.json").write_text(text)
    assert jupyter.found() is None


def test_the_token_is_not_on_the_command_line() -> None:
    assert "secret" not in " ".join(jupyter._command("127.0.0.1", 8888, "secret"))
    assert jupyter._environment(jupyter.settings.home(), "secret", {})["JUPYTER_TOKEN"] == "secret"

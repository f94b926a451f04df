"""Which engine is chosen, and one clear message for each way in which there is none (promises 8, 17, 18)."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from containerlab import errors, settings
from containerlab.engine import find as finding
from containerlab.engine import wire
from containerlab.engine.client import Engine
from containerlab.engine.find import find
from containerlab.engine.private import PrivateEngine


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user without an engine, a context or a setting of their own."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINERLAB_ENGINE", "CONTAINERLAB_REMOTE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("CONTAINERLAB_HOME", str(tmp_path / "home"))
    # Another engine may run on the machine that tests this.
    monkeypatch.setattr(finding, "places", list)


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[str]:
    """The address of something that accepts every call and never answers."""
    path = tmp_path / "silent.sock"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        listener.bind(str(path))
        listener.listen(8)
        yield f"unix://{path}"


def test_the_named_one_is_used(engine: Engine) -> None:
    found = find(engine.address)
    assert found.info().version == engine.info().version
    assert found.info().kind == "docker"  # by its address alone nobody knows that it is ours


def test_the_private_one_that_runs_is_found_before_one_is_started(
    engine: Engine, private: PrivateEngine, bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(home=private.home).address == private.address
    assert [one.address for one in finding.answering(private.home)] == [private.address]
    monkeypatch.setenv("CONTAINERLAB_ENGINE", "private")
    assert find(home=private.home).info().kind == "private"


def test_a_context_of_the_docker_command_comes_first(
    engine: Engine, bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    meta = tmp_path / "docker" / "contexts" / "meta" / "0a1b"
    meta.mkdir(parents=True)
    (tmp_path / "docker" / "config.json").write_text('{"currentContext": "mine"}')
    (meta / "meta.json").write_text(json.dumps({"Name": "mine", "Endpoints": {"docker": {"Host": engine.address}}}))
    assert finding.current_context() == engine.address
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    assert finding.current_context() == "unix:///elsewhere.sock"


@pytest.mark.parametrize("address", ["ssh://somebody@example.org", "tcp://192.0.2.77:2376"])
def test_a_remote_engine_needs_consent_and_is_not_even_called(
    bare: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    asked: list[str] = []
    for choice in ("", "docker", address):
        with pytest.raises(errors.ConsentNeeded, match="another machine; nothing was changed") as caught:
            find(choice, consent=lambda named: bool(asked.append(named)))
        assert address in str(caught.value)
    assert asked == [address] * 3


def test_no_engine_tells_the_next_step(bare: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding.ps, "which", lambda program: "/usr/bin/apt-get" if program == "apt-get" else None)
    with pytest.raises(errors.EngineNotFound, match="No container engine answers") as caught:
        find()
    assert "./lab up" in caught.value.next
    with pytest.raises(errors.EngineNotFound, match="Podman was asked for"):
        find("podman")
    with pytest.raises(errors.SetupError, match="not installed"):
        find("private")
    with pytest.raises(errors.EngineNotFound, match="No engine answers at unix:///no/such"):
        find("unix:///no/such.sock")


@pytest.mark.parametrize(
    "address", ["nonsense", "unix://", "http//x", "tcp://:22", "tcp://host:port", "ftp://x", "ssh://"]
)
def test_a_wrong_address(bare: None, address: str) -> None:
    with pytest.raises(errors.WrongAddress, match="not the address of an engine") as caught:
        find(address)
    assert "unix:///var/run/docker.sock" in caught.value.next


def test_one_that_is_no_engine(tmp_path: Path, bare: None) -> None:
    path = tmp_path / "web.sock"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        listener.bind(str(path))
        listener.listen(8)

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(errors.WrongAddress, match="is not an engine"):
            find(f"unix://{path}")
        server.join(60)


def test_a_silent_engine_is_named_by_its_deadline(silent: str) -> None:
    with pytest.raises(errors.EngineSilent, match=r"no answer in 0\.2 s") as caught:
        Engine(silent).ping(timeout=0.2)
    assert "lab down" in caught.value.next


def test_one_that_falls_silent_or_goes_in_a_lesson(engine: Engine, silent: str, tmp_path: Path) -> None:
    # The same client whose engine stops answering: docker-py's own errors, translated.
    client = Engine(engine.address, deadline=1)
    assert client.images()
    moved = Engine(engine.address, deadline=1)
    moved._info, moved._raw_info = client._info, client._raw_info
    moved.address = silent
    with pytest.raises(errors.EngineSilent, match="no answer in 1 s"):
        moved.images()
    gone = Engine(engine.address)
    gone._info, gone._raw_info = client._info, client._raw_info
    gone.address = f"unix://{tmp_path}/gone.sock"
    with pytest.raises(errors.EngineGone, match="does not answer") as caught:
        gone.images()
    assert caught.value.next
    for one in (client, moved, gone):
        one.close()


def test_an_api_too_old_or_too_new() -> None:
    from containerlab.engine.client import _common_version

    assert _common_version({"ApiVersion": "1.41", "MinAPIVersion": "1.12"}, "") == "1.41"
    assert _common_version({"ApiVersion": "1.55", "MinAPIVersion": "1.44"}, "") == "1.44"
    for version in ({"ApiVersion": "1.39", "MinAPIVersion": "1.12"}, {"ApiVersion": "1.70", "MinAPIVersion": "1.60"}):
        with pytest.raises(errors.EngineUnsupported, match=r"the course speaks 1\.41 to 1\.51"):
            _common_version(version, "unix:///x")


def test_settings_are_read_when_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONTAINERLAB_HOME", str(tmp_path))
    monkeypatch.delenv("CONTAINERLAB_CACHE", raising=False)
    assert (settings.home(), settings.cache()) == (tmp_path, tmp_path / "cache")
    monkeypatch.setenv("CONTAINERLAB_CACHE", "~/c")
    assert settings.cache() == Path.home() / "c"
    assert wire.is_remote("tcp://127.0.0.1:2375") is False

"""An answer that ends in the middle of a build: real bytes of an engine, over a socket that then hangs up."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from containerlab.build.context import Context
from containerlab.engine.builds import build
from containerlab.engine.client import Engine
from containerlab.errors import EngineGone
from containerlab.model import EngineInfo

RECORDINGS = Path(__file__).parents[2] / "recordings"


def info(address: str) -> EngineInfo:
    return EngineInfo(
        "docker", address, "", "20.10.24", "1.41", "linux", "amd64", "", "overlay2", False, ("buildkit", "classic")
    )


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_it_is_no_success(tmp_path: Path, builder: str) -> None:
    """Promises 14, 16 and 17."""
    said = (RECORDINGS / "engine-20.10" / f"{builder}-plain.jsonl").read_bytes()
    address = tmp_path / "s"
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(address))
    server.listen()

    def hang_up() -> None:
        client, _ = server.accept()
        asked = b""
        while not asked.endswith(bytes(1024)):  # the end of the context
            asked += client.recv(1 << 16)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + said[: len(said) // 2])
        server.close()
        client.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    engine = Engine(f"unix://{address}")
    engine._info = info(engine.address)
    text = (RECORDINGS / "dockerfiles" / "plain").read_text("utf-8")
    events = []
    with pytest.raises(EngineGone):
        build(engine, Context(None, text), builder=builder, on_event=events.append)  # type: ignore[arg-type]
    thread.join()
    assert any(event.kind == "step" for event in events)
    assert not any(event.kind == "done" and not event.step for event in events)

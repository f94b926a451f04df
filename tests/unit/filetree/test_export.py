"""The bare socket under an engine's export: whole, cut, refused, silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from containerlab.engine.layers import export
from containerlab.engine.layers.archive import from_contents
from containerlab.engine.layers.members import read_stream
from containerlab.errors import EngineGone, EngineSilent, ImageNotFound, LabError
from tests.unit.filetree import images

OK = b"HTTP/1.0 200 OK\r\nContent-Type: application/x-tar\r\n\r\n"
LAYERS = [images.tar([("large", bytes(3_000_000)), ("after", b"x")]), images.tar([("b/c", b"y" * 700)])]
Speaks = Callable[[bytes], str]


@pytest.fixture
def speaks(tmp_path: Path) -> Iterator[Speaks]:
    """``speaks(raw)``: the address of a socket that takes one request, says ``raw``, and hangs up."""
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(raw: bytes) -> str:
        path = str(tmp_path / f"{len(opened)}.sock")
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen(1)
        opened.append(server)

        def answer() -> None:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                try:
                    client.sendall(raw)
                    if not raw:
                        client.recv(1)  # silent until the other side hangs up
                except OSError:
                    pass

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return f"unix://{path}"

    yield start
    for thread in threads:
        thread.join(30)
    for server in opened:
        server.close()


def read(address: str) -> list[object]:
    with export._answer(address, "/images/made/get", "made:here") as window:
        return [images.rows(files) for files in from_contents(read_stream(window)).layers]


def test_a_whole_export_is_the_archive(speaks: Speaks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = images.docker_archive(tmp_path / "a.tar", LAYERS).read_bytes()
    expected = [images.rows(images.read(layer, tmp_path)) for layer in LAYERS]
    assert read(speaks(OK + raw)) == expected
    monkeypatch.delattr("os.splice")  # as on macOS
    assert read(speaks(OK + raw)) == expected


@pytest.mark.parametrize("kept", [0, 100, 5_000, 2_000_000, 3_001_000, -900])
def test_an_export_that_breaks_off_is_never_taken_for_whole(kept: int, speaks: Speaks, tmp_path: Path) -> None:
    raw = images.docker_archive(tmp_path / "a.tar", LAYERS).read_bytes()
    stop = raw.rindex(b"RepoTags") if kept < 0 else kept
    with pytest.raises(LabError):
        read(speaks(OK + raw[:stop]))


def test_what_the_engine_says_instead(speaks: Speaks, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"message":"No such image: made:here"}'
    with pytest.raises(ImageNotFound):
        read(speaks(b"HTTP/1.0 404 Not Found\r\n\r\n" + body))
    with pytest.raises(EngineGone):
        read(speaks(b"HTTP/1."))
    with pytest.raises(EngineGone):
        read("unix:///nowhere/at/all.sock")
    monkeypatch.setattr(export, "SILENCE", 0.2)
    with pytest.raises(EngineSilent):
        read(speaks(b""))

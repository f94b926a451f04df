"""Records what an engine answers to the builds below: the data of the unit tests.

    python tests/recordings/record.py unix:///var/run/docker.sock debian12 buildkit classic

The engine needs an image ``busybox``. Each answer is kept byte for byte but for addresses of this machine.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from containerlab.build.context import Context

HERE = Path(__file__).parent
DOCKERFILES = HERE / "dockerfiles"
_ADDRESS = re.compile(rb"10\.255\.255\.\d\d|192\.168\.\d\d\d\.\d{1,2}")


class Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def post(address: str, path: str, body: bytes) -> bytes:
    connection = Connection(address.removeprefix("unix://"))
    connection.request("POST", path, body, {"Content-Type": "application/x-tar"})
    return connection.getresponse().read()


def scrubbed(answer: bytes) -> bytes:
    """Without this machine's addresses; of the same length, since the trace's strings are counted."""
    lines = []
    for line in answer.split(b"\n"):
        message = json.loads(line) if line.strip() else {}
        if message.get("id") == "moby.buildkit.trace" and message.get("aux"):
            plain = base64.b64decode(message["aux"])
            if _ADDRESS.search(plain):
                message["aux"] = base64.b64encode(_ADDRESS.sub(_documentation, plain)).decode()
                line = json.dumps(message).encode()
        lines.append(_ADDRESS.sub(_documentation, line))
    return b"\n".join(lines)


def _documentation(match: re.Match[bytes]) -> bytes:
    return b"198.51.100.53"[: len(match[0])].ljust(len(match[0]), b"0")


def main(address: str, engine: str, *builders: str) -> None:
    into = HERE / engine
    into.mkdir(exist_ok=True)
    version = {"buildkit": {"version": "2"}, "classic": {"version": "1"}, "podman": {}}
    for builder in builders:
        for dockerfile in sorted(DOCKERFILES.iterdir()):
            record(address, into, builder, version[builder], dockerfile, _keep)


def record(
    address: str, into: Path, builder: str, query: dict[str, str], dockerfile: Path, keep: Callable[[Path, bytes], None]
) -> None:
    name = dockerfile.name
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.txt").write_text("hello\n")
        body = Context(folder, dockerfile.read_text("utf-8"), everything=True).tar()
    asked = {"rm": "1", "forcerm": "1", "t": f"recording:{name}", **query}
    keep(into / f"{builder}-{name}.jsonl", post(address, f"/v1.41/build?nocache=1&{urlencode(asked)}", body))
    if name == "plain":
        post(address, f"/v1.41/build?{urlencode(asked)}", body)
        keep(into / f"{builder}-again.jsonl", post(address, f"/v1.41/build?{urlencode(asked)}", body))
        del asked["t"]
        keep(into / f"{builder}-unnamed.jsonl", post(address, f"/v1.41/build?{urlencode(asked)}", body))


def _keep(path: Path, answer: bytes) -> None:
    path.write_bytes(scrubbed(answer))
    print(path.name, len(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Where rows are measured: an engine of the bench's own, a folder for files, the docker command and a raw socket."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from containerlab import settings
from containerlab.command.jupyter import CHECKOUT
from containerlab.engine.cli import program
from containerlab.engine.client import Engine


@dataclass(frozen=True, slots=True)
class Place:
    engine: Engine
    folder: Path

    def docker(self, *words: str, **environment: str) -> float:
        """Seconds that the docker command takes, from its start to its end."""
        env = {**os.environ, **environment}
        start = time.perf_counter()
        subprocess.run(
            [program(), "-H", self.engine.address, *words],
            check=True,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - start

    def python(self, code: str) -> float:
        """What the code prints last, in a new process: a cost that it measured itself."""
        answer = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        return float(answer.stdout.split()[-1])

    def raw(self) -> RawConnection:
        return RawConnection(self.engine.address.removeprefix("unix://"))


class RawConnection(http.client.HTTPConnection):
    """HTTP over the engine's socket and nothing else: the floor under every client."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=600)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        self.request(method, f"/v1.41{path}", body, {"Content-Type": kind})
        answer = self.getresponse()
        said = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:300].decode(errors='replace')}")
        return said


@contextmanager
def made() -> Iterator[Place]:
    """An engine in a home of its own, the cache shared; all of it is gone afterwards."""
    from containerlab.engine import bases, packages
    from containerlab.engine.private import PrivateEngine

    cache = settings.cache()
    (CHECKOUT / "build").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="engine-bench-", dir=CHECKOUT / "build", ignore_cleanup_errors=True) as folder:
        os.environ |= {
            "CONTAINERLAB_HOME": folder,
            "CONTAINERLAB_CACHE": str(cache),
            "CONTAINERLAB_ENGINE": "private",
        }
        packages.install()
        private = PrivateEngine(Path(folder))
        try:
            engine = private.start()
            bases.ensure(engine)
            files = Path(folder) / "files"
            files.mkdir()
            yield Place(engine, files)
        finally:
            private.remove()

"""Row 9: a container that does nothing: made, started, waited for, removed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place


@contextmanager
def jobs(place: Place) -> Iterator[list[Job]]:
    engine, connection = place.engine, place.raw()

    def ours() -> float:
        start = time.perf_counter()
        made = engine.create("busybox", ["true"], limits=False)
        engine.start(made)
        assert engine.wait(made) == 0
        engine.remove(made)
        return time.perf_counter() - start

    def command() -> float:
        return place.docker("run", "--rm", "busybox", "true")

    def raw() -> float:
        start = time.perf_counter()
        body = json.dumps({"Image": "busybox", "Cmd": ["true"]}).encode()
        made = json.loads(connection.ask("POST", "/containers/create", body))["Id"]
        connection.ask("POST", f"/containers/{made}/start")
        connection.ask("POST", f"/containers/{made}/wait")
        connection.ask("DELETE", f"/containers/{made}?v=1")
        return time.perf_counter() - start

    try:
        yield [
            Job("9.cli", "run and remove a container", "docker run --rm", 1.0, ours, command),
            Job("9.raw", "run and remove a container", "raw API", 1.03, ours, raw),
        ]
    finally:
        connection.close()

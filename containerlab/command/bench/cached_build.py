"""Row 8: a build that finds every step in the cache. Classic on all sides: it is what all three can speak."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from containerlab.build.context import Context
from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place
from containerlab.engine import builds

SIZES = (10, 100)


@contextmanager
def jobs(place: Place) -> Iterator[list[Job]]:
    found: list[Job] = []
    for steps in SIZES:
        found += _jobs(place, steps)
    yield found


def _jobs(place: Place, steps: int) -> list[Job]:
    folder = place.folder / f"steps{steps}"
    folder.mkdir()
    (folder / "app.txt").write_text("hello\n")
    lines = ["FROM busybox", "COPY app.txt /", *(f"ENV STEP_{number}=1" for number in range(steps - 2))]
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
    tar = Context(folder).tar()
    tag = f"bench:steps{steps}"

    def ours() -> float:
        start = time.perf_counter()
        build = builds.build(place.engine, Context(folder), tag=tag, builder="classic")
        assert build.state == "done" and len(build.steps) == steps
        return time.perf_counter() - start

    def command() -> float:
        return place.docker("build", "-q", "-t", tag, str(folder), DOCKER_BUILDKIT="0")

    def raw() -> float:
        start = time.perf_counter()
        connection = place.raw()
        said = connection.ask("POST", f"/build?t={quote(tag)}&rm=1&version=1", tar, "application/x-tar")
        connection.close()
        assert b"Successfully built" in said
        return time.perf_counter() - start

    job = f"cached build, {steps} steps"
    return [
        Job(f"8.cli.{steps}", job, "docker build", 0.85, ours, command),
        Job(f"8.raw.{steps}", job, "raw API", 1.05, ours, raw),
    ]

"""Row 11: a build's context: one that is used whole, and a big folder of which one file is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from containerlab.build.context import Context
from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place
from containerlab.engine import builds

MIB = 1 << 20
# A process of its own: the memory that it ever had is the context's, above what the imports took.
_MEMORY = """
import resource, sys
from containerlab.build.context import Context
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for piece in Context({folder!r}).pieces():
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@contextmanager
def jobs(place: Place) -> Iterator[list[Job]]:
    whole, mostly = place.folder / "whole", place.folder / "mostly"
    _fill(whole, 100, "FROM busybox\nCOPY . /data\n")
    _fill(mostly, 489, "FROM busybox\nCOPY app.txt /\n")
    memory = _MEMORY.format(folder=str(whole))
    yield [
        Job("11.all", "cached build, context of 100 MB, all used", "docker build", 1.1, *_sides(place, whole)),
        Job("11.all.memory", "the same, memory", "20 MiB", 1.0, lambda: place.python(memory), limit=20 * MIB),
        Job("11.unused", "cached build, folder of 489 MB, one file used", "docker build", 0.02, *_sides(place, mostly)),
    ]


def _fill(folder: Path, megabytes: int, dockerfile: str) -> None:
    folder.mkdir()
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "app.txt").write_text("hello\n")
    for number in range(megabytes):
        (folder / f"data{number:03}.bin").write_bytes(os.urandom(1000) * 1000)


def _sides(place: Place, folder: Path) -> tuple:  # type: ignore[type-arg]
    tag = f"bench:{folder.name}"

    def ours() -> float:
        start = time.perf_counter()
        builds.build(place.engine, Context(folder), tag=tag, builder="classic")
        return time.perf_counter() - start

    return ours, lambda: place.docker("build", "-q", "-t", tag, str(folder), DOCKER_BUILDKIT="0")

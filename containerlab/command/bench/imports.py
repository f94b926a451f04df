"""Rows 10 and load_ext: what a notebook's first cell waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place

# A kernel has imported these before its first cell runs.
_KERNEL = "import ipykernel.kernelapp, time; start = time.perf_counter(); "
_IMPORT = _KERNEL + "import {}; print(time.perf_counter() - start)"
_LOAD = (
    "import ipykernel.kernelapp, time, sys\n"
    "from ipykernel.zmqshell import ZMQInteractiveShell\n"
    "from IPython.core.interactiveshell import InteractiveShell\n"
    "shell = InteractiveShell.instance()\n"
    "start = time.perf_counter()\n"
    "shell.run_line_magic('load_ext', 'containerlab')\n"
    "print(time.perf_counter() - start)\n"
)


@contextmanager
def import_jobs(place: Place) -> Iterator[list[Job]]:
    yield [
        Job(
            "10",
            "import containerlab in a kernel",
            "import docker",
            0.03,
            lambda: place.python(_IMPORT.format("containerlab")),
            lambda: place.python(_IMPORT.format("docker")),
        )
    ]


@contextmanager
def load_jobs(place: Place) -> Iterator[list[Job]]:
    yield [Job("load_ext", "%load_ext containerlab, engine up", "400 ms", 1.0, lambda: place.python(_LOAD), limit=0.4)]

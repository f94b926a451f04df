"""The rows that there are. A later room adds its own here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from containerlab.command.bench import cached_build, context, imports, layers, run, screen, stack
from containerlab.command.bench.job import Job
from containerlab.command.bench.place import Place

ROWS: dict[str, Callable[[Place], AbstractContextManager[list[Job]]]] = {
    "1-2": layers.archive_jobs,
    "3": layers.gzip_jobs,
    "4-6": layers.engine_jobs,
    "7": layers.picture_jobs,
    "8": cached_build.jobs,
    "9": run.jobs,
    "10": imports.import_jobs,
    "11": context.jobs,
    "14": screen.jobs,
    "load_ext": imports.load_jobs,
    "stack125": stack.jobs,
}

"""Runs the rows and tells the result: a table for people, JSON for programs."""

from __future__ import annotations

import difflib
import json
import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from containerlab.command.bench.job import Outcome, run
from containerlab.command.bench.place import Place, made
from containerlab.command.bench.rows import ROWS
from containerlab.command.screen import say, step
from containerlab.errors import CommandError


def bench(names: Sequence[str], runs: int, file: str | None) -> int:
    """0 whatever was measured: a benchmark informs. 1 where a row could not be measured; the others still are."""
    for name in names:
        if name not in ROWS:
            near = difflib.get_close_matches(name, ROWS, n=1, cutoff=0.3)
            raise CommandError(f"There is no row '{name}'.", f"Rows: {', '.join(near or ROWS)}")
    if runs < 1:
        raise CommandError("--runs is at least 1.", "5 or more give a median that can be trusted.")
    outcomes: list[Outcome] = []
    failed: list[str] = []
    with step("Starting an engine for the bench"):
        context = made()
        place = context.__enter__()
    try:
        about = machine(place)
        for name in names or ROWS:
            try:
                with step(f"Measuring row {name}"), ROWS[name](place) as jobs:
                    outcomes += [run(job, runs) for job in jobs]
            except Exception as error:  # whatever a browser, a compiler or an engine throws
                why = (str(error).splitlines() or [""])[0]
                say(f"  row {name} could not be measured: {type(error).__name__}: {why}")
                failed.append(name)
    finally:
        context.__exit__(None, None, None)
    say()
    say(table(outcomes, about))
    if file:
        Path(file).write_text(
            json.dumps({"machine": about, "rows": [one.as_row() for one in outcomes]}, indent=1) + "\n"
        )
    return 0


def machine(place: Place) -> dict[str, object]:
    return {
        "date": date.today().isoformat(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "engine": str(place.engine.info()),
    }


def table(outcomes: Sequence[Outcome], about: dict[str, object]) -> str:
    """Markdown, as docs/bench.md keeps it."""
    lines = ["| row | job | against | ratio | goal | met |", "|---|---|---|---|---|---|"]
    for one in outcomes:
        job = one.job
        met = "yes" if one.met else "no"
        lines.append(f"| {job.id} | {job.job} | {job.against} | {one.ratio:.3g} | {job.goal:g} | {met} |")
    return "\n".join([*lines, "", ", ".join(f"{key} {value}" for key, value in about.items())])

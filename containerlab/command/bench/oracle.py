"""``./lab bench oracle --edits N``: how often the cache oracle is right, on a real engine, for each builder."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from containerlab import settings
from containerlab.build.dockerfile import parse
from containerlab.build.oracle import BaseImage, Given, Memory, file_mark, predict, record
from containerlab.command.bench.oracle_trial import Result, Trial
from containerlab.engine.client import Engine
from containerlab.model import Build, BuildStep
from containerlab.model.engine import Builder

BUILDERS: tuple[Builder, ...] = ("buildkit", "classic")


def measure(engine: Engine, edits: int, seed: int, builders: Sequence[Builder] = BUILDERS) -> dict[str, Any]:
    """``edits`` are shared out to the builders; each wrong one is there whole."""
    results = [Trial(engine, builder, seed, _say).run(-(-edits // len(builders))) for builder in builders]
    return {
        "engine": str(engine.info()),
        "seed": seed,
        "edits": sum(one.edits for one in results),
        "asserted": sum(one.asserted for one in results),
        "right": sum(one.right for one in results),
        "unknown": sum(one.unknown for one in results),
        "wrong": [{"builder": one.builder, **wrong} for one in results for wrong in one.wrong],
        "unknown_share": round(_share(results), 4),
        "ms_for_50_steps": round(1000 * fifty_steps(), 2),
        "builders": {one.builder: _without_wrong(one) for one in results},
    }


def _share(results: Sequence[Result]) -> float:
    said = sum(one.asserted + one.unknown for one in results)
    return sum(one.unknown for one in results) / max(said, 1)


def _without_wrong(result: Result) -> dict[str, Any]:
    return {key: value for key, value in asdict(result).items() if key not in ("wrong", "builder", "seed")}


def fifty_steps(runs: int = 21) -> float:
    """Seconds that a prediction takes for a Dockerfile of 50 steps, its text read anew each time: the median."""
    lines = ["FROM base"]
    for number in range(7):
        lines += [f"ENV N{number}={number}", f"COPY app{number}/ /app{number}/", f"RUN make -C /app{number}"]
        lines += [f"WORKDIR /app{number}", f"ARG A{number}=1", f"LABEL l{number}=x", "RUN true"]
    text = "\n".join(lines)
    files = {f"app{one}/f{two}.py": file_mark(bytes([one, two])) for one in range(7) for two in range(20)}
    memory = Memory()
    bases = {"base": BaseImage("sha256:0", ("sha256:0",))}
    given = Given(parse(text), "buildkit", files, bases=bases)
    steps = tuple(BuildStep(at + 1, one.text, one.line, one.end_line, state="done") for at, one in _numbered(given))
    record(given, Build("", "buildkit", text, steps, "done"), memory)
    edited = {**files, "app6/f1.py": file_mark(b"edited")}
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        predict(Given(parse(text), "buildkit", edited, bases=bases), memory)
        taken.append(time.perf_counter() - started)
    return sorted(taken)[len(taken) // 2]


def _numbered(given: Given) -> list[tuple[int, Any]]:
    return list(enumerate(given.dockerfile.instructions))


def main(arguments: Any) -> int:
    """Exit status 1 where a step was foreseen wrongly."""
    from containerlab.engine import bases
    from containerlab.engine.private import PrivateEngine

    engine = PrivateEngine(settings.home()).start()
    bases.ensure(engine, ["busybox"])
    result = measure(engine, arguments.edits, arguments.seed)
    text = json.dumps(result, indent=2)
    if arguments.json:
        Path(arguments.json).write_text(text + "\n", "utf-8")
    print(text)
    return 1 if result["wrong"] else 0


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")

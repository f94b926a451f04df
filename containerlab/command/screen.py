"""What the command line shows: steps with their progress on a terminal, plain lines elsewhere. Nothing twice."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from containerlab.model.units import human_time

_CODES = {"good": "32", "bad": "31", "warn": "33", "dim": "2", "bold": "1"}


def coloured() -> bool:
    """Colours only where a person looks, and not where NO_COLOR is set (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, how: str) -> str:
    return f"\x1b[{_CODES[how]}m{text}\x1b[0m" if coloured() else text


def say(text: str = "") -> None:
    print(text, flush=True)


class Step:
    """A running step. Calling it tells what it does now; the shape is the engine room's progress function."""

    def __init__(self, title: str, live: Any = None, task: Any = None) -> None:
        self.title = title
        self.result = ""
        self.told = 0
        self._live, self._task, self._last = live, task, ""

    def __call__(self, text: str, fraction: float | None = None) -> None:
        if text != self._last:
            self.told += 1
        if self._live is not None:
            done = None if fraction is None else fraction * 100
            self._live.update(self._task, detail=text, total=None if fraction is None else 100, completed=done or 0)
        elif text != self._last:
            say(f"  {text}")
        self._last = text


@contextmanager
def step(title: str, quiet: bool = False) -> Iterator[Step]:
    """A step of some seconds or minutes. ``quiet``: no line at all where nothing was told and no result was set."""
    start = time.monotonic()
    if not coloured():
        running = Step(title)
        if not quiet:
            say(f"{title} ...")
        yield running
        if running.result or running.told:
            say(f"  {running.result or 'done'} ({human_time(time.monotonic() - start)})")
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=18),
        TextColumn("[dim]{task.fields[detail]}", table_column=None),
        TimeElapsedColumn(),
    )
    with Progress(*columns, transient=True) as live:
        running = Step(title, live, live.add_task(title, total=None, detail=""))
        yield running
    if running.result or running.told or not quiet:
        after = f" · {running.result}" if running.result else ""
        say(f"{paint('✓', 'good')} {title}{after} {paint(f'({human_time(time.monotonic() - start)})', 'dim')}")


def ask(question: str) -> bool:
    """Yes or no from a person; no where nobody can answer."""
    if not sys.stdin or not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}

"""What a cell shows: a value that its own cell has shown already is not shown twice."""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any:
    """The running IPython, None in a plain Python; IPython is not imported to find out."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs us: it can show widgets, and it takes text in place of input only if allowed."""
    return hasattr(shell(), "kernel")


def cell() -> int:
    """The number of the cell that is running; 0 outside IPython."""
    running = shell()
    return int(running.execution_count) if running else 0


def say(text: str) -> None:
    """One line to the cell, through ``sys.stdout``: that alone is kept by every notebook runner."""
    print(text, flush=True)


class ShownByItsCell:
    """A value whose cell has already shown it: silent as the value of that cell, shown as usual in any other."""

    _made_in: int = 0

    def _shown_now(self) -> None:
        self._made_in = cell()

    def _ipython_display_(self) -> None:
        if not self._made_in or self._made_in != cell():
            raise NotImplementedError  # IPython goes on to the other representations

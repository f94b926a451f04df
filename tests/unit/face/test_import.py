"""Nothing is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import containerlab

ROOT = Path(__file__).parents[3]


def imported_by(code: str) -> set[str]:
    program = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    command = [sys.executable, "-c", program]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def test_the_package_imports_nothing() -> None:
    assert imported_by("import containerlab") <= {"containerlab", "__future__"}


def test_the_lab_imports_neither_the_sdk_nor_the_widgets() -> None:
    loaded = imported_by("from containerlab.lab import Lab; lab = Lab()")
    assert not loaded & {"docker", "requests", "anywidget", "ipywidgets", "IPython", "graphviz"}


def test_every_public_name_is_there() -> None:
    for name in containerlab.__all__:
        assert getattr(containerlab, name) is not None
    assert set(containerlab.__all__) == set(dir(containerlab))
